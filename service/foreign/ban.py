"""Art. 78 asked of a case: its own events as the facts of the question, and what they leave open. Pure.

Promises: whoever asks is answered from the events he is told of; what a case cannot say (whether the invention is one of Art. 66(1), was
made in Japan and is secret, which of its inventions are designated) is taken as what bans, and said to be open. An answer that frees rests
on an event of the case alone. Not promised: that no other application holds the invention.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from service.errors import Text
from service.foreign.road import S
from service.history import Entry, standing
from service.law.foreign import foreign_filing
from service.law.foreign import law as foreign_law
from service.law.foreign_answer import shape
from service.law.foreign_case import Application, Case
from service.law.start_days import FACTS_66_4, KINDS

NOTICES: Mapping[str, str] = {
    "give_non_sending_notice": "non_sending_notice",
    "designate": "designation_notice",
    "decide_not_to_designate": "non_designation_notice",
    "notify_end": "end_notice",
    "sending_notice_dispatched": "sending_notice_dispatched",
    "withdraw": "ended",
    "abandon": "ended",
    "dismiss": "ended",
    "dismiss_for_breach": "ended",
}
"""What an event of a filing is in Art. 78's words."""
ASKER = "applicant"

FACTS_OPEN = Text(
    "日本国内でされた公になっていない発明であるものとして答えている（78条1項）。",
    "Answered as for an invention made in Japan and not public (78(1)).",
)
FIELD_OPEN = Text(
    "66条1項の発明に当たるかは判断していない。当たるものとして答えている。",
    "Whether it is an Art. 66(1) invention is not decided here: answered as though it were.",
)
OTHERS_OPEN = Text(
    "同じ発明を記載した他の特許出願と、条約に関する施行令14条の場合は見ていない。",
    "Other Japanese applications that hold the same invention, and the treaty cases of Order 14, are not looked at.",
)
DESIGNATED_OPEN = Text(
    "指定が出願中のどの発明に及ぶかは見ていない。全部に及ぶものとして答えている（78条2項）。",
    "Which inventions of the application are designated is not looked at: answered as though all were (78(2)).",
)
NOT_APPLICABLE_OPEN = Text(
    "79条2項の回答（66条1項の発明に当たらない）は、それだけで禁止を解くと法律に書かれてはいない。",
    "The Act does not say that the answer of 79(2), no Art. 66(1) invention, lifts the ban by itself.",
)
LATER_OPEN = Text(
    "後にされた日本の特許出願が記録されている。その出願についても照会してください。",
    "A later Japanese application was recorded: ask about that filing too.",
)
PCT_OPEN = Text(
    "国際出願による特許出願（66条5項）であり、国際出願自体が外国出願に当たる（78条1項、4項）。",
    "The application came by the PCT (66(5)); the international application itself is a foreign one (78(1), 78(4)).",
)


def of_filing(entries: Sequence[Entry], on: date, *, applicant: bool) -> dict[str, Any]:
    """The answer from a filing's events. applicant: its own applicant asks, and the entries are those he is told of.

    Raises Refusal start-day-before-filing, outside-calendar.
    """
    stands = standing(entries)
    kind = next((e.application for e in stands if e.application), None) or "ordinary"
    pct = kind not in KINDS
    points = [FACTS_OPEN, FIELD_OPEN, *([PCT_OPEN] if pct else []), OTHERS_OPEN]
    designated = any(e.name == "designate" for e in stands)
    application = Application(
        "1",
        stands[0].happened_on,
        "ordinary" if pct else kind,
        _dates(stands),
        ASKER if applicant and designated else None,
        designates=designated,
    )
    case = _case(None, None, () if pct else (application,), ASKER if applicant else None)
    return _told(case, on, points + [DESIGNATED_OPEN] * designated)


def of_confirmation(entries: Sequence[Entry], state: str, harmless: bool | None, on: date) -> dict[str, Any]:
    """The answer from a confirmation's events; state: as the reader is told it; harmless: the answer of 79(4), where he has it."""
    stands = standing(entries)
    answered = next((e.happened_on for e in reversed(stands) if e.target == state and e.source != e.target), None)
    points = [FACTS_OPEN]
    if state == S.ANSWERED_NOT_APPLICABLE:
        case, points = _case("not_article_66_1", answered, (), None), [*points, NOT_APPLICABLE_OPEN]
    elif state == S.ANSWERED and harmless is not None:
        case = _case("clearly_harmless" if harmless else "not_clearly_harmless", answered, (), None)
    else:
        case, points = _case(None, None, (), None), [*points, FIELD_OPEN]
    later = any(e.name == "later_filing" for e in stands)
    return _told(case, on, [*points, OTHERS_OPEN] + [LATER_OPEN] * later)


def _dates(stands: Sequence[Entry]) -> dict[str, date]:
    """When what happened: of a notice the first, of a start day the last that was recorded."""
    dates = {e.name: e.happened_on for e in stands if e.name in FACTS_66_4}
    for entry in stands:
        if name := NOTICES.get(entry.name):
            dates.setdefault(name, entry.happened_on)
    return dates


def _case(answer: str | None, answered: date | None, applications: tuple[Application, ...], asker: str | None) -> Case:
    article = answer != "not_article_66_1"
    first: date = foreign_law()["in_force"]
    since = {first: True} if article or answered is None else {first: True, answered: False}
    return Case(
        made_in_japan=True,
        public_since=None,
        article_66_1=since,
        prior_confirmation=answer,
        prior_confirmation_on=answered,
        treaty=None,
        destination=None,
        asker=asker,
        applications=applications,
    )


def _told(case: Case, on: date, points: Sequence[Text]) -> dict[str, Any]:
    return {**shape(foreign_filing(case, on)), "open": [{"ja": p.ja, "en": p.en} for p in points]}
