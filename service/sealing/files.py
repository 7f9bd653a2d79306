"""Seal a large file on two threads: the same bytes that `chunked.seal_stream` would make under the same salt.

Promise: every group of chunks has its place from the file's length alone, so that it does not matter who writes it when; a file that
changes its length meanwhile is refused. Not promised: that what is sealed is durable (the caller syncs), nor anything of the file behind
a seal that failed; throw it away.
"""

import os
from concurrent.futures import ThreadPoolExecutor

from service.sealing.chunked import CHUNK, COBBLESTONE_256, GROUP, HEADER, SALT, TAG, Suite, _derive, sealed_length

THREADS = 2
PLAIN, SEALED = GROUP * CHUNK, GROUP * (CHUNK + TAG)


class Changed(OSError):
    """The file became shorter or longer while it was sealed."""


def seal_file(key: bytes, context: bytes, source: int, sink: int, suite: Suite = COBBLESTONE_256) -> int:
    """Seal the open file `source` into the empty file `sink` (descriptors); the number of bytes written.

    Raises ValueError for a key of wrong length, Changed, OSError.
    """
    length, salt = os.fstat(source).st_size, os.urandom(SALT)
    commitment = _derive(key, salt, context, suite)[1]
    os.ftruncate(sink, sealed_length(length))
    _put(sink, memoryview(salt + commitment), 0)

    def work(thread: int) -> None:
        chunks, _ = _derive(key, salt, context, suite)  # its own: none is shared between threads
        plain, sealed = memoryview(bytearray(PLAIN)), memoryview(bytearray(SEALED))
        for group in range(thread, length // PLAIN + 1, THREADS):
            here = plain[: min(length - group * PLAIN, PLAIN)]
            _get(source, here, group * PLAIN)
            size = chunks.seal(group * GROUP, here, sealed, last=here.nbytes < PLAIN)
            _put(sink, sealed[:size], HEADER + group * SEALED)

    with ThreadPoolExecutor(THREADS, thread_name_prefix="seal") as pool:
        for done in [pool.submit(work, thread) for thread in range(THREADS)]:
            done.result()
    if os.fstat(source).st_size != length:
        raise Changed("the file grew while it was sealed")
    return sealed_length(length)


def _get(source: int, view: memoryview, at: int) -> None:
    while view.nbytes:
        got = os.preadv(source, [view], at)
        if not got:
            raise Changed("the file was cut while it was sealed")
        view, at = view[got:], at + got


def _put(sink: int, view: memoryview, at: int) -> None:
    while view.nbytes:
        put = os.pwrite(sink, view, at)
        view, at = view[put:], at + put
