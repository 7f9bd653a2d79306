"""The witness: it cosigns a log that has grown and nothing else, from a folder that stands alone; its words are tlog-witness's."""

import base64
import hashlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from service.audit.checkpoint import Checkpoint, LogKey, sign
from service.audit.tree import consistency_proof, tree_hash_of
from service.audit.witness import memory
from service.audit.witness.memory import Witness
from service.audit.witness.statement import Head, NotCosigned, grows
from tests.audit.logs import KEY, ORIGIN
from tests.shared import ROOT

LEAVES = [hashlib.sha256(b"\0%d" % n).digest() for n in range(300)]
OTHERS = [hashlib.sha256(b"\0other %d" % n).digest() for n in range(300)]
DASH = "\N{EM DASH} ".encode()
NAME = "witness.test.example/w1"
LINE = LogKey.of(ORIGIN, KEY).line()


def note(size: int, leaves: list[bytes] = LEAVES, origin: str = ORIGIN) -> str:
    return sign(Checkpoint(origin, size, tree_hash_of(leaves)(0, size)), KEY)


def asked(old: int, size: int, leaves: list[bytes] = LEAVES) -> bytes:
    proof = consistency_proof(0, old, size, tree_hash_of(leaves)) if 0 < old < size else []
    return "\n".join([f"old {old}", *(base64.b64encode(p).decode() for p in proof), "", note(size, leaves)]).encode()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    made = Witness.init(tmp_path / "w", NAME)
    made.trust(LINE)
    return made


def refusal(witness: Witness, data: bytes) -> tuple[int, int | None]:
    with pytest.raises(NotCosigned) as found:
        witness.add(data)
    return found.value.status, found.value.size


def test_it_cosigns_growth_with_both_keys_over_what_the_specification_says(witness: Witness) -> None:
    witness._now = lambda: 1_679_315_147
    lines = witness.add(asked(0, 3)).decode().splitlines()
    assert [line.split(" ")[:2] for line in lines] == [["\N{EM DASH}", NAME]] * 2
    body = note(3).partition("\n\n")[0] + "\n"
    keys = [base64.b64decode(line.split("+", 2)[2]) for line in witness.public().splitlines()]
    for line, key in zip(lines, keys, strict=True):
        data = base64.b64decode(line.split(" ")[2])
        assert data[:4] == hashlib.sha256(NAME.encode() + b"\n" + key).digest()[:4]
        assert data[4:12] == (1_679_315_147).to_bytes(8, "big")
    ed25519, pq = (base64.b64decode(line.split(" ")[2])[12:] for line in lines)
    Ed25519PublicKey.from_public_bytes(keys[0][1:]).verify(
        ed25519, b"cosignature/v1\ntime 1679315147\n" + body.encode()
    )
    struct = bytes([*b"subtree/v1\n\0", len(NAME), *NAME.encode(), *(1_679_315_147).to_bytes(8, "big"), len(ORIGIN)])
    struct += ORIGIN.encode() + bytes(15) + b"\x03" + base64.b64decode(body.splitlines()[2])
    MLDSA44PublicKey.from_public_bytes(keys[1][1:]).verify(pq, struct)
    assert (keys[0][0], keys[1][0], len(keys[1])) == (4, 6, 1313)


def test_every_proof_of_growth_is_taken_and_no_other(witness: Witness) -> None:
    heads = [Head(n, tree_hash_of(LEAVES)(0, n)) for n in range(1, 41)]
    for new in heads:
        for old in heads[: new.size]:
            proof = consistency_proof(0, old.size, new.size, tree_hash_of(LEAVES)) if old != new else []
            assert grows(old, new, proof)
            assert not grows(old, new, [*proof, LEAVES[0]])
            assert not grows(old, Head(new.size, OTHERS[0]), proof)
            if proof:
                assert not grows(old, new, proof[:-1]) and not grows(old, new, proof[1:])
                assert not grows(old, new, [*proof[:-1], OTHERS[1]])
                assert not grows(Head(old.size, OTHERS[2]), new, proof)
                assert not grows(old, Head(2 * new.size, new.root), proof), "a shorter log's proof"


