"""The two start-day tables: ESPA 66(4) for the three months, 78(3) for the ten.

What must hold: they are two functions on purpose. A divisional application starts the three months anew and keeps the
ten months of its deemed filing date. An application that waits for the fact its table names has no start day yet.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from service.errors import Refusal, Text

FACTS_66_4 = ("translation_filed", "reference_documents_filed", "missing_part_completed", "divided", "converted")
FACTS_78_3 = tuple(fact for fact in FACTS_66_4 if fact != "divided")
AWAITED = {
    "foreign-language": "translation_filed",
    "reference": "reference_documents_filed",
    "missing-part": "missing_part_completed",
    "divisional": "divided",
    "converted": "converted",
}
KINDS = ("ordinary", *AWAITED)


def start_day_66_4(
    filed: date,
    *,
    translation_filed: date | None = None,
    reference_documents_filed: date | None = None,
    missing_part_completed: date | None = None,
    divided: date | None = None,
    converted: date | None = None,
) -> date:
    """66(4): the day from which the three months run; of several days of its table the latest.

    filed: the filing date in law (for a divisional or converted application: the deemed one, Patent Act 44(2), 46(6)).
    Raises Refusal `start-day-before-filing`.
    """
    return _latest(filed, translation_filed, reference_documents_filed, missing_part_completed, divided, converted)


def start_day_78_3(
    filed: date,
    *,
    translation_filed: date | None = None,
    reference_documents_filed: date | None = None,
    missing_part_completed: date | None = None,
    converted: date | None = None,
) -> date:
    """78(3): the day from which the ten months run. Not by a division: a divisional keeps its deemed filing date.

    Raises Refusal `start-day-before-filing`.
    """
    return _latest(filed, translation_filed, reference_documents_filed, missing_part_completed, converted)


def _latest(filed: date, *days: date | None) -> date:
    given: Sequence[date] = [day for day in days if day is not None]
    if any(day < filed for day in given):
        text = Text(
            "出願の日より前の日は起算の基準になりません。", "A day before the filing date cannot start the period."
        )
        raise Refusal("start-day-before-filing", 422, text, article="ESPA 66(4), 78(3)")
    return max(given, default=filed)


def start_day(table: str, kind: str, filed: date, facts: Mapping[str, date]) -> date | None:
    """The start day by `table` ("66_4" or "78_3") for an application of `kind`, from the `facts` there are.

    None where the fact that this kind waits for (a translation, a division) has not come. Raises Refusal
    `start-day-before-filing`, and `unknown-application-kind` for a kind that has no start day (66(5): PCT) or no name.
    """
    if kind not in KINDS:
        known = ", ".join(KINDS)
        text = Text(
            f"起算の日のない出願の種類です。あるもの: {known}",
            f"No start day for this kind of application. There are: {known}",
        )
        raise Refusal("unknown-application-kind", 422, text, article="ESPA 66(4), 66(5)")
    if kind in AWAITED and AWAITED[kind] not in facts:
        return None
    if table == "66_4":
        return start_day_66_4(filed, **{name: facts[name] for name in FACTS_66_4 if name in facts})
    return start_day_78_3(filed, **{name: facts[name] for name in FACTS_78_3 if name in facts})
