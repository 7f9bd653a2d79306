"""Histories that begin with the filing: one request under one key several times at once, other content under it, and later repeats.

What must hold: one key, one case; the same request again gets the same answer, whatever became of the case; other content is refused.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from tests.attacks.histories_draw import uuid
from tests.attacks.histories_model import Case, opened
from tests.attacks.histories_run import Done, History, Wrong, said_in
from tests.attacks.histories_tables import WORKS, Ground
from tests.attacks.inside import Reply
from tests.web.filed import TEXT

HANDS = {name: work for name, work in WORKS.items() if work not in ("applicant", "intake", "screening")}
"""Who is put on the case when it is there; the others a filing finds by itself."""
FORM = {"content-type": "multipart/form-data; boundary=x"}
USED = (409, "idempotency-key-used")
COUNT = "select count(*) from events where name = 'file' and record is not null"
INDEX = "create index if not exists filed_by_act on events (case_id) where name = 'file' and record is not null"


def form(said: dict[str, str], paper: bytes) -> bytes:
    parts = [f'--x\r\ncontent-disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in said.items()]
    file = b'--x\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + paper + b"\r\n"
    return b"".join((*parts, file, b"--x--\r\n"))


@dataclass
class Papers:
    """What sato files: number -> the whole form, read back and confirmed."""

    ground: Ground
    forms: dict[tuple[str, str], bytes] = field(default_factory=dict)

    @cached_property
    def one(self) -> asyncio.Lock:
        """Filings are counted: one race at a time."""
        return asyncio.Lock()

    async def form(self, kind: str, number: str) -> bytes:
        if (kind, number) not in self.forms:
            paper, said = TEXT.format(number).encode(), {"application": kind}
            told = await self.ground.service.ask(
                "sato", "POST", "/filings/read-back", body=form(said, paper), headers=FORM
            )
            self.forms[kind, number] = form({**said, "read_back": told.json()["digest"]}, paper)
        return self.forms[kind, number]

    async def count(self) -> int:
        async with self.ground.alone:
            await self.ground.service.world.admin.execute(INDEX)
            return int(await self.ground.service.world.admin.fetchval(COUNT))


@dataclass(frozen=True)
class Repeat(Done):
    """The filing again while the case moves: answered as it was first, or refused for other content."""

    like: tuple[Any, ...] = ()

    def explains(self, case: Case) -> Case | None:
        return case if _told(self.got) == self.like else None


@dataclass(kw_only=True)
class Opening(History):
    """A history from its first act on. papers: shared by all."""

    papers: Papers
    key: str = ""
    forms: dict[str, bytes] = field(default_factory=dict)
    first: tuple[Any, ...] = ()
    kept: str = ""

    async def begin(self, day: date) -> Case:
        """The race for the key, and the case that came of it. Raises Wrong where no order of the requests explains the answers."""
        self.key, kind = uuid(self.rng), self.rng.choice(("ordinary", "ordinary", "pct-national"))
        numbers = [self.rng.choice("AAB") for _ in range(self.rng.choice((1, 2, 3)))]
        self.forms = {n: await self.papers.form(kind, n) for n in "AB"}
        async with self.papers.one:
            before = await self.papers.count()
            got = await asyncio.gather(*(self._file(self.forms[n]) for n in numbers))
            made = await self.papers.count() - before
        told = [_told(g) for g in got]
        self.kept = _winner(numbers, told)
        if made != 1 or not self.kept:
            raise Wrong(f"{made} filings for one key, {numbers}: {told}")
        self.first = told[numbers.index(self.kept)]
        self.case = UUID(self.first[1])
        await self.ground.stand_in(self.case, HANDS)
        stands = await self.ground.stored(self.case, day)
        start = opened(day, day, kind, [e.id for e in stands.events], "sato")
        if stands != start or self.first[2:] != (start.state, start.version):
            raise Wrong(f"filed as {stands}, told {self.first}")
        return start

    def beside(self) -> list[Awaitable[None]]:
        """The filing again, now and then."""
        return [self._repeat(self.rng.choice("AB"))] if self.rng.random() < 0.4 else []

    async def _repeat(self, number: str) -> None:
        begun = next(self.count)
        got = await self._file(self.forms[number])
        like = self.first if number == self.kept else USED
        self.done.append(Repeat(f"the filing of {number}", begun, next(self.count), got, like))

    async def _file(self, body: bytes) -> Reply:
        return await self.ground.service.ask(
            "sato", "POST", "/filings", body=body, headers={**FORM, "idempotency-key": self.key}
        )


def _told(got: Reply) -> tuple[Any, ...]:
    said = said_in(got)
    if got.status != 201:
        return got.status, said.get("name")
    return got.status, said["case"], said["state"], said["version"]


def _winner(numbers: Sequence[str], told: Sequence[tuple[Any, ...]]) -> str:
    """The content that came first: all its requests are told the same, all others are refused. "" where it is not so."""
    for kept in set(numbers):
        same = {t for n, t in zip(numbers, told, strict=True) if n == kept}
        others = {t for n, t in zip(numbers, told, strict=True) if n != kept}
        if len(same) == 1 and next(iter(same))[0] == 201 and others <= {USED}:
            return kept
    return ""