def test_a_smaller_a_forked_and_an_unproved_head_are_refused_and_the_memory_stands(witness: Witness) -> None:
    witness.add(asked(0, 100))
    assert refusal(witness, asked(0, 50)) == (409, 100)
    assert refusal(witness, asked(50, 200)) == (409, 100)
    assert refusal(witness, asked(100, 100, OTHERS)) == (409, 100)
    assert refusal(witness, asked(100, 200, OTHERS)) == (422, None)
    assert refusal(witness, asked(100, 100).replace(b"old 100", b"old 101")) == (400, None)
    assert witness.add(asked(100, 100)) and witness.add(asked(100, 300))


@pytest.mark.parametrize(
    ("status", "spoil"),
    [
        (404, lambda d: d.replace(ORIGIN.encode(), b"other.example/log")),
        (403, lambda d: d.replace(b" " + ORIGIN.encode() + b" ", b" stranger ")),
        (403, lambda d: d[:-9] + bytes([d[-9] ^ 2]) + d[-8:]),
        (400, lambda d: b""),
        (400, lambda d: d.replace(b"old 0", b"old 00")),
        (400, lambda d: d.replace(b"old 0", b"old -1")),
        (400, lambda d: d.replace(b"old 0\n", b"old 0\n" + base64.b64encode(LEAVES[0]) + b"\n")),
        (400, lambda d: d.replace(b"old 0\n", b"old 1\n" + b"AAAA\n")),
        (400, lambda d: d.replace(b"old 0\n", b"old 1\n" + (base64.b64encode(LEAVES[0]) + b"\n") * 64)),
        (400, lambda d: d.rstrip(b"\n")),
        (400, lambda d: d.rstrip(b"\n") + b"=\n"),
        (400, lambda d: d.replace(b"\n\n" + DASH, b"\n\n\n" + DASH)),
        (400, lambda d: d + DASH + b"somebody AAAB"),
        (400, lambda d: d + DASH + b"somebody AAB=\n"),
        (400, lambda d: d + b"somebody AAAA\n"),
        (400, lambda d: d + b"\n"),
        (400, lambda d: d.replace(b"\n3\n", b"\n03\n")),
        (400, lambda d: d.replace(b"\n3\n", b"\n3\nan extension line\n")),
        (400, lambda d: d.replace(b"\n3\n", b"\n0\n")),
        (400, lambda d: d.replace(b"\n", b"\r\n")),
        (400, lambda d: b"\xff" + d),
    ],
)  # fmt: skip
def test_what_is_no_request_or_not_the_logs_is_refused_by_its_status(witness: Witness, status: int, spoil: Any) -> None:
    assert refusal(witness, spoil(asked(0, 3)))[0] == status
    assert witness.add(asked(0, 3))


def test_a_second_signature_of_somebody_unknown_is_passed_over(witness: Witness) -> None:
    extra = "\N{EM DASH} somebody AAAAAAAAAAA=\n"
    assert witness.add(asked(0, 3) + extra.encode())


@pytest.mark.parametrize(
    "memory",
    [
        None,
        b"",
        b"x\n\n",
        b"3",
        b"03\n" + base64.b64encode(LEAVES[0]) + b"\n",
        b"3\nAAAA\n",
        b"3\n" + base64.b64encode(LEAVES[0]) + b"\nx",
    ],
)
def test_a_log_whose_memory_is_gone_or_spoilt_is_not_begun_anew(witness: Witness, memory: bytes | None) -> None:
    witness.add(asked(0, 100))
    (held,) = (witness.folder / "heads").iterdir()
    held.unlink()
    if memory is not None:
        held.write_bytes(memory)
    for request in (asked(0, 3), asked(100, 200)):
        with pytest.raises((ValueError, OSError)):
            witness.add(request)
    with pytest.raises(FileExistsError):
        witness.trust(LINE)


