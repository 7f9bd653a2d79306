"""The only reader of time.

`now()` is the instant, `today()` the date in Japan: every legal date of this service is a Japan date (Asia/Tokyo).
A demo root may move the clock (HOZEN_CLOCK, see settings); a real root never can, so nothing here reads the environment:
`move` is called once by the program's start, and only for a demo root.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

JAPAN = ZoneInfo("Asia/Tokyo")

_DURATION = re.compile(r"([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")

_offset: Callable[[], timedelta] = timedelta


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC) + _offset()


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
    _offset = lambda: offset


def move(setting: str) -> None:
    """Move this process's clock as HOZEN_CLOCK says: a duration, or `@/file` holding one, read again whenever the file changes.

    Raises ValueError for what is no duration; with a file, `now()` raises it, or OSError when the file is away.
    """
    global _offset
    if setting.startswith("@"):
        _offset = _Followed(Path(setting[1:]))
        _offset()
    else:
        set_offset(duration(setting))


def duration(text: str) -> timedelta:
    """An ISO 8601 duration of weeks, days, hours, minutes and seconds with an optional sign: `+P95D`, `-PT36H`.

    Months and years have no fixed length and are refused. Raises ValueError.
    """
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        raise ValueError("+P95D のような ISO 8601 の期間が必要です / must be an ISO 8601 duration such as +P95D")
    sign, *parts = found.groups()
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in parts)
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if sign == "-" else length


class _Followed:
    """The offset that a file holds now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._last = timedelta(0)

    def __call__(self) -> timedelta:
        found = self._path.stat()
        seen = (found.st_mtime_ns, found.st_ino, found.st_size)
        if seen != self._seen:
            self._last, self._seen = duration(self._path.read_text("ascii").strip()), seen
        return self._last
