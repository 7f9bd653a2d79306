"""Keys rest in a private, sealed file; demo and real never open one another; each purpose has a key of its own."""

import base64
import json
import os
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.keyholder.files import NotPrivate
from service.keyholder.keys import DoesNotUnwrap, WrappedKey, open_data_key, rewrap
from service.keyholder.vault_file import DEMO_PASSPHRASE, VaultRefused
from service.keyholder.vaults import PURPOSES, FileVault, Mark, NotSealedHere, Vault
from service.sealing.envelope import Place, open_sealed, seal
from service.sealing.wrap import LabelKeys, WrongRoot
from tests.keyholder.conftest import LABELS, QUICK
from tests.sealing.makes import place

PASSPHRASE = "correct horse battery staple"


def reopened(vault: FileVault) -> FileVault:
    return FileVault.open_vault(vault._folder, "demo", None)


def stored(vault: Vault, where: Place, label: str, compartment: str | None = None) -> tuple[bytes, WrappedKey]:
    made = seal(b"claims", where, vault.label_keys().newest(label, compartment))
    return made.sealed, WrappedKey(made.wrapped, made.key_id, label, compartment)


def test_a_vault_opens_again_with_the_same_keys(vault: FileVault) -> None:
    again = reopened(vault)
    assert again.root == vault.root
    assert list(again.label_keys()) == list(vault.label_keys())
    assert again.log_public_key() == vault.log_public_key()
    assert again.mac("cursor", b"x") == vault.mac("cursor", b"x")
    where = place(root=vault.root)
    sealed, row = stored(vault, where, "designated", "sigma")
    assert open_sealed(sealed, open_data_key(again, row, where), where) == b"claims"


def test_there_is_a_key_for_each_label_and_each_compartment_in_it(vault: FileVault) -> None:
    found = {(key.label, key.compartment) for key in vault.label_keys()}
    assert found == {(label, compartment) for label in LABELS for compartment in (None, "sigma")}
    assert LabelKeys.loads(vault.label_keys().dumps()).root == vault.root


def test_the_file_shows_neither_keys_nor_labels(vault: FileVault) -> None:
    raw = (vault._folder / "vault.json").read_bytes()
    sealed = base64.b64decode(json.loads(raw)["keys"])
    for secret in (vault._body["root_key"], vault._body["log_key"], b"designated", b"sigma"):
        assert secret not in raw
        assert secret not in sealed


@pytest.mark.parametrize(
    ("name", "mode"),
    [(".", 0o750), (".", 0o701), ("vault.json", 0o640), ("vault.json", 0o604), ("mark", 0o620), ("vault.json", 0o610)],
)
def test_a_vault_open_to_others_is_refused(vault: FileVault, name: str, mode: int) -> None:
    (vault._folder / name).chmod(mode)
    with pytest.raises(NotPrivate):
        reopened(vault)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", [".", "vault.json", "mark"])
def test_a_vault_of_another_user_is_refused(vault: FileVault, name: str) -> None:
    os.chown(vault._folder / name, 65534, 65534)
    with pytest.raises(NotPrivate):
        reopened(vault)


def test_a_link_in_place_of_folder_or_file_is_refused(vault: FileVault, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(vault._folder)
    with pytest.raises(NotPrivate):
        FileVault.open_vault(link, "demo", None)
    moved = vault._folder / "elsewhere.json"
    (vault._folder / "vault.json").rename(moved)
    (vault._folder / "vault.json").symlink_to(moved)
    with pytest.raises(NotPrivate):
        reopened(vault)


def test_modes_are_tight_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        FileVault.create(tmp_path / "v", "demo", None, LABELS, (), QUICK)
    finally:
        os.umask(before)
    assert (tmp_path / "v").stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in (tmp_path / "v").iterdir()} == {0o600}


def test_a_vault_is_never_written_over(vault: FileVault) -> None:
    raw = (vault._folder / "vault.json").read_bytes()
    with pytest.raises(VaultRefused):
        FileVault.create(vault._folder, "demo", None, LABELS, (), QUICK)
    assert (vault._folder / "vault.json").read_bytes() == raw


