"""Lists: what SQL narrows to before LIMIT. The keyholder decides on each row of the page afterwards.

Promise: the narrowing leaves out no case that a person could be allowed to see by a fact of his on it (property test).
Not promised: that every case it leaves in may be seen. A row of `facts` may be forged or over: only the decision tells.
"""

from uuid import UUID


def narrowing(person: UUID, *, column: str = "c.id", first: int = 1) -> tuple[str, list[UUID]]:
    """The SQL condition "the person has a fact row on this case", and its arguments, which begin at $`first`.

    column: where the case's id stands in the caller's statement; a name in our own code, never a caller's word.
    """
    return f"{column} in (select case_id from facts where person = ${first} and case_id is not null)", [person]
