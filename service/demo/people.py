"""The invented people of the demo: who they are, what they hold, and the bootstrap file that makes them facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

_NAMESPACE = UUID("7d1c3c0e-5c1e-4c54-9d1e-0d2b3a7d8f10")


@dataclass(frozen=True)
class Person:
    """One of them. `name` is the subject of his tokens; `posts` are (office, role)."""

    name: str
    said: str
    posts: tuple[tuple[str, str], ...]
    cleared: bool = False
    compartments: tuple[str, ...] = ()

    @property
    def id(self) -> UUID:
        """His pseudonym: fixed in the demo, random elsewhere."""
        return uuid5(_NAMESPACE, self.name)


PEOPLE = (
    Person("sato", "佐藤 / Sato, patent attorney (applicant's side)", (("applicant", "applicant"),)),
    Person("yamada", "山田 / Yamada, another applicant (a stranger to Sato's filings)", (("applicant", "applicant"),)),
    Person("kato", "加藤 / Kato, clerk at the JPO", (("jpo", "clerk"),)),
    Person("suzuki", "鈴木 / Suzuki, screening examiner at the JPO", (("jpo", "screening_examiner"),)),
    Person("takahashi", "高橋 / Takahashi, section head at the JPO", (("jpo", "section_head"),)),
    Person("tanaka", "田中 / Tanaka, reviewer at the Cabinet Office, cleared", (("cao", "reviewer"),), True, ("a",)),
    Person("ito", "伊藤 / Ito, reviewer at the Cabinet Office, not cleared", (("cao", "reviewer"),)),
    Person(
        "kobayashi", "小林 / Kobayashi, decides for the Prime Minister, cleared", (("cao", "decider"),), True, ("a",)
    ),
    Person("watanabe", "渡辺 / Watanabe, head of the review unit, cleared", (("cao", "review_head"),), True, ("a",)),
    Person("nakamura", "中村 / Nakamura, auditor", (("audit", "auditor"),)),
    Person("yoshida", "吉田 / Yoshida, security officer", (("security", "security_officer"),)),
    Person("yamamoto", "山本 / Yamamoto, operator", (("operations", "operator"),)),
    Person("examination", "the Patent Office's examination system", (("system", "examination_system"),)),
    Person("whatif", "who tries a new definition of the fields", (("jpo", "what_if"),)),
    Person("courier", "the service's own courier (mails)", (("system", "courier"),)),
    Person("worker", "the service's own worker (clocks, sequencing)", (("system", "timer"), ("system", "sequencer"))),
)

BY_NAME = {person.name: person for person in PEOPLE}


ACTS_FOR = {"screening_examiner": "commissioner", "reviewer": "prime_minister", "decider": "prime_minister"}
"""For whom the officers of the demo act, by their post."""


def bootstrap(issuer: str, today: date) -> str:
    """The bootstrap file (TOML) of the demo: each person's subject, posts, clearance and compartments as facts from today."""
    until = today.replace(year=today.year + 10, day=min(today.day, 28)).isoformat()
    return "\n".join(_lines(issuer, today.isoformat(), until)) + "\n"


def _lines(issuer: str, start: str, until: str) -> Iterator[str]:
    for person in PEOPLE:
        yield f'[[person]]\nid = "{person.id}"\nissuer = "{issuer}"\nsubject = "{person.name}"\nfrom = {start}'
        yield "compartments = [" + ", ".join(f'"{c}"' for c in person.compartments) + "]"
        yield from (f'[[person.post]]\noffice = "{office}"\nrole = "{role}"' for office, role in person.posts)
        for authority in sorted({ACTS_FOR[role] for _, role in person.posts if role in ACTS_FOR}):
            yield f'[[person.mandate]]\nauthority = "{authority}"\nscope = "all"\ninstrument = "専決規程（例） / delegation (invented)"'
        if person.cleared:
            yield f"[person.clearance]\nlevel = 1\nuntil = {until}"
        yield ""
