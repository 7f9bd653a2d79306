"""Check the log where it lies: every stored record against its leaf hash, the tree against every stored checkpoint.

Promise: a log found whole is, record by record, the one under the newest checkpoint, and every older checkpoint is one of its heads;
else the first place where it is not is named. Only rights to read are needed. With the log's public key the newest checkpoint's
signature is verified too (older ones need none: their root is recomputed). Not promised: that the newest checkpoint is the newest ever
made, or that a record under no checkpoint yet was kept; that takes checkpoints kept elsewhere. The form of records is the verifier's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from multiprocessing import get_context
from typing import Any, TypeAlias

import asyncpg

from service.audit import tree
from service.audit.checkpoint import Checkpoint, LogKey, NotACheckpoint, WrongSignature, claimed, open_note
from service.audit.leaf import leaf_hash
from service.store import Store

STRETCH = 1 << 16
"""Leaves that one process checks at a time: a complete subtree, so that the tree can go on from its hash."""
WINDOW = 1024
"""Rows held at a time; of 4,096, PostgreSQL begins a parallel plan for each, at twice the cost."""
STATEMENT_TIMEOUT_MS = 60_000

ROWS = """select l.idx, l.hash, r.body from leaves l left join records r on r.id = l.record
where l.idx >= $1 and l.idx < $2 order by l.idx"""
BEYOND = "select count(*) from leaves where idx >= $1 or idx < 0"
HEADS = "select size, note from checkpoints order by size"

REFUSED = (asyncpg.PostgresError, asyncpg.InterfaceError)
"""What else the database may answer `check` with."""

Connect: TypeAlias = Mapping[str, Any]
Told: TypeAlias = Callable[[int, int], None]
"""(records checked, records in all)"""


class NotWhole(Exception):
    """The log is not what its checkpoints say; the text names the first place."""


@dataclass(frozen=True)
class Whole:
    """What was checked. size, root: of the newest checkpoint; beyond: leaves placed since it; signed: its signature was verified."""

    size: int
    root: bytes
    checkpoints: int
    beyond: int
    signed: bool


@dataclass(frozen=True)
class Stretch:
    """What one process found. edges: (size, right edge of this part of the tree), at each size asked for and at its end."""

    edges: tuple[tuple[int, tuple[bytes, ...]], ...] = ()
    fault: str = ""


async def check(connect: Connect, key: LogKey | None, told: Told, processes: int = 2) -> Whole:
    """Check the log of the database `connect`. Raises NotWhole; Refusal unavailable when the database goes away."""
    store = await Store.open(connect, size=1, statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    try:
        heads = _heads([(row["size"], row["note"]) for row in await store.fetch(HEADS)], key)
        size = heads[-1].size if heads else 0
        beyond = (await store.fetch(BEYOND, size))[0][0]
        if beyond and not heads:
            raise NotWhole(f"{beyond} records have a place, and there is no checkpoint")
        root = await _tree(connect, heads, told, processes)
    finally:
        await store.close()
    return Whole(size, root, len(heads), beyond, key is not None)


def _heads(rows: Sequence[tuple[int, str]], key: LogKey | None) -> list[Checkpoint]:
    """The stored checkpoints, by size. Raises NotWhole."""
    heads: list[Checkpoint] = []
    for size, note in rows:
        try:
            head = claimed(note)
            if size != head.size or (heads and head.origin != heads[0].origin):
                raise NotWhole(f"checkpoint {size}: of another size or log")
            heads.append(head)
        except NotACheckpoint as why:
            raise NotWhole(f"checkpoint {size}: {why}") from None
    if key and rows:
        try:
            open_note(rows[-1][1], key)
        except (NotACheckpoint, WrongSignature) as why:
            raise NotWhole(f"checkpoint {rows[-1][0]}: {why}") from None
    return heads


async def _tree(connect: Connect, heads: Sequence[Checkpoint], told: Told, processes: int) -> bytes:
    """The root over all stretches, compared at every checkpoint. Raises NotWhole."""
    size = heads[-1].size if heads else 0
    roots = {head.size: head.root for head in heads}
    if roots.get(0, tree.EMPTY_ROOT) != tree.EMPTY_ROOT:
        raise NotWhole("checkpoint 0: not the root of no records")
    frontier = tree.Frontier()
    with closing(_stretches(connect, list(roots), size, processes)) as stretches:
        for coming in stretches:
            found = await coming
            if found.fault:
                raise NotWhole(found.fault)
            grown = [_grown(frontier, at, edge) for at, edge in found.edges]
            for head in grown:
                if roots.get(head.size, head.root()) != head.root():
                    raise NotWhole(f"checkpoint {head.size}: another root than that of the records before it")
            frontier = grown[-1]
            told(frontier.size, size)
    return frontier.root()


def _grown(frontier: tree.Frontier, size: int, edge: Sequence[bytes]) -> tree.Frontier:
    """The tree of `size` leaves whose part behind `frontier` has the right edge `edge`."""
    grown = tree.Frontier(frontier.size, frontier.peaks)
    for (_, level), node in zip(tree.cover(frontier.size, size), edge, strict=True):
        grown.append(node, level)
    return grown


def _stretches(
    connect: Connect, sizes: Sequence[int], size: int, processes: int
) -> Generator[Awaitable[Stretch], None, None]:
    """Every stretch in order; more than one process works ahead of the reader."""
    parts = [
        (dict(connect), first, min(first + STRETCH, size), [s for s in sizes if first < s <= first + STRETCH])
        for first in range(0, size, STRETCH)
    ]
    if processes == 1:
        yield from (_stretch(*part) for part in parts)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        try:
            yield from map(asyncio.wrap_future, [pool.submit(stretch, *part) for part in parts])
        finally:
            pool.shutdown(cancel_futures=True)


def stretch(connect: Connect, first: int, stop: int, sizes: Sequence[int]) -> Stretch:
    """Check the records of [first, stop), first being a multiple of STRETCH: the work of one process."""
    return asyncio.run(_stretch(connect, first, stop, sizes))


async def _stretch(connect: Connect, first: int, stop: int, sizes: Sequence[int]) -> Stretch:
    store = await Store.open(connect, size=1, statement_timeout_ms=STATEMENT_TIMEOUT_MS)
    local, edges, asked = tree.Frontier(), [], {*sizes, stop}
    try:
        for start in range(first, stop, WINDOW):
            end = min(start + WINDOW, stop)
            rows = await store.fetch(ROWS, start, end)
            if fault := first_fault(rows, start, end):
                return Stretch(fault=fault)
            hashes = [row[1] for row in rows]
            for at in sorted(s for s in asked if start < s <= end):
                _append(local, hashes[first + local.size - start : at - start])
                edges.append((at, local.peaks))
            _append(local, hashes[first + local.size - start :])
    finally:
        await store.close()
    return Stretch(tuple(edges))


def first_fault(rows: Sequence[Any], start: int, stop: int) -> str:
    """The first of [start, stop) whose leaf is missing, or whose record is missing or does not give its leaf hash; "" when none is."""
    in_order = [row[0] for row in rows] == list(range(start, stop))
    if in_order and all(row[2] is not None and leaf_hash(row[2]) == row[1] for row in rows):
        return ""
    for index, row in zip_longest(range(start, stop), rows):
        if row is None or index is None or row[0] != index:
            return f"record {row[0] if index is None else index}: its leaf is missing or stands twice"
        if row[2] is None:
            return f"record {index}: missing"
        if leaf_hash(row[2]) != row[1]:
            return f"record {index}: its bytes do not give its leaf hash"
    return ""


def _append(frontier: tree.Frontier, hashes: Sequence[bytes]) -> None:
    """Append leaf hashes by complete subtrees, a level at a time."""
    start = frontier.size
    for first, level in tree.cover(start, start + len(hashes)):
        nodes = hashes[first - start : first - start + (1 << level)]
        for _ in range(level):
            pairs = iter(nodes)
            nodes = [tree.node_hash(left, right) for left, right in zip(pairs, pairs, strict=True)]
        frontier.append(nodes[0], level)
