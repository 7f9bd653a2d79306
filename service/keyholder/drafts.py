"""Drafts: the key of a form that is not submitted yet, for the person who wrote it.

What must hold: a draft's key unwraps only in the place that names the person behind the token, as the keyholder knows him, so that a row
under another's pseudonym, or in another revision, opens for nobody. The record of the read is durable before the key leaves.
"""

from dataclasses import dataclass

from service.keyholder import frames
from service.keyholder.acting import Acting, Entry
from service.keyholder.gathering import Question
from service.keyholder.keys import DoesNotUnwrap, WrappedKey, open_data_key
from service.keyholder.refused import Refused, id_of
from service.sealing.envelope import DRAFT_LABEL, draft_place

DRAFT = "select revision, key_id, wrapped from drafts where person = $1 and id = $2"


@dataclass(frozen=True)
class Drafts:
    """Opens drafts for their persons."""

    acting: Acting

    async def read_draft(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """The data key and revision of one's own draft. Raises Refused not-permitted, not-found, sign-in-needed, unavailable."""
        draft, acting = id_of(message, "draft"), self.acting
        about = Entry("release", "read_draft", id_of(message, "request"), part=draft)
        async with acting.recorded(about, Question(tag)) as entry:
            assert entry.standing is not None and entry.standing.person is not None
            person = entry.standing.person.id
            acting.must(entry.standing, "keep_draft")
            rows = await acting.store.fetch(DRAFT, person, draft)
            if not rows:
                raise Refused("not-found")
        row = rows[0]
        try:
            place = draft_place(acting.vault.root, person, draft, row["revision"])
            key = open_data_key(acting.vault, WrappedKey(row["wrapped"], row["key_id"], DRAFT_LABEL, None), place)
        except (DoesNotUnwrap, OverflowError, ValueError, TypeError, AttributeError):  # a row that is none of ours
            await acting.writer.record(about.draft(acting.decider.policy_set.hex(), "failed", "does-not-unwrap"))
            raise Refused("unavailable") from None
        return {"key": key, "revision": row["revision"], "person": person.bytes}
