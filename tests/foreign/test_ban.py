"""Art. 78 asked of a case's own events: what frees is an event of the case; what the case cannot say bars, and is said to be open."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from service.demo.client import Person
from service.foreign import ban
from service.history import Entry
from tests.web.filed import filed, look

FILED = date(2026, 1, 15)


def past(*events: tuple[str, date], application: str = "ordinary") -> list[Entry]:
    """A filing's past: the filing, then these events."""
    names = [("file", FILED), *events]
    return [
        Entry(
            id=uuid4(), person=uuid4(), name=name,
            source="" if n == 0 else "PRIMARY_REVIEW", target="PRIMARY_REVIEW", happened_on=day, version=n + 1,
            until=None, supersedes=None, annuls=False, application=application if n == 0 else None,
        )
        for n, (name, day) in enumerate(names)
    ]  # fmt: skip


def rules(told: dict[str, Any]) -> list[str]:
    return [a["rule"] for a in told["applications"]]


SENT, NOTICE = ("send", date(2026, 3, 1)), ("sending_notice_dispatched", date(2026, 3, 2))
CASES = {
    "within three months of filing it is banned": ((), date(2026, 4, 15), True, ["within_three_months"]),
    "no notice came in time": ((), date(2026, 4, 16), False, ["no_notice_in_time"]),  # 78(1)(iii)(b)
    "the non-sending notice came": ((("give_non_sending_notice", date(2026, 2, 1)),), date(2026, 2, 1), False, ["non_sending_notice"]),
    "sent, and the ten months run": ((SENT, NOTICE), date(2026, 11, 15), True, ["within_ten_months"]),
    "ten months have passed": ((SENT, NOTICE), date(2026, 11, 16), False, ["ten_months_passed"]),  # 78(1)(iii)(a)
    "sent without a notice that was dispatched in time": ((SENT,), date(2026, 4, 16), False, ["no_notice_in_time"]),
    "not designated": ((SENT, NOTICE, ("decide_not_to_designate", date(2026, 6, 1))), date(2026, 6, 1), False, ["non_designation_notice"]),
    "withdrawn before the three months ended": ((("withdraw", date(2026, 2, 1)),), date(2027, 1, 1), True, ["ended_before"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_events_of_a_filing_answer_as_worked_out_by_hand(name: str) -> None:
    events, day, banned, applications = CASES[name]
    told = ban.of_filing(past(*events), day, applicant=False)
    assert (told["banned"], rules(told)) == (banned, applications)
    assert {"not public", "Art. 66(1)"} <= {
        w for w in ("not public", "Art. 66(1)") for p in told["open"] if w in p["en"]
    }
    assert all(p["ja"] and p["en"] for p in told["open"]) and told["why"]["ja"] and told["basis"]


def test_a_designated_invention_stays_banned_for_its_applicant_until_the_end_notice() -> None:  # 78(2)
    designated = (SENT, NOTICE, ("designate", date(2026, 6, 1)))
    told = ban.of_filing(past(*designated), date(2027, 6, 1), applicant=True)
    assert (told["banned"], told["rule"]) == (True, "designated")
    assert any("78(2)" in p["en"] for p in told["open"])
    told = ban.of_filing(past(*designated, ("notify_end", date(2027, 1, 1))), date(2027, 6, 1), applicant=True)
    assert told["banned"] is False


def test_a_translation_that_is_awaited_frees_nothing() -> None:  # 66(4), 78(3)
    told = ban.of_filing(past(application="foreign-language"), date(2027, 6, 1), applicant=False)
    assert (told["banned"], rules(told)) == (True, ["start_day_open"])


def test_an_application_that_came_by_the_pct_frees_nothing_here() -> None:  # 66(5), 78(1)
    told = ban.of_filing(past(application="pct-national"), date(2027, 6, 1), applicant=False)
    assert told["banned"] is True and any("PCT" in p["en"] for p in told["open"])


def test_an_event_that_was_taken_back_answers_nothing() -> None:
    events = past(("give_non_sending_notice", date(2026, 2, 1)))
    wrong = events[1]
    back = Entry(
        id=uuid4(), person=uuid4(), name="correct",
        source="NOT_SENT", target="PRIMARY_REVIEW", happened_on=wrong.happened_on, version=3, until=None,
        supersedes=wrong.id, annuls=True, application=None,
    )  # fmt: skip
    assert ban.of_filing([*events, back], date(2026, 2, 2), applicant=False)["banned"] is True


def test_an_applicant_is_answered_from_what_he_is_told(people: dict[str, Person]) -> None:
    case = filed(people)
    before = people["sato"].get(f"/filings/{case}/foreign-filing")
    people["suzuki"].act(case, "send", reason="出願人の申出。")
    assert people["sato"].get(f"/filings/{case}/foreign-filing") == before
    assert before["banned"] is True and look(people, "sato", case)["state"] == "PRIMARY_REVIEW"
    later = people["sato"].get(f"/filings/{case}/foreign-filing", on="2030-01-01")
    assert later["banned"] is False and later["rule"] == "freed_by_application"
    assert people["yamada"].status(f"/filings/{case}/foreign-filing") == 404
