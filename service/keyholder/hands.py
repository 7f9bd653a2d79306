"""Who works on a case: for the head who hands it on. Facts are sealed, so only the keyholder can say."""

from dataclasses import dataclass

from service.keyholder import frames
from service.keyholder.deciding import Decider
from service.keyholder.gathering import Question
from service.keyholder.granting import Granting
from service.keyholder.refused import Refused, id_of


@dataclass(frozen=True)
class Hands:
    """Answers one operation: the facts on a case, to whoever may reassign it. The web records the request."""

    decider: Decider
    granting: Granting

    async def hands(self, message: frames.Message, tag: bytes, deadline: float) -> frames.Message:
        """Each fact on the case: id, person, kind, and the work it gives. Raises Refused not-found, not-permitted, sign-in-needed."""
        case = id_of(message, "case")
        standing = (await self.decider.stand([Question(tag, case)]))[0]
        if standing.person is None:
            raise Refused("sign-in-needed")
        know, may = self.decider.decide([standing.ask("know"), standing.ask("reassign")])
        if know is None or not know.allow:
            raise Refused("not-found")
        if may is None or not may.allow:
            raise Refused("not-permitted")
        facts = [f for f in await self.granting.on_case(case) if f.kind != "link"]  # a link tells of another case
        return {
            "hands": [
                {"id": f.id.bytes, "person": f.person.bytes, "kind": f.kind, "work": str(f.values.get("work", ""))}
                for f in facts
            ]
        }
