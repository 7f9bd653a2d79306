"""Who gets a notice of a case on a day.

Law: an agent acts for the party he represents (Patent Act 9-14), each of several by himself (12); where a common representative is notified
to the Patent Office he acts for all parties (14, proviso). House rule: with a representative one notice goes out, to him; without one, each
party gets one of his own, which goes to every attorney of his whose power runs that day, else to himself. Patent Act 14 lets each party
act for all; a notice to one alone would leave the others to chance.
Not promised: that an address is known, or that a person still has his post; whoever sends finds that out.
"""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from service.keyholder.answers import Party


def addressed(parties: Sequence[Party], day: date) -> list[UUID]:
    """The pseudonyms to whom a notice goes on this day in Japan, in a stable order; parties: as the keyholder told them."""
    today = [p for p in parties if p.holds_on(day)]
    if chosen := {p.person for p in today if p.work == "representative"}:
        return sorted(chosen)
    found: set[UUID] = set()
    for one in {p.person for p in today if p.work == "applicant"}:
        attorneys = {p.person for p in today if p.work == "attorney" and p.represents == one}
        found |= attorneys or {one}
    return sorted(found)
