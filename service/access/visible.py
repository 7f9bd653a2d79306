"""Lists: what SQL narrows to before LIMIT. The keyholder decides on each row of the page afterwards.

Promise: the narrowing leaves out no case that a person could be allowed to see by a fact of his on it (property test).
Not promised: that every case it leaves in may be seen. A row of `facts` may be forged or over: only the decision tells.
"""

from uuid import UUID

HAS_A_FACT = "c.id in (select case_id from facts where person = $1 and case_id is not null)"
"""The condition on `cases c`: the person $1 has a fact row on this case."""


def narrowing(person: UUID) -> tuple[str, tuple[UUID]]:
    """The SQL condition on `cases c` that narrows a list to what this person may hope to see, and its arguments, from $1 on."""
    return HAS_A_FACT, (person,)
