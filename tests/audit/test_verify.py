"""The offline verifier: a sound bundle verifies; any changed, added, removed or moved bit does not, and the first bad record is named."""

import io
import os
import random
import re
import shutil
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from service.audit import bundle, tree, verify
from service.audit.checkpoint import Checkpoint, LogKey, sign
from tests.audit import logs, opinion
from tests.audit.logs import Desk, Log

FILE = Path(verify.__file__)
TINY = Log(logs.records(2))
SMALL = Log(logs.records(5))
LARGE = Log(logs.records(60, writers=5, seed=3))


def in_process(args: list[str]) -> tuple[int, str]:
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        return verify.main(args), said.getvalue()


@pytest.fixture
def small(tmp_path: Path) -> Desk:
    return Desk(tmp_path, in_process, SMALL)


@pytest.fixture
def large(tmp_path: Path) -> Desk:
    return Desk(tmp_path, in_process, LARGE)


def named(said: str) -> int:
    """The index of the first bad record that the verifier named."""
    found = re.search(r"^TAMPERED: first bad record: ([0-9]+): ", said)
    assert found, said
    return int(found[1])


def spanned(said: str) -> tuple[int, int]:
    """The range that holds the first bad record, as far as the verifier can know: one record, or from..to."""
    found = re.search(r"first bad record: (?:in ([0-9]+)\.\.)?([0-9]+)\b", said)
    assert found, said
    return int(found[1] or found[2]), int(found[2])


def test_a_sound_bundle_verifies_and_says_what_it_holds(small: Desk) -> None:
    status, said = small.verify(SMALL.bundle())
    assert status == 0, said
    assert f"VERIFIED: {logs.ORIGIN}" in said
    assert "records: 5 from 0 of 5" in said
    assert f"root: {tree.tree_hash_of(SMALL.leaves)(0, 5).hex()}" in said
    assert len(re.findall(r"^  [0-9a-f]{32} 1\.\.[0-9]+$", said, re.MULTILINE)) == 3


def test_every_range_of_a_log_at_every_size_verifies(large: Desk) -> None:
    log = Log(LARGE.bodies[:9])
    for size in range(10):
        for first in range(size + 1):
            for count in range(size - first + 1):
                status, said = large.verify(log.bundle(first, count, size))
                assert status == 0, said


def test_a_whole_log_is_read_alike_by_the_second_opinion(large: Desk) -> None:
    public = LogKey.of(logs.ORIGIN, logs.KEY).public
    rng = random.Random(9)
    for size in (0, 1, 2, 7, 60):
        data = LARGE.bundle(size=size)
        assert opinion.holds(data, public)
        for _ in range(100):
            changed = bytearray(data)
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
            assert not opinion.holds(bytes(changed), public)
            assert large.verify(bytes(changed))[0] in (1, 2)


@pytest.mark.parametrize("data", [TINY.bundle(), SMALL.bundle(3, 0)], ids=["all", "none"])
def test_every_flipped_bit_of_a_bundle_is_found(small: Desk, data: bytes) -> None:
    for place in range(len(data) * 8):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        assert small.verify(bytes(changed))[0] in (1, 2), f"bit {place}"


@pytest.mark.parametrize("data", [SMALL.bundle(1, 1), SMALL.bundle(5, 0)], ids=["range", "none"])
def test_every_byte_added_or_removed_is_found(small: Desk, data: bytes) -> None:
    for place in range(len(data) + 1):
        for changed in [data[:place] + data[place + 1 :]] + [
            data[:place] + b + data[place:] for b in (b"\n", b" ", b"\r", b"0", b"\xef\xbb\xbf")
        ]:
            if changed != data:
                assert small.verify(changed)[0] in (1, 2), f"byte {place}"


def test_every_cut_off_bundle_is_found(small: Desk) -> None:
    data = TINY.bundle()
    for length in range(len(data)):
        assert small.verify(data[:length])[0] in (1, 2)


