"""Drafts: forms that are not submitted yet, each sealed to the person who writes it.

What must hold: nobody but its person sees that a draft is there, and none but him gets it opened (the keyholder's place names him). A save
over a revision that its writer has not seen is refused, with the fields in which the two differ. Form and content are sealed; nothing of a
draft is judged when it is saved. What is stored, or forgotten, is so together with the request's record, in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from service import clock
from service.desk.trail import of_request
from service.errors import Refusal, Text, not_found, unavailable
from service.forms.checking import pointer
from service.forms.normal import UNDECLARED, normal
from service.forms.schema import Form
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.sealing.chunked import DoesNotOpen
from service.sealing.envelope import DRAFT_LABEL, draft_place, open_sealed, seal
from service.sealing.wrap import LabelKeys
from service.store import Store
from service.tables import DraftRow

SAVING, DROPPING = "put-save-draft", "delete-drop-draft"
"""What the records of requests call them: method and route."""
MOST = 100
"""Drafts of one person."""
LIST = "select id, revision, recorded_at from drafts where person = $1 order by recorded_at desc, id"
SAVE = """
update drafts set revision = revision + 1, key_id = $4, size_class = $5, wrapped = $6, sealed = $7, recorded_at = $8
where person = $1 and id = $2 and revision = $3
"""


@dataclass(frozen=True)
class Draft:
    """One draft, opened. form: code of the form; said: what stands in it, as it was sent."""

    id: UUID
    revision: int
    saved_at: datetime
    form: str
    said: Any


class StaleSave(Refusal):
    """409: the draft was saved meanwhile. differing: pointers of the fields in which that and this save differ."""

    def __init__(self, revision: int, differing: list[str]) -> None:
        super().__init__(
            "draft-moved-on",
            409,
            Text("この下書きは別の所で保存されています。", "The draft was saved elsewhere meanwhile."),
            next_step=Text(
                "最新の下書きを読み、differing の欄を確かめて、その版で保存してください。",
                "Read the draft again, look at the fields named in `differing`, and save over that revision.",
            ),
        )
        self.revision, self.differing = revision, differing

    def problem(self, lang: str = "ja") -> dict[str, object]:
        return {**super().problem(lang), "revision": self.revision, "differing": self.differing}


class Drafts:
    """Keeps drafts for one process."""

    def __init__(self, store: Store, keyholder: Keyholder, keys: LabelKeys) -> None:
        self._store, self._keyholder, self._keys = store, keyholder, keys

    async def all(self, person: UUID) -> list[tuple[UUID, int, datetime]]:
        """A person's drafts: id, revision, when it was saved; newest first. What they are shows only when one is opened."""
        rows = await self._store.fetch(LIST, person)
        return [(row["id"], row["revision"], row["recorded_at"]) for row in rows]

    async def open(self, caller: Caller, draft: UUID) -> Draft:
        """One's own draft. Raises Refusal not-found, not-permitted, unavailable."""
        for _ in range(3):  # a save between the keyholder's look and ours
            person, revision, key = await self._keyholder.read_draft(caller, draft)
            rows = await self._store.fetch(
                "select sealed, revision, recorded_at from drafts where person = $1 and id = $2", person, draft
            )
            if rows and rows[0]["revision"] == revision:
                return self._opened(person, draft, rows[0], key)
        raise unavailable() if rows else not_found()

    def _opened(self, person: UUID, draft: UUID, row: Any, key: bytes) -> Draft:
        place = draft_place(self._keys.root, person, draft, row["revision"])
        try:
            content = orjson.loads(open_sealed(row["sealed"], key, place))
        except DoesNotOpen:
            raise unavailable() from None
        return Draft(draft, row["revision"], row["recorded_at"], content["form"], content["said"])

    async def begin(self, caller: Caller, person: UUID, draft: UUID, form: Form, said: Any) -> bool:
        """Store a new draft under an id of its writer's; whether there was none of this id. Raises Refusal too-many-drafts (409)."""
        row = self._sealed(person, draft, 1, form, said)
        async with self._store.transaction() as work:
            await work.connection.execute("select pg_advisory_xact_lock(hashtextextended($1::text, 0))", str(person))
            held = await work.connection.fetch("select id from drafts where person = $1", person)
            if any(one["id"] == draft for one in held):
                return False
            if len(held) >= MOST:
                raise _too_many()
            await work.insert(row)
            await work.record(of_request(caller, SAVING, 201))
        caller.recorded = True
        return True

    async def save(self, caller: Caller, person: UUID, draft: UUID, seen: int, form: Form, said: Any) -> int:
        """Save over the revision that was seen; the new revision. Raises StaleSave, Refusal not-found."""
        row = self._sealed(person, draft, seen + 1, form, said)
        async with self._store.transaction() as work:
            done = await work.connection.execute(
                SAVE, person, draft, seen, row.key_id, row.size_class, row.wrapped, row.sealed, row.recorded_at
            )
            if done == "UPDATE 1":
                await work.record(of_request(caller, SAVING, 200))
        if done == "UPDATE 1":
            caller.recorded = True
            return row.revision
        stored = await self.open(caller, draft)
        raise StaleSave(stored.revision, differing(form, stored.said, said))

    async def drop(self, caller: Caller, person: UUID, draft: UUID, seen: int | None = None) -> bool:
        """Forget a draft, of the revision seen where one is given; whether it was there. An act that it became is recorded already."""
        async with self._store.transaction() as work:
            done = await work.connection.execute(
                "delete from drafts where person = $1 and id = $2 and ($3::int is null or revision = $3)",
                person,
                draft,
                seen,
            )
            if done == "DELETE 1" and not caller.recorded:
                await work.record(of_request(caller, DROPPING, 204))
        caller.recorded = caller.recorded or done == "DELETE 1"
        return bool(done == "DELETE 1")

    def _sealed(self, person: UUID, draft: UUID, revision: int, form: Form, said: Any) -> DraftRow:
        content = orjson.dumps({"form": form.code, "said": said})
        place = draft_place(self._keys.root, person, draft, revision)
        done = seal(content, place, self._keys.newest(DRAFT_LABEL))
        return DraftRow(
            person=person, id=draft, revision=revision, key_id=done.key_id, size_class=done.size_class,
            wrapped=done.wrapped, sealed=done.sealed, recorded_at=clock.now(),
        )  # fmt: skip


def differing(form: Form, before: Any, after: Any) -> list[str]:
    """Pointers of the fields that differ, as the form reads them."""
    return [pointer(path) for path in _differing(normal(before, form.schema), normal(after, form.schema), ())]


def _differing(before: Any, after: Any, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    if before == after and type(before) is type(after):
        return []
    before, after = _beside(before, after), _beside(after, before)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        names = sorted({*before, *after} - {UNDECLARED})
        return [p for name in names for p in _differing(before.get(name), after.get(name), (*path, name))]
    if isinstance(before, list) and isinstance(after, list):
        rows = range(max(len(before), len(after)))
        return [p for n in rows for p in _differing(_row(before, n), _row(after, n), (*path, n))]
    return [path]


def _beside(one: Any, other: Any) -> Any:
    """A group or list that is not said is an empty one beside one that is."""
    return one if one is not None else {} if isinstance(other, Mapping) else [] if isinstance(other, list) else None


def _row(rows: list[Any], number: int) -> Any:
    return rows[number] if number < len(rows) else None


def _too_many() -> Refusal:
    return Refusal(
        "too-many-drafts",
        409,
        Text(f"下書きは{MOST}件までです。", f"There are {MOST} drafts already."),
        next_step=Text("不要な下書きを削除してください。", "Drop those that you do not need."),
    )
