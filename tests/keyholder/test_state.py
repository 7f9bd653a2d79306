"""The keyholder's store is never silently older than its last acknowledged write, whatever the crash (PROMISES P4)."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from service.keyholder.files import NotPrivate
from service.keyholder.state import LogHead, NotAllowed, Revocation, State, StateRefused
from service.keyholder.vault_file import VaultRefused
from service.keyholder.vaults import FileVault
from tests.keyholder.conftest import LABELS, QUICK

PERSON = UUID(int=7)
NONE: frozenset[UUID] = frozenset()


class Store:
    """A vault and its store, that can be stopped and started."""

    def __init__(self, folder: Path, vault: FileVault) -> None:
        self.folder, self.vault, self._open = folder, vault, False

    @property
    def file(self) -> Path:
        return self.folder / "state"

    def start(self) -> State:
        self.state = State.open(self.folder, FileVault.open_vault(self.vault._folder, "demo", None))
        self._open = True
        return self.state

    def stop(self) -> None:
        if self._open:
            self.state.close()
        self._open = False

    def restart(self) -> State:
        self.stop()
        return self.start()


@pytest.fixture
def store(tmp_path: Path, vault: FileVault) -> Iterator[Store]:
    made = Store(tmp_path / "state", vault)
    made.start()
    yield made
    made.stop()


class PowerCut(Exception):
    """The machine stops here."""


def test_a_new_store_knows_nobody(store: Store) -> None:
    assert store.state.epoch(PERSON) == 1
    assert store.state.pending() == []
    assert store.state.log_head() is None
    assert store.state.bootstrap() is None


def test_what_was_acknowledged_is_there_after_a_restart(store: Store) -> None:
    lost = uuid4()
    revocation = store.state.raise_epoch(PERSON, frozenset({lost}))
    store.state.set_log_head(LogHead(5, b"frontier", b"checkpoint"))
    store.state.set_bootstrap(b"h" * 32)
    again = store.restart()
    assert again.epoch(PERSON) == 2
    assert again.pending() == [revocation] == [Revocation(PERSON, 1, 2, frozenset({lost}))]
    assert again.log_head() == LogHead(5, b"frontier", b"checkpoint")
    assert again.bootstrap() == b"h" * 32


def test_a_revocation_is_pending_until_the_remaining_facts_are_sealed_anew(store: Store) -> None:
    done = store.state.raise_epoch(PERSON, NONE)
    store.state.finish_revocation(done)
    assert store.restart().pending() == []
    assert store.state.epoch(PERSON) == 2
    with pytest.raises(NotAllowed):
        store.state.finish_revocation(done)


def test_a_second_revocation_before_the_first_is_finished_keeps_both(store: Store) -> None:
    one, two = uuid4(), uuid4()
    first = store.state.raise_epoch(PERSON, frozenset({one}))
    second = store.state.raise_epoch(PERSON, frozenset({two}))
    assert second == Revocation(PERSON, 1, 3, frozenset({one, two}))
    assert store.restart().pending() == [second]
    with pytest.raises(NotAllowed):
        store.state.finish_revocation(first)
    assert store.state.pending() == [second]
    assert store.state.under_way(PERSON) == second
    store.state.finish_revocation(second)
    assert store.state.under_way(PERSON) is None


def test_each_person_has_an_epoch_of_his_own(store: Store) -> None:
    other = uuid4()
    store.state.raise_epoch(PERSON, NONE)
    assert (store.state.epoch(PERSON), store.state.epoch(other)) == (2, 1)
    store.state.raise_epoch(other, NONE)
    assert {r.person for r in store.state.pending()} == {PERSON, other}


def test_the_log_only_grows(store: Store) -> None:
    head = LogHead(5, b"f5", b"c5")
    store.state.set_log_head(head)
    for wrong in (LogHead(4, b"f4", b"c4"), LogHead(5, b"other", b"c5"), LogHead(0, b"", b"")):
        with pytest.raises(NotAllowed):
            store.state.set_log_head(wrong)
    store.state.set_log_head(LogHead(5, b"f5", b"signed again"))
    store.state.set_log_head(LogHead(6, b"f6", b"c6"))
    assert not store.state.behind(6)
    assert store.state.behind(7), "a checkpoint of ours that we do not know: we were put back"


def test_the_first_facts_are_made_once(store: Store) -> None:
    store.state.set_bootstrap(b"a" * 32)
    for again in (b"a" * 32, b"b" * 32):
        with pytest.raises(NotAllowed):
            store.state.set_bootstrap(again)


def test_an_older_copy_put_back_is_refused(store: Store, tmp_path: Path) -> None:
    copies = []
    for number in range(6):
        copies.append(shutil.copy2(store.file, tmp_path / f"copy{number}"))
        store.state.raise_epoch(PERSON, NONE)
    newest = shutil.copy2(store.file, tmp_path / "newest")
    for older in copies:
        shutil.copy2(older, store.file)
        with pytest.raises(StateRefused):
            store.restart()
    shutil.copy2(newest, store.file)
    assert store.restart().epoch(PERSON) == 7


def test_an_older_mark_put_back_with_the_newest_store_is_refused(store: Store, tmp_path: Path) -> None:
    mark = store.vault._folder / "mark"
    old = shutil.copy2(mark, tmp_path / "mark")
    store.state.raise_epoch(PERSON, NONE)
    store.state.raise_epoch(PERSON, NONE)
    shutil.copy2(old, mark)
    with pytest.raises(StateRefused):
        store.restart()


def test_a_missing_store_is_refused_where_there_was_one(store: Store) -> None:
    store.stop()
    store.file.unlink()
    with pytest.raises(StateRefused):
        store.start()
    shutil.rmtree(store.folder)
    with pytest.raises(StateRefused):
        store.start()


def test_a_store_cut_or_changed_anywhere_is_refused(store: Store) -> None:
    store.state.raise_epoch(PERSON, NONE)
    raw = store.file.read_bytes()
    store.stop()
    for wrong in (
        *(raw[:cut] for cut in range(len(raw))),
        *(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in range(len(raw))),
        raw + b"\x00",
    ):
        store.file.write_bytes(wrong)
        with pytest.raises(StateRefused):
            State.open(store.folder, store.vault)


def test_a_store_of_another_root_is_refused(store: Store, tmp_path: Path) -> None:
    store.stop()
    other = FileVault.create(tmp_path / "other", "demo", None, LABELS, (), QUICK)
    with pytest.raises(StateRefused):
        State.open(store.folder, other)


def test_a_store_open_to_others_is_refused(store: Store) -> None:
    store.stop()
    store.file.chmod(0o640)
    with pytest.raises(NotPrivate):
        store.start()
    store.file.chmod(0o600)
    store.folder.chmod(0o755)
    with pytest.raises(NotPrivate):
        store.start()


def test_two_keyholders_never_run_on_one_store(store: Store) -> None:
    with pytest.raises(StateRefused):
        State.open(store.folder, store.vault)
    store.restart()


@pytest.mark.parametrize("left", range(12))
def test_a_power_cut_at_any_step_leaves_the_old_or_the_new_store(
    store: Store, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """The machine stops before system call number `left` of one change: fsync, rename and open are each a step."""
    store.state.raise_epoch(PERSON, NONE)
    with monkeypatch.context() as patch:
        reached = cut_after(patch, left)
        try:
            store.state.raise_epoch(PERSON, NONE)
            acknowledged = True
        except PowerCut:
            acknowledged = False
    assert acknowledged == (not reached[0])
    assert store.restart().epoch(PERSON) in ((3,) if acknowledged else (2, 3))
    assert store.state.raise_epoch(PERSON, NONE).to > 2, "and it goes on from there"


def cut_after(patch: pytest.MonkeyPatch, steps: int) -> list[bool]:
    """Stop before the given number of further system calls; the list says whether that point was reached."""
    left, reached = [steps], [False]

    def stepping(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            if left[0] == 0:
                reached[0] = True
                raise PowerCut
            left[0] -= 1
            return real(*args, **kwargs)

        return step

    patch.setattr(os, "fsync", stepping(os.fsync))
    patch.setattr(os, "open", stepping(os.open))
    patch.setattr(Path, "replace", stepping(Path.replace))
    return reached


def test_a_power_cut_at_the_very_first_start_is_no_loss(
    tmp_path: Path, vault: FileVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    for left in range(14):
        with monkeypatch.context() as patch:
            cut_after(patch, left)
            try:
                State.open(tmp_path / "s", vault).close()
            except PowerCut:
                continue
    opened = State.open(tmp_path / "s", vault)
    assert opened.epoch(PERSON) == 1
    opened.close()


def test_a_write_that_was_never_acknowledged_cannot_be_put_back_later(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store.state._vault, "remember", full)
        with pytest.raises(OSError, match="no space"):
            store.state.set_bootstrap(b"x" * 32)
    unacknowledged = shutil.copy2(store.file, tmp_path / "copy")
    store.state.raise_epoch(PERSON, NONE)
    shutil.copy2(unacknowledged, store.file)
    with pytest.raises(StateRefused):
        store.restart()


def test_a_write_that_a_crash_left_one_ahead_is_acknowledged_once_it_was_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shutil.copy2(store.file, tmp_path / "before")

    def cut(*args: object) -> None:
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(store.state._vault, "remember", cut)
        with pytest.raises(PowerCut):
            store.state.raise_epoch(PERSON, NONE)
    assert store.restart().epoch(PERSON) == 2
    shutil.copy2(before, store.file)
    with pytest.raises(StateRefused):
        store.restart()


def test_memory_is_not_ahead_of_the_disk_after_a_failed_write(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="no space"):
            store.state.raise_epoch(PERSON, NONE)
    assert store.state.epoch(PERSON) == 1
    assert store.state.raise_epoch(PERSON, NONE).to == 2
    assert store.restart().epoch(PERSON) == 2


def test_a_changed_mark_stops_the_start(store: Store) -> None:
    (store.vault._folder / "mark").write_bytes(b"\x00" * 40)
    with pytest.raises(VaultRefused):
        store.restart()