def test_an_edited_removed_doubled_or_moved_record_is_named(large: Desk) -> None:
    rng = random.Random(11)
    header, note, leaves, bodies = logs.split(LARGE.bundle())
    for _ in range(1000):
        place, other = rng.randrange(60), rng.randrange(60)
        changed, first = list(bodies), place
        how = rng.choice(["edit", "remove", "double", "insert", "swap", "cut tail"])
        if how == "edit":
            at = rng.randrange(len(changed[place]) - 1)
            changed[place] = changed[place][:at] + bytes([changed[place][at] ^ 1]) + changed[place][at + 1 :]
        elif how == "remove":
            del changed[place]
        elif how == "double":
            changed.insert(place, changed[place])
            first = place + 1
        elif how == "insert":
            changed.insert(place, logs.records(1, seed=rng.randrange(10**9))[0] + b"\n")
        elif how == "swap":
            if place == other:
                continue
            changed[place], changed[other] = changed[other], changed[place]
            first = min(place, other)
        else:
            del changed[place:]
        status, said = large.verify(logs.joined(header, note, leaves, changed))
        assert (status, named(said)) == (1, first), how


def test_a_damaged_leaf_hash_names_its_record(large: Desk) -> None:
    header, note, leaves, bodies = logs.split(LARGE.bundle())
    for place in range(60):
        for changed in (
            [*leaves[:place], leaves[place - 1], *leaves[place + 1 :]],
            [*leaves[:place], *leaves[place + 1 :]],
            [*leaves[:place], leaves[place - 1], *leaves[place:]],
        ):
            status, said = large.verify(logs.joined(header, note, changed, bodies))
            assert (status, named(said)) == (1, place)


def test_a_leaf_hash_too_many_is_found(large: Desk) -> None:
    header, note, leaves, bodies = logs.split(LARGE.bundle())
    for more in (leaves[:1], leaves[-1:], leaves):
        status, said = large.verify(logs.joined(header, note, [*leaves, *more], bodies))
        assert (status, named(said)) == (1, 60)


def test_a_record_removed_or_moved_with_recomputed_hashes_is_named_by_its_writers_numbers(large: Desk) -> None:
    header, note, _, bodies = logs.split(LARGE.bundle())
    lanes = [re.findall(rb'"writer":"([0-9a-f]{32})"', body) for body in bodies]
    for place in range(59):
        later = [n for n in range(place + 1, 60) if lanes[n] == lanes[place]]
        if not later:
            continue
        moved = list(bodies)
        moved[place], moved[later[0]] = moved[later[0]], moved[place]
        status, said = large.verify(logs.joined(header, note, logs.leaf_lines(moved), moved))
        assert (status, spanned(said)) == (1, (0, place)), "swapped with the writer's next one"
        fewer = [*bodies[:place], *bodies[place + 1 :]]
        short = header.replace(b'"count":60', b'"count":59')
        status, said = large.verify(logs.joined(short, note, logs.leaf_lines(fewer), fewer))
        assert (status, spanned(said)) == (1, (0, later[0] - 1)), "the gap shows at the writer's next one"
        doubled = [*bodies[:place], bodies[place], *bodies[place:]]
        long = header.replace(b'"count":60', b'"count":61').replace(b'"size":60', b'"size":61')
        assert large.verify(logs.joined(long, note, logs.leaf_lines(doubled), doubled))[0] == 1


def test_one_record_is_named_only_where_leaf_hashes_or_records_are_the_signed_ones(large: Desk) -> None:
    """A record rewritten together with its leaf hash hides behind the next fault: then the range up to that fault is named."""
    header, note, leaves, bodies = logs.split(LARGE.bundle())
    kept = [LARGE.note(size) for size in (10, 20, 30)]
    for rewritten, damaged in ((5, 40), (12, 14), (29, 50), (31, 59)):
        edited = list(bodies)
        edited[rewritten] = re.sub(rb'"id":"[0-9a-f]{4}', b'"id":"ffff', edited[rewritten])
        made_anew = [*leaves]
        made_anew[rewritten : rewritten + 1] = logs.leaf_lines([edited[rewritten]])
        edited[damaged] = edited[damaged].replace(b'"v":1', b'"v":2')
        data = logs.joined(header, note, made_anew, edited)
        assert spanned(large.verify(data)[1]) == (0, damaged)
        low, high = spanned(large.verify(data, *kept)[1])
        assert low <= rewritten <= high
        assert low == rewritten // 10 * 10


