"""The only reader of time.

`now()` is the instant, `today()` the date in Japan: every legal date of this service is a Japan date (Asia/Tokyo).
A demo root may move the clock (HOZEN_CLOCK, see settings); a real root never can, so nothing here reads the environment:
`set_offset` is called once by the program's start, and only for a demo root.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")

_offset = timedelta(0)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC) + _offset


def today() -> date:
    """The present date in Japan."""
    return japan_date(now())


def japan_date(instant: datetime) -> date:
    """The date in Japan at `instant` (aware). Raises ValueError for a naive instant."""
    if instant.tzinfo is None:
        raise ValueError("a naive instant has no date in Japan")
    return instant.astimezone(JAPAN).date()


def set_offset(offset: timedelta) -> None:
    """Move this process's clock by `offset`: for demo roots and tests only (settings.py refuses it elsewhere)."""
    global _offset
    _offset = offset
