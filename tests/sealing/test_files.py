"""A file sealed on two threads is the message that one thread would have sealed."""

import io
import os
import threading
from pathlib import Path

import pytest

from service.sealing import chunked, files
from service.sealing.chunked import CHUNK, GROUP, open_stream, sealed_length
from service.sealing.files import Changed, seal_file

KEY, CONTEXT = bytes(range(32)), b"place"
GROUP_BYTES = GROUP * CHUNK


def sealed(message: bytes, folder: Path) -> bytes:
    (folder / "plain").write_bytes(message)
    with (folder / "plain").open("rb") as source, (folder / "sealed").open("wb") as sink:
        assert seal_file(KEY, CONTEXT, source.fileno(), sink.fileno()) == sealed_length(len(message))
    return (folder / "sealed").read_bytes()


@pytest.mark.parametrize(
    "length",
    [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, *(n * GROUP_BYTES + more for n in (1, 2, 3, 7) for more in (-1, 0, 1, CHUNK))],
)
def test_a_file_of_any_length_opens_to_itself(length: int, tmp_path: Path) -> None:
    message = os.urandom(length)
    out = io.BytesIO()
    assert open_stream(KEY, CONTEXT, io.BytesIO(sealed(message, tmp_path)), out) == length
    assert out.getvalue() == message


def test_two_threads_make_the_bytes_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    message, salt, urandom = os.urandom(5 * GROUP_BYTES + 77), bytes(24), os.urandom
    monkeypatch.setattr(os, "urandom", lambda n: salt if n == len(salt) else urandom(n))
    out = io.BytesIO()
    chunked.seal_stream(KEY, CONTEXT, io.BytesIO(message), out)
    assert sealed(message, tmp_path) == out.getvalue()


def test_a_file_that_shrinks_or_grows_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The length changes once it was read: as the sink is made as long as it will be."""
    truncate = os.ftruncate
    for length in (GROUP_BYTES, 4 * GROUP_BYTES):

        def change(sink: int, size: int, to: int = length) -> None:
            os.truncate(tmp_path / "plain", to)
            truncate(sink, size)

        monkeypatch.setattr(files.os, "ftruncate", change)
        with pytest.raises(Changed):
            sealed(bytes(3 * GROUP_BYTES), tmp_path)


def test_no_thread_is_left_and_a_fault_of_either_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int, view: memoryview, at: int) -> int:
        if at >= GROUP_BYTES:
            raise OSError(28, "full")
        return len(view)

    monkeypatch.setattr(files.os, "pwrite", full)
    with pytest.raises(OSError, match="full"):
        sealed(bytes(4 * GROUP_BYTES), tmp_path)
    assert not [t for t in threading.enumerate() if t.name.startswith("seal")]