def test_an_edit_with_recomputed_hashes_does_not_give_the_signed_root(large: Desk) -> None:
    header, note, _, bodies = logs.split(LARGE.bundle())
    edited = [body.replace(b'"status":404', b'"status":403') for body in bodies]
    assert edited != bodies
    status, said = large.verify(logs.joined(header, note, logs.leaf_lines(edited), edited))
    assert status == 1
    assert "do not give the signed root; first bad record: in 0..59" in said


def test_checkpoints_kept_from_before_say_where_a_rewritten_log_first_differs(large: Desk) -> None:
    rng = random.Random(12)
    kept = [LARGE.note(size) for size in (10, 20, 30, 40, 50)]
    assert large.verify(LARGE.bundle(), *kept)[0] == 0
    for _ in range(30):
        place = rng.randrange(60)
        forged = Log(list(LARGE.bodies))
        forged.bodies[place] = re.sub(
            rb'"id":"[0-9a-f]{4}', b'"id":"' + rng.randbytes(2).hex().encode(), forged.bodies[place]
        )
        status, said = large.verify(forged.bundle(), *kept)
        low = place // 10 * 10
        if place < 50:
            assert f"knew another log; first bad record: in {low}..{low + 9}" in said
            assert status == 1
        else:
            assert status == 0, "re-signed by the real key after the last checkpoint that was kept: a stated limit"


def test_a_log_behind_or_beside_a_known_checkpoint_is_found(large: Desk) -> None:
    assert "rollback" in large.verify(LARGE.bundle(size=40), LARGE.note(60))[1]
    other = Log([*LARGE.bodies[:39], LARGE.bodies[40]])
    assert "fork" in large.verify(other.bundle(), LARGE.note(40))[1]
    assert "fork" in large.verify(LARGE.bundle(), LARGE.note(40), other.note(40))[1]
    assert large.verify(LARGE.bundle(), LARGE.note(60))[0] == 0
    assert large.verify(LARGE.bundle(20, 30), LARGE.note(20), LARGE.note(35), LARGE.note(50))[0] == 0
    assert large.verify(LARGE.bundle(20, 30), LARGE.note(55))[0] == 2, "the range does not reach so far"
    assert large.verify(LARGE.bundle(20, 30), LARGE.note(19))[0] == 2


def forge(log: Log, bodies: list[bytes]) -> bytes:
    """A bundle that a holder of the log's key signed over anything at all."""
    return Log(bodies, log.key).bundle()


def test_a_signed_log_with_a_gap_a_double_or_a_second_form_is_found(large: Desk) -> None:
    one_writer = logs.records(12, writers=1)
    assert named(large.verify(forge(LARGE, [*one_writer[:4], *one_writer[5:]]))[1]) == 4
    assert named(large.verify(forge(LARGE, one_writer[1:]))[1]) == 0, "a whole log begins with every writer's number 1"
    assert named(large.verify(forge(LARGE, [*one_writer, one_writer[3]]))[1]) == 12
    ids = [re.findall(rb'"id":"([^"]*)"', body)[0] for body in one_writer]
    same_id = one_writer[7].replace(ids[7], ids[2])
    assert named(large.verify(forge(LARGE, [*one_writer[:7], same_id, *one_writer[8:]]))[1]) == 7
    for ours, theirs in [
        (b'"v":1', b'"v":1.0'),
        (b'"v":1', b'"v":1,"w":1'),
        (b'{"action"', b'{ "action"'),
        (b'"kind":"filing"', '"kind":"特許"'.encode()),
        (b'"kind":"filing"', b'"kind":"two words"'),
        (b'"kind":"filing"', b'"kind":"number123456"'),
        (b'"kind":"filing"', b'"kind":"' + b"a" * 65 + b'"'),
        (b"2026-11-23T02", b"2026-02-30T02"),
        (b'"roles":[]', b'"roles":["b","a"]'),
        (b'"roles":[]', b'"roles":["a","a"]'),
        (b'"policies":[]', b'"policies":[' + b",".join(b'"p%03d"' % n for n in range(65)) + b"]"),
    ]:
        place = next(n for n, body in enumerate(one_writer) if ours in body)
        changed = one_writer[place].replace(ours, theirs)
        assert named(large.verify(forge(LARGE, [*one_writer[:place], changed, *one_writer[place + 1 :]]))[1]) == place


