"""The ladder (policies/law/escalation.toml, a house rule): from which day on a running clock rises to which post. Pure.

What must hold: a rung names a limit that exists; posts rise in the order of days, each once. What has risen follows from the clock, the
table and the day alone: nothing is stored, so nothing is missed where the service slept. Not promised: that somebody holds the post.
"""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from service.law.calendar import LAW
from service.law.limit_table import limits


@dataclass(frozen=True)
class Rung:
    """days: after the last day, negative before it. post: a role of people.py."""

    days: int
    post: str


@dataclass(frozen=True)
class Risen:
    """A clock has risen to a post, since this day."""

    post: str
    since: date


@cache
def ladder() -> Mapping[str, tuple[Rung, ...]]:
    """The rungs of each limit, by its name."""
    return read_ladder((LAW / "escalation.toml").read_bytes())


def read_ladder(content: bytes) -> Mapping[str, tuple[Rung, ...]]:
    """The ladder that `content` (TOML, UTF-8) describes. Raises ValueError naming the limit that does not hold."""
    found = {}
    for name, table in tomllib.loads(content.decode("utf-8")).items():
        rungs = tuple(Rung(row["days"], row["post"]) for row in table["rungs"] if row.keys() == {"days", "post"})
        days, posts = [r.days for r in rungs], [r.post for r in rungs]
        rises = days == sorted(set(days)) and len(set(posts)) == len(posts) > 0
        if name not in limits() or table.keys() != {"rungs"} or len(rungs) != len(table["rungs"]) or not rises:
            raise ValueError(f"escalation.toml: {name} does not hold together")
        found[name] = rungs
    return found


def risen(limit: str, due: date, today: date, *, ended: bool = False) -> tuple[Risen, ...]:
    """To whom a running clock has risen, the earliest first. ended: the case is at its end, where a ban asks nothing of anybody."""
    known = limits().get(limit)
    if known is not None and known.kind == "ban" and (ended or today > due):
        return ()
    steps = ((rung.post, due + timedelta(days=rung.days)) for rung in ladder().get(limit, ()))
    return tuple(Risen(post, since) for post, since in steps if since <= today)


def earliest(posts: Collection[str]) -> timedelta | None:
    """The longest time before a last day in which something can have risen to one of these posts; None: nothing ever rises to them."""
    days = [-rung.days for rungs in ladder().values() for rung in rungs if rung.post in posts]
    return timedelta(days=max(days)) if days else None
