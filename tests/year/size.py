"""How large a year is: what the offices said of theirs (ESPA 66, 70, 79), and a part of it."""

from dataclasses import dataclass

from service.statistics import FEW


@dataclass(frozen=True)
class Year:
    """Applications screened, and of them sent and answered by a non-sending notice; confirmations asked for. Nothing is designated."""

    screened: int
    sent: int
    confirmations: int
    notices: int

    @classmethod
    def part(cls, scale: float) -> "Year":
        """A part of the public size; no count becomes so small that the yearly table would hold it back. Raises ValueError."""
        if not 0 < scale <= 1:
            raise ValueError("SCALE is above 0 and at most 1")
        sent, confirmations, notices = (max(FEW, round(n * scale)) for n in (90, 1_305, 630))
        return cls(max(round(300_000 * scale), sent + notices + 3), sent, confirmations, notices)