def test_a_demo_vault_and_a_real_one_never_take_the_other_s_place(tmp_path: Path) -> None:
    demo = FileVault.create(tmp_path / "demo", "demo", None, LABELS, (), QUICK)
    real = FileVault.create(tmp_path / "real", "real", PASSPHRASE, LABELS, (), QUICK)
    assert demo.root.startswith(b"demo-")
    assert real.root.startswith(b"real-")
    with pytest.raises(WrongRoot):
        FileVault.open_vault(tmp_path / "demo", "real", PASSPHRASE)
    with pytest.raises(WrongRoot):
        FileVault.open_vault(tmp_path / "real", "demo", None)
    where = place(root=demo.root)
    _, row = stored(demo, where, "designated")
    with pytest.raises(DoesNotUnwrap):
        open_data_key(real, row, where)
    with pytest.raises(DoesNotUnwrap):
        open_data_key(real, row, place(root=real.root))


def test_a_demo_vault_that_claims_to_be_real_does_not_open(tmp_path: Path) -> None:
    demo = FileVault.create(tmp_path / "demo", "demo", None, LABELS, (), QUICK)
    file = tmp_path / "demo" / "vault.json"
    header = json.loads(file.read_text())
    changed = {**header, "kind": "real"}
    renamed = {**changed, "root": header["root"].replace("demo", "real")}
    for claim in (changed, renamed):
        file.write_text(json.dumps(claim))
        with pytest.raises(VaultRefused):
            FileVault.open_vault(tmp_path / "demo", "real", PASSPHRASE)
    assert demo.root.startswith(b"demo-")


def test_the_real_keys_under_the_demo_root_s_name_are_other_keys(tmp_path: Path) -> None:
    """Even the same secret gives two roots nothing in common: root id and kind are in every derivation."""
    demo = FileVault.create(tmp_path / "demo", "demo", None, LABELS, (), QUICK)
    header = {**demo._header, "kind": "real", "root": demo._header["root"].replace("demo", "real")}
    twin_body = {**demo._body, "label_keys": []}
    twin = FileVault(tmp_path / "demo", header, b"", twin_body, b"")
    for purpose in PURPOSES:
        assert twin.mac(purpose, b"m") != demo.mac(purpose, b"m")
        with pytest.raises(NotSealedHere):
            twin.open(purpose, demo.seal(purpose, b"x", b""), b"")


@pytest.mark.parametrize("passphrase", [None, "", "fifteen letters", DEMO_PASSPHRASE])
def test_a_real_vault_needs_a_passphrase_of_its_own(tmp_path: Path, passphrase: str | None) -> None:
    with pytest.raises(VaultRefused):
        FileVault.create(tmp_path / "v", "real", passphrase, LABELS, (), QUICK)


def test_a_demo_vault_takes_no_secret(tmp_path: Path) -> None:
    with pytest.raises(VaultRefused):
        FileVault.create(tmp_path / "v", "demo", PASSPHRASE, LABELS, (), QUICK)


def test_a_wrong_passphrase_or_a_changed_parameter_opens_nothing(tmp_path: Path) -> None:
    FileVault.create(tmp_path / "v", "real", PASSPHRASE, LABELS, (), QUICK)
    with pytest.raises(VaultRefused):
        FileVault.open_vault(tmp_path / "v", "real", PASSPHRASE + "!")
    file = tmp_path / "v" / "vault.json"
    header = json.loads(file.read_text())
    for change in ({"iterations": 2}, {"memory_kib": 2**40}, {"lanes": -1}, {"salt": "AAAA"}, {"salt": 7}):
        file.write_text(json.dumps({**header, "argon2id": {**header["argon2id"], **change}}))
        with pytest.raises(VaultRefused):
            FileVault.open_vault(tmp_path / "v", "real", PASSPHRASE)
    sealed = bytearray(base64.b64decode(header["keys"]))
    sealed[70] ^= 1
    for wrong in (b"", b"{}", b"[]", json.dumps({**header, "keys": base64.b64encode(sealed).decode()}).encode()):
        file.write_bytes(wrong)
        with pytest.raises(VaultRefused):
            FileVault.open_vault(tmp_path / "v", "real", PASSPHRASE)
    file.unlink()
    with pytest.raises(VaultRefused):
        FileVault.open_vault(tmp_path / "v", "real", PASSPHRASE)


def test_a_compartment_added_later_is_there_after_a_restart(vault: FileVault) -> None:
    key = vault.create_label_key("designated", "tau")
    assert key.epoch == 1
    assert reopened(vault).label_keys().newest("designated", "tau") == key


