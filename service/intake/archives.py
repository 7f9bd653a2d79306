"""Archives (first form: none accepted)."""

from collections.abc import Iterator

from service.intake.formats.refused import Refused


def members(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    raise Refused("archive", "書庫は受け付けません。", "Archives are not taken.")
    yield name, data
