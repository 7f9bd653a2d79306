"""The prior confirmation as a kind of case for the desk: its facts for the guards, first assignments, and what its requester is told."""

from service.desk.acts import Kind, Meant, mandated
from service.foreign.road import ROAD
from service.foreign.rules import Facts, Past
from service.law.fields import law
from service.law.judgment import Judged, Judgment, judge

OPENING = "request_confirmation"

TOLD = frozenset(
    f"{OPENING} ask_for_more answer_demand answer_not_applicable pass_on_answer reject_on_formality cancel later_filing"
    " correct".split()
)
"""Steps a requester is told of: his own, and the answers to him. That it was referred (79(3)) he learns with the answer of 79(4)."""

ASSIGNS = {"refer": ("review", "decision", "review_head")}

PHASED = frozenset({"act-answer_demand", "proposal", "act-correct"})
"""Documents that the Patent Office reads: no preservation review stands beside a confirmation."""


def _facts(meant: Meant) -> Facts:
    """The guards' facts of an act."""
    return Facts(
        happened_on=meant.happened_on,
        past=[Past(p.name, p.happened_on, p.until, str(p.id)) for p in meant.past],
        judgment=_judgment(meant),
        ground=meant.act.facts.get("ground"),
        answer_of=meant.act.facts.get("answer_of"),
    )


def _judgment(meant: Meant) -> Judgment:
    """What the act judges of the inventions it names, under the Order in force on its day (78(1))."""
    said = meant.act.facts.get("inventions", ())
    judged = (Judged(s.get("item"), s.get("content"), s.get("additional"), s.get("left_out", False)) for s in said)
    return judge(law().on(meant.happened_on), judged)


CONFIRMATION = Kind("confirmation", ROAD, OPENING, _facts, ASSIGNS, TOLD, ROAD.states, PHASED, mandated=mandated(ROAD))