def test_a_range_may_begin_in_the_middle_of_a_writers_numbers(large: Desk) -> None:
    assert large.verify(LARGE.bundle(31, 20))[0] == 0


def test_no_record_is_accused_where_only_header_or_proof_were_changed(large: Desk) -> None:
    header, *parts = logs.split(LARGE.bundle(8, 1))
    nodes = re.findall(rb"[0-9a-f]{64}", header)
    for node in nodes:
        changed = header.replace(node, b"0" * 64)
        assert "or none: a hash beside them" in large.verify(logs.joined(changed, *parts))[1]
    whole, *parts = logs.split(LARGE.bundle())
    for count in (b"59", b"61", b"0"):
        said = large.verify(logs.joined(whole.replace(b'"count":60', b'"count":' + count), *parts))[1]
        assert said.startswith("TAMPERED: header: "), said


def test_input_that_cannot_be_used_is_status_2(small: Desk, tmp_path: Path) -> None:
    sound = SMALL.bundle()
    assert small.verify(b"")[0] == 2
    assert small.verify(b"PK\x03\x04 something else")[0] == 2
    assert small.verify(b"[" * 60_000 + b"\n")[0] == 2
    assert small.verify(sound, "not a note")[0] == 2
    (tmp_path / "key").write_text("nonsense\n")
    assert in_process([str(tmp_path / "bundle"), "--key", str(tmp_path / "key")])[0] == 2
    (tmp_path / "key").write_text(LogKey.of("another.example", logs.KEY).line())
    assert in_process([str(tmp_path / "bundle"), "--key", str(tmp_path / "key")])[0] == 2
    assert in_process([str(tmp_path / "none"), "--key", str(tmp_path / "key")])[0] == 2
    with pytest.raises(SystemExit) as leaving:
        in_process([])
    assert leaving.value.code == 2


def test_a_bundle_signed_by_another_key_of_the_same_name_is_tampered_with(small: Desk) -> None:
    forged = Log(SMALL.bodies, Ed25519PrivateKey.generate())
    status, said = small.verify(forged.bundle())
    assert status == 1
    assert "not signed by this key" in said


def test_a_header_that_says_otherwise_is_found(large: Desk) -> None:
    header, *parts = logs.split(LARGE.bundle(8, 12))
    assert large.verify(logs.joined(header, *parts))[0] == 0
    for ours, theirs in [
        (b'"first":8', b'"first":16'),
        (b'"first":8', b'"first":4'),
        (b'"first":8', b'"first":9'),
        (b'"count":12', b'"count":11'),
        (b'"count":12', b'"count":13'),
        (b'"count":12', b'"count":9007199254740991'),
        (b'"size":60', b'"size":61'),
        (b'"left":[', b'"left":["' + b"0" * 64 + b'",'),
        (b'"right":[', b'"right":["' + b"0" * 64 + b'",'),
        (b"test.example", b"best.example"),
        (b"bundle-v1", b"bundle-v2"),
    ]:
        changed = header.replace(ours, theirs)
        assert changed != header
        assert large.verify(logs.joined(changed, *parts))[0] in (1, 2)
    empty, *parts = logs.split(SMALL.bundle())
    assert small_status(
        large, empty.replace(b'"left":[]', b'"left":""').replace(b'"right":[]', b'"right":""'), parts
    ) in (1, 2)


def small_status(desk: Desk, header: bytes, parts: list[list[bytes]]) -> int:
    return desk.verify(logs.joined(header, *parts))[0]