@pytest.mark.parametrize("kind", ["no line", "a witness's", "with another id"])
def test_only_the_key_line_of_a_log_is_trusted(witness: Witness, kind: str) -> None:
    line = {
        "no line": "x\n",
        "a witness's": witness.public().splitlines()[0] + "\n",
        "with another id": LINE.replace("+", "+0", 1),
    }
    with pytest.raises(ValueError):  # noqa: PT011  (whatever it says)
        witness.trust(line[kind])
    assert len(list((witness.folder / "trusted").iterdir())) == 1


def test_nothing_is_cosigned_that_is_not_on_disk_first(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(memory.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        witness.add(asked(0, 100))
    monkeypatch.undo()
    assert refusal(witness, asked(100, 200))[0] == 409, "the head that was not kept is not known"
    assert Witness(witness.folder).add(asked(0, 200))


def test_of_forks_that_come_at_once_one_is_cosigned(witness: Witness) -> None:
    witness.add(asked(0, 10))
    forks = [[*LEAVES[:10], *(hashlib.sha256(b"%d %d" % (f, n)).digest() for n in range(10))] for f in range(16)]
    start = threading.Barrier(16)

    def one(leaves: list[bytes]) -> int:
        mine = Witness(witness.folder)
        start.wait()
        try:
            mine.add(asked(10, 20, leaves))
        except NotCosigned as refused:
            return refused.status
        return 200

    with ThreadPoolExecutor(16) as pool:
        assert sorted(pool.map(one, forks)) == [200] + [409] * 15


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The folder copied alone to another place, and started there with nothing of the service in reach."""
    shutil.copytree(
        ROOT / "service" / "audit" / "witness", tmp_path / "witness", ignore=shutil.ignore_patterns("__pycache__")
    )
    (tmp_path / "log.pub").write_text(LINE)

    command = [sys.executable, "-m", "witness"]
    for said in (("init", "w", NAME), ("trust", "w", "log.pub")):
        subprocess.run([*command, *said], cwd=tmp_path, capture_output=True, check=True)
    with subprocess.Popen([*command, "serve", "w", "127.0.0.1:0"], cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout.readline().decode().strip()
        process.kill()


def test_over_http_it_speaks_tlog_witness(served: str) -> None:
    with httpx2.Client() as http:
        done = http.post(served, content=asked(0, 3))
        assert (done.status_code, len(done.text.splitlines())) == (200, 2)
        told = http.post(served, content=asked(0, 5))
        assert (told.status_code, told.headers["content-type"], told.content) == (409, "text/x.tlog.size", b"3\n")
        assert http.post(served, content=asked(3, 5, OTHERS)).status_code == 422
        assert http.post(served, content=b"x").status_code == 400
        assert http.post(served, content=asked(0, 3).replace(ORIGIN.encode(), b"x")).status_code == 404
    assert httpx2.post(served, content=b"x" * 70_000).status_code == 413
    assert httpx2.post(served.replace("add-checkpoint", "other"), content=b"x").status_code == 404
    assert httpx2.post(served, content=iter([b"x"])).status_code == 411
    assert httpx2.get(served).status_code == 501
    assert httpx2.post(served, content=asked(3, 7)).status_code == 200


def test_it_listens_on_loopback_alone(tmp_path: Path, witness: Witness) -> None:
    from service.audit.witness.__main__ import run

    assert run(["serve", str(witness.folder), "0.0.0.0:0"]) == 2
    assert run(["sign", str(tmp_path / "none")]) == 2
    assert run([]) == 2


def test_without_a_network_a_request_is_answered_from_a_file(witness: Witness, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service.audit.witness", "sign", str(witness.folder)]
    done = subprocess.run(command, cwd=ROOT, input=asked(0, 3), capture_output=True, check=True)
    assert len(done.stdout.splitlines()) == 2
    again = subprocess.run(command, cwd=ROOT, input=asked(0, 5), capture_output=True)
    assert (again.returncode, again.stdout) == (1, b"") and b"409" in again.stderr and b"3" in again.stderr
