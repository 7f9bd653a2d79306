"""Places and label keys for the tests of sealing and the keyholder."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from service.keyholder.keys import LabelPair
from service.sealing.envelope import Place
from service.sealing.wrap import LabelKey

DEMO = b"demo-" + b"0" * 32
REAL = b"real-" + b"0" * 32
CASE, PART = UUID(int=1), UUID(int=2)


@dataclass(frozen=True)
class Pair:
    """A label key with its private half."""

    key: LabelKey
    private: LabelPair


def pair(label: str = "designated", compartment: str | None = None, epoch: int = 1, root: bytes = DEMO) -> Pair:
    made = LabelPair.generate()
    return Pair(LabelKey(root, uuid4(), label, compartment, epoch, made.public), made)


def place(
    *,
    root: bytes = DEMO,
    kind: str = "filing",
    case: UUID = CASE,
    part: UUID = PART,
    code: str = "claims",
    version: int = 1,
) -> Place:
    return Place(root, kind, case, part, code, version)