def test_the_verifier_runs_alone_with_only_cryptography(tmp_path: Path) -> None:
    alone = tmp_path / "empty folder"
    alone.mkdir()
    shutil.copy(FILE, alone / "verify.py")
    (alone / "bundle").write_bytes(SMALL.bundle())
    (alone / "bad").write_bytes(SMALL.bundle().replace(b'"status":404', b'"status":200'))
    (alone / "key").write_text(SMALL.public())
    (alone / "known").write_text(SMALL.note(3))

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "verify.py", *args]
        return subprocess.run(command, cwd=alone, env={}, capture_output=True, text=True, check=False)

    assert "usage: verify.py" in run("--help").stdout
    good = run("bundle", "--key", "key", "--known", "known")
    assert (good.returncode, good.stderr) == (0, "")
    bad = run("bad", "--key", "key")
    assert (bad.returncode, bad.stderr) == (1, "")
    assert run("bundle", "--key", "bundle").returncode == 2
    assert sorted(p.name for p in alone.iterdir()) == ["bad", "bundle", "key", "known", "verify.py"]


def test_the_verifier_is_one_short_file_that_imports_only_the_standard_library_and_cryptography() -> None:
    source = FILE.read_text()
    assert len(source.splitlines()) <= 330
    imported = set(re.findall(r"^(?:import|from) ([a-z0-9_]+)", source, re.MULTILINE))
    assert imported - {"cryptography"} <= sys.stdlib_module_names


def test_memory_stays_flat_and_speed_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    count = int(os.environ.get("VERIFY_RECORDS", "20000"))
    log = Log(logs.records(count, writers=16))
    (tmp_path / "bundle").write_bytes(log.bundle())
    (tmp_path / "key").write_text(log.public())
    measure = (
        "import re, runpy, sys\n"
        "try: runpy.run_path(sys.argv.pop(1), run_name='__main__')\n"
        "except SystemExit as e: print(e.code, *re.findall(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read()))"
    )
    begun = time.perf_counter()
    command = [sys.executable, "-I", "-c", measure, str(FILE), str(tmp_path / "bundle"), "--key", str(tmp_path / "key")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    status, kilobytes = map(int, done.stdout.splitlines()[-1].split())
    assert status == 0
    assert kilobytes * 1024 < 64 * 2**20 + 40 * count
    with capsys.disabled():
        print(f" [{count:,} records verified in {time.perf_counter() - begun:.2f} s, {kilobytes // 1024} MiB]", end="")


def test_the_bundle_writer_refuses_parts_that_do_not_fit() -> None:
    left, right = tree.range_proof(1, 2, SMALL.leaves, 5)
    with pytest.raises(bundle.NotABundle):
        bundle.write(io.BytesIO(), SMALL.note(), 2, SMALL.leaves[1:3], SMALL.bodies[1:3], left, [])
    with pytest.raises(bundle.NotABundle):
        bundle.write(io.BytesIO(), SMALL.note(), 1, SMALL.leaves[1:3], SMALL.bodies[1:2], left, right)
    with pytest.raises(bundle.NotABundle):
        bundle.write(io.BytesIO(), SMALL.note(), 1, SMALL.leaves[1:3], SMALL.bodies[1:4], left, right)
    with pytest.raises(bundle.NotABundle):
        bundle.write(io.BytesIO(), SMALL.note(), 4, SMALL.leaves[1:3], SMALL.bodies[1:3], left, right)


def test_a_missing_record_goes_out_as_an_empty_line_and_is_named(small: Desk) -> None:
    out = io.BytesIO()
    bundle.write(out, SMALL.note(), 0, SMALL.leaves, [*SMALL.bodies[:3], b"", SMALL.bodies[4]], [], [])
    assert named(small.verify(out.getvalue())[1]) == 3


def test_a_signed_number_of_records_is_not_moved_to_another_size(small: Desk) -> None:
    root = tree.tree_hash_of(SMALL.leaves)(0, 5)
    out = io.BytesIO()
    bundle.write(out, sign(Checkpoint(logs.ORIGIN, 6, root), logs.KEY), 0, SMALL.leaves, SMALL.bodies, [], [root])
    assert small.verify(out.getvalue())[0] == 1