def test_a_new_epoch_seals_from_now_on_and_the_old_one_still_opens(vault: FileVault) -> None:
    where = place(root=vault.root)
    sealed, row = stored(vault, where, "designated")
    newer = vault.create_label_key("designated")
    assert vault.label_keys().newest("designated") == newer
    assert newer.epoch == 2
    assert open_sealed(sealed, open_data_key(vault, row, where), where) == b"claims"


def test_a_vault_changed_by_another_program_is_not_written_over(vault: FileVault) -> None:
    reopened(vault).create_label_key("designated", "tau")
    with pytest.raises(VaultRefused):
        vault.create_label_key("designated", "rho")
    assert reopened(vault).label_keys().newest("designated", "tau")


def test_a_crash_while_writing_leaves_the_old_vault(vault: FileVault, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCut(Exception):
        pass

    def cut(*args: object) -> None:
        raise PowerCut

    before = list(vault.label_keys())
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut)
        with pytest.raises(PowerCut):
            vault.create_label_key("designated", "tau")
    assert list(reopened(vault).label_keys()) == before
    assert reopened(vault).create_label_key("designated", "tau")


def test_the_mark_only_rises_and_a_changed_or_missing_one_is_refused(vault: FileVault) -> None:
    assert vault.remembered() == Mark(0, bytes(32))
    vault.remember(Mark(7, b"d" * 32))
    assert reopened(vault).remembered() == Mark(7, b"d" * 32)
    for lower in (7, 6, 0):
        with pytest.raises(ValueError, match="rises"):
            vault.remember(Mark(lower, b"e" * 32))
    mark = vault._folder / "mark"
    raw = mark.read_bytes()
    for wrong in ((6).to_bytes(8, "big") + raw[8:], raw[:8] + bytes(32) + raw[40:], raw[:-1], raw + b"\x00", b""):
        mark.write_bytes(wrong)
        with pytest.raises(VaultRefused):
            reopened(vault)
    mark.unlink()
    with pytest.raises(VaultRefused):
        reopened(vault)


def test_what_one_purpose_seals_no_other_opens(vault: FileVault) -> None:
    for purpose in PURPOSES:
        sealed = vault.seal(purpose, b"x", b"context")
        assert vault.open(purpose, sealed, b"context") == b"x"
        for other in PURPOSES:
            if other != purpose:
                assert vault.mac(purpose, b"m") != vault.mac(other, b"m")
                with pytest.raises(NotSealedHere):
                    vault.open(other, sealed, b"context")
        for wrong in (sealed[:-1], sealed[:11], b"", bytes(40)):
            with pytest.raises(NotSealedHere):
                vault.open(purpose, wrong, b"context")
        with pytest.raises(NotSealedHere):
            vault.open(purpose, sealed, b"contexT")


def test_an_edited_label_column_opens_nothing(vault: FileVault) -> None:
    where = place(root=vault.root)
    _, row = stored(vault, where, "designated", "sigma")
    key_of = {(k.label, k.compartment): k.key_id for k in vault.label_keys()}
    for (label, compartment), key_id in key_of.items():
        for named in (row.key_id, key_id):
            claimed = WrappedKey(row.wrapped, named, label, compartment)
            if claimed != row:
                with pytest.raises(DoesNotUnwrap):
                    open_data_key(vault, claimed, where)
    with pytest.raises(DoesNotUnwrap):
        open_data_key(vault, WrappedKey(row.wrapped, UUID(int=3), "designated", "sigma"), where)


def test_relabelling_gives_the_same_data_key_to_the_new_label_only(vault: FileVault) -> None:
    where = place(root=vault.root)
    sealed, row = stored(vault, where, "application")
    to = vault.label_keys().newest("designated", "sigma")
    moved = WrappedKey(rewrap(vault, row, where, to), to.key_id, "designated", "sigma")
    assert open_sealed(sealed, open_data_key(vault, moved, where), where) == b"claims"
    with pytest.raises(DoesNotUnwrap):
        open_data_key(vault, WrappedKey(moved.wrapped, row.key_id, "application", None), where)
    with pytest.raises(DoesNotUnwrap):
        rewrap(vault, row, place(root=vault.root, version=2), to)


def test_the_log_s_signature_is_ed25519(vault: FileVault) -> None:
    Ed25519PublicKey.from_public_bytes(vault.log_public_key()).verify(vault.sign(b"note"), b"note")
