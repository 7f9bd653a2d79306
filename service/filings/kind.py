"""The filing as a kind of case for the desk: its facts for the guards, first assignments, and what its applicant is told."""

from collections.abc import Sequence

from service.desk.acts import Act, Kind, Meant, mandated
from service.filings.facts import Facts, Past
from service.filings.road import ROAD
from service.history import Entry
from service.law import limits
from service.law.fields import law
from service.law.judgment import NOTHING_JUDGED, Judged, Judgment, judge

TOLD = frozenset(
    "file request_review start exclude_pct translation_filed reference_documents_filed missing_part_completed divided converted"
    " ask_documents answer_demand request_non_sending_notice lapse give_non_sending_notice sending_notice_dispatched ask_in_review"
    " hear_applicant give_pre_notice pre_notice_received file_document ask_correction correct_document decide_not_to_designate"
    " notice_termination explain resume_review dismiss withdraw abandon notice_breach dismiss_for_breach designate extend expire"
    " notify_end transfer_right correct".split()
)
"""Steps an applicant is told of: his own, those the law makes someone notify him of, and those that lapse of time brings about.

He sees the case as these leave it: `send` shows when its notice is dispatched (66(3)), `lift` when the 77(2) notice is given.
"""

REVIEWING = ("review", "decision", "review_head")
ASSIGNS = {"send": REVIEWING, "tell_pm_of_pct_hit": REVIEWING}
"""Acts that bring a case before the Prime Minister: what is sent (66(1)), and the international application he is told of (78(4)-(5))."""


def _facts(meant: Meant) -> Facts:
    """The guards' facts of an act on a filing; the longest designation is counted by the limit `designation` (70(2)).

    Its kind is the one it was filed as, whatever act asks: a start or an exclusion that was taken back is judged by it again (66(5)).
    """
    said = meant.act.facts
    end = next((p.until for p in reversed(meant.past) if p.name in ("designate", "extend") and p.until), None)
    latest = (
        limits.due("designation_extension", end)
        if meant.act.name == "extend" and end
        else limits.due("designation", meant.happened_on)
    )
    return Facts(
        happened_on=meant.happened_on,
        today=meant.today,
        past=[Past(p.name, p.happened_on, p.source, p.until) for p in meant.past],
        until=meant.act.until,
        judgment=judgment_of(meant.act, meant.past),
        unnecessary=said.get("unnecessary", ()),
        earlier_notice=bool(said.get("earlier_notice")),
        bulk=bool(said.get("bulk")),
        for_person=meant.for_person,
        matched=bool(said.get("matched")),
        inventions=len(said.get("inventions", ())),
        application=next((p.application for p in meant.past if p.application), "ordinary"),
        sending_due=meant.due.get("sending"),
        request_due=meant.due.get("non_sending_notice_request"),
        latest_until=latest.due,
    )


JUDGING = frozenset({"send", "judge_not_to_send", "ask_documents"})
"""Acts that name items of the Order: those that judge inventions, and the demand that asks of them (66(6))."""


def judgment_of(act: Act, past: Sequence[Entry]) -> Judgment:
    """What the act judges of the inventions it names, under the Order in force on the filing date (66(11)). past: as it stands."""
    said = [*act.facts.get("inventions", ()), *act.facts.get("asked", ())]
    if act.name not in JUDGING or not said or not past:
        return NOTHING_JUDGED
    judged = (Judged(s.get("item"), s.get("content"), s.get("additional"), s.get("left_out", False)) for s in said)
    return judge(law().on(past[0].happened_on), judged)


UNSENT = frozenset({"RECEIVED", "PRIMARY_REVIEW", "NOT_SENT", "UNSENT_LAPSED", "OUT_OF_SCOPE_PCT"})
"""States in which the case has no review to keep apart."""

PHASED = frozenset({"act-answer_demand", "proposal", "act-correct"})
"""Documents that are for others when they are written before sending (a test holds this and documents.toml equal)."""

MEETS = {
    "send": "sending",
    "judge_not_to_send": "sending",
    "lapse": "sending",
    "request_non_sending_notice": "non_sending_notice_request",
    "file_document": "document_after_pre_notice",
    "extend": "designation",
    "expire": "designation",
}
"""The limit that a step meets."""

MOVES = frozenset({"transfer_right"})
"""Acts that move access from one party to another."""

FREED = frozenset({"NOT_SENT", "UNSENT_LAPSED", "NOT_DESIGNATED", "RELEASED", "OUT_OF_SCOPE_PCT"})
"""States in which the examination is not stayed any more (66(7)), or never was (66(5))."""


def _signals(source: str, target: str) -> str | None:
    """The stay begins with the filing and ends once; a dismissal after its end begins none anew, a step taken back does."""
    if source and ((source in FREED) == (target in FREED) or target == "DISMISSED"):
        return None
    return "resume" if target in FREED else "hold"


FORMALITIES = frozenset({"start", "exclude_pct", "transfer_right"})
"""Of the Patent Office, but no decision on the case: nobody's mandate is asked."""

FILING = Kind(
    "filing",
    ROAD,
    "file",
    _facts,
    ASSIGNS,
    TOLD,
    UNSENT,
    PHASED,
    MEETS,
    _signals,
    moves=MOVES,
    mandated=mandated(ROAD, FORMALITIES),
)
