"""Each guard of the filing's road, by article: a case where it holds and one where it does not."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.filings import rules as r
from service.filings.facts import Facts, Past
from service.filings.road import REVIEW, ROAD
from service.law import limits
from service.law.judgment import Judgment
from service.workflow import Rule

DAY = timedelta(days=1)
TODAY = date(2026, 6, 1)
DAYS = st.dates(date(2024, 5, 1), date(2034, 12, 31))


def facts(*past: Past, **said: Any) -> Facts:
    return Facts(**{"happened_on": TODAY, "today": TODAY, "past": past, **said})


def past(name: str, day: date = TODAY, source: str = "", until: date | None = None) -> Past:
    return Past(name, day, source, until)


def test_each_guard_of_the_road_is_tried_in_this_file() -> None:
    text = Path(__file__).read_text()
    used = {g.name.replace("-", "_") for s in ROAD.steps for g in s.guards if not g.name.startswith("came-from-")}
    assert {name for name in used if f"r.{name}" not in text} == set()
    assert used == {name for name, value in vars(r).items() if isinstance(value, Rule)}, "a guard that no row uses"


# ------------------------------------------------------------------ 66: sending


def test_a_pct_application_is_outside_and_any_other_inside() -> None:  # 66(5)
    for kind, outside in (("ordinary", False), ("divisional", False), ("pct-national", True)):
        assert r.pct_national(facts(application=kind)) is outside
        assert r.not_pct_national(facts(application=kind)) is not outside


def test_sending_needs_an_item_of_the_order_or_the_applicants_request() -> None:  # 66(1), 66(2)
    assert r.has_ground_for_sending(facts(judgment=Judgment(met=(7,))))
    assert r.has_ground_for_sending(facts(past("request_review")))
    assert not r.has_ground_for_sending(facts(past("file"), past("start")))


def test_an_item_that_the_order_of_the_filing_date_has_not_is_none() -> None:  # 66(11)
    assert r.items_of_the_order(facts(judgment=Judgment(met=(7,))))
    assert not r.items_of_the_order(facts(judgment=Judgment(met=(7,), unknown=(48,))))


def test_what_meets_an_item_whole_is_sent_unless_review_is_clearly_unnecessary() -> None:  # 66(1), proviso
    assert r.no_ground_for_sending_left(facts())
    assert not r.no_ground_for_sending_left(facts(judgment=Judgment(met=(7,))))
    assert r.no_ground_for_sending_left(facts(judgment=Judgment(met=(7,)), unnecessary=("publicness",)))


def test_a_case_that_a_person_must_look_at_is_never_one_of_many() -> None:  # house rule
    assert r.judged_by_itself(facts(for_person=True))
    assert r.judged_by_itself(facts(bulk=True))
    assert not r.judged_by_itself(facts(bulk=True, for_person=True))


def test_a_divisional_is_not_sent_before_its_day_of_division_is_recorded() -> None:  # 66(4)
    assert not r.start_day_known(facts(application="divisional"))
    assert r.start_day_known(facts(sending_due=TODAY))


@given(due=DAYS, act=DAYS)
def test_sending_is_in_time_through_the_last_day_and_the_stay_lapses_after_it(
    due: date, act: date
) -> None:  # 66(1), 66(7)
    said = facts(sending_due=due, happened_on=act, today=act)
    assert r.within_sending_period(said) is (act <= due)
    assert r.sending_period_over(said) is (act > due)


@given(due=DAYS, today=DAYS)
def test_the_stay_does_not_lapse_as_of_a_day_within_the_period_or_in_the_future(
    due: date, today: date
) -> None:  # 66(7)
    assert not r.sending_period_over(facts(sending_due=due, happened_on=due, today=today))
    assert not r.sending_period_over(facts(sending_due=due, happened_on=today + DAY, today=today))


def test_where_no_period_runs_nothing_is_in_time_and_nothing_lapses() -> None:  # 66(4): its day is not recorded
    assert not r.within_sending_period(facts(sending_due=None))
    assert not r.sending_period_over(facts(sending_due=None))


@given(due=DAYS, act=DAYS)
def test_a_non_sending_notice_is_asked_for_through_the_last_day_of_its_own_period(
    due: date, act: date
) -> None:  # 66(10)
    said = facts(request_due=due, sending_due=due - 3 * DAY, happened_on=act, today=act)
    assert r.within_request_period(said) is (act <= due)


def test_where_no_period_for_the_request_runs_it_is_not_in_time() -> None:  # 66(10)
    assert not r.within_request_period(facts(request_due=None, sending_due=TODAY))


def test_a_non_sending_notice_is_given_to_who_asked_for_it() -> None:  # 66(10)
    assert r.non_sending_notice_requested(facts(past("request_non_sending_notice"), past("judge_not_to_send")))
    assert not r.non_sending_notice_requested(facts(past("judge_not_to_send")))


def test_the_prime_minister_is_told_before_another_dismissal() -> None:  # 66(9)
    assert r.pm_told_of_dismissal(facts(past("send"), past("tell_of_coming_dismissal")))
    assert not r.pm_told_of_dismissal(facts(past("send")))


# ------------------------------------------------------------------ 67, 69: review and termination


def test_the_applicant_is_heard_before_the_pre_designation_notice() -> None:  # CAO Order 3
    assert r.applicant_heard(facts(past("receive"), past("hear_applicant")))
    assert not r.applicant_heard(facts(past("receive"), past("ask_in_review")))


def test_the_pre_designation_notice_and_the_designation_name_an_invention() -> None:  # 67(9), 70(1)
    for guard in (r.names_a_candidate_invention, r.names_an_invention):
        assert guard(facts(inventions=1)) and guard(facts(inventions=3))
        assert not guard(facts(inventions=0))


def test_before_the_pre_designation_notice_only_the_applicants_own_request_can_be_abusive() -> None:  # 69(1)
    assert r.reviewed_at_applicants_request(facts(past("request_review"), past("send"), past("receive")))
    assert not r.reviewed_at_applicants_request(facts(past("send"), past("receive")))


@given(day=DAYS, length=st.integers(-30, 400))
def test_the_period_for_an_explanation_ends_after_the_day_of_its_notice(day: date, length: int) -> None:  # 69(2), 73(7)
    until = day + timedelta(days=length)
    assert r.sets_explanation_period(facts(happened_on=day, today=day, until=until)) is (length > 0)


def test_a_notice_without_a_period_gives_no_chance_to_explain() -> None:  # 69(2)
    assert not r.sets_explanation_period(facts(until=None))


PERIODS = pytest.mark.parametrize(
    ("guard", "notice", "other"),
    [
        (r.explanation_period_over, "notice_termination", "notice_breach"),
        (r.breach_explanation_period_over, "notice_breach", "notice_termination"),
    ],
    ids=["69(2)", "73(7)"],
)


@PERIODS
@given(until=DAYS, act=DAYS)
def test_a_period_given_is_a_period_kept(guard: Rule, notice: str, other: str, until: date, act: date) -> None:
    told = past(notice, until - 30 * DAY, until=until)
    assert guard(facts(told, happened_on=act, today=act)) is (act > until)


@PERIODS
def test_an_explanation_that_came_does_not_shorten_the_period(guard: Rule, notice: str, other: str) -> None:
    told = past(notice, TODAY - DAY, until=TODAY + 10 * DAY)
    assert not guard(facts(told, past("explain")))


@PERIODS
def test_the_latest_notice_counts_and_no_notice_is_no_period(guard: Rule, notice: str, other: str) -> None:
    early, late = past(notice, until=TODAY - 20 * DAY), past(notice, until=TODAY + 20 * DAY)
    assert guard(facts(early))
    assert not guard(facts(early, late))
    assert not guard(facts())
    assert not guard(facts(past(notice)))


@PERIODS
def test_the_chance_to_explain_one_matter_is_none_for_the_other(guard: Rule, notice: str, other: str) -> None:
    assert not guard(facts(past(other, until=TODAY - 20 * DAY)))


@pytest.mark.parametrize("state", REVIEW)
def test_a_review_resumes_where_its_latest_termination_notice_found_it(state: str) -> None:  # 69
    guard = r.came_from(state)
    earlier = past("notice_termination", source=next(s for s in REVIEW if s != state))
    here = past("notice_termination", source=state)
    assert guard(facts(earlier, here))
    assert not guard(facts(here, earlier))
    assert not guard(facts())


# ------------------------------------------------------------------ 70, 77: designation


def designation(day: date, until: date | None) -> Facts:
    latest = limits.due("designation", day).due
    return facts(happened_on=day, today=day, until=until, latest_until=latest)


def test_one_year_from_1_june_2025_ends_on_31_may_2026() -> None:  # 70(2): 起算して
    day = date(2025, 6, 1)
    assert r.ends_within_a_year(designation(day, date(2026, 5, 31)))
    assert not r.ends_within_a_year(designation(day, date(2026, 6, 1)))


@given(day=DAYS, length=st.integers(-400, 800))
def test_a_designation_lasts_from_its_day_to_at_most_a_year(day: date, length: int) -> None:  # 70(2)
    until = day + timedelta(days=length)
    anniversary = date(day.year + 1, day.month, day.day if (day.month, day.day) != (2, 29) else 28)
    last = anniversary if (day.month, day.day) == (2, 29) else anniversary - DAY
    assert r.ends_within_a_year(designation(day, until)) is (day <= until <= last)


def test_a_designation_without_a_last_day_is_none() -> None:  # 70(2)
    assert not r.ends_within_a_year(designation(TODAY, None))
    assert not r.ends_within_a_year(facts(until=TODAY, latest_until=None))


def extension(end: date, until: date | None, day: date) -> Facts:
    latest = limits.due("designation_extension", end).due
    begun = past("designate", end - 300 * DAY, until=end)
    return facts(begun, happened_on=day, today=day, until=until, latest_until=latest)


@given(end=DAYS, length=st.integers(-400, 800))
def test_an_extension_adds_at_least_a_day_and_at_most_a_year(end: date, length: int) -> None:  # 70(3)
    until = end + timedelta(days=length)
    first = end + DAY
    last = date(first.year + 1, first.month, first.day if (first.month, first.day) != (2, 29) else 28)
    last = last if (first.month, first.day) == (2, 29) else last - DAY
    assert r.extends_by_at_most_a_year(extension(end, until, end)) is (end < until <= last)


def test_an_extension_without_a_new_last_day_or_a_designation_is_none() -> None:  # 70(3)
    assert not r.extends_by_at_most_a_year(extension(TODAY, None, TODAY))
    assert not r.extends_by_at_most_a_year(facts(until=TODAY, latest_until=TODAY))


@given(end=DAYS, day=DAYS)
def test_an_extension_is_decided_by_the_last_day_and_the_designation_expires_after_it(
    end: date, day: date
) -> None:  # 70(3)
    said = extension(end, end + DAY, day)
    assert r.decided_in_time(said) is (day <= end)
    assert r.designation_over(said) is (day > end)


@given(end=DAYS, today=DAYS)
def test_a_designation_does_not_expire_as_of_its_last_day_or_a_future_one(end: date, today: date) -> None:  # 70(2)
    begun = past("designate", end - 300 * DAY, until=end)
    assert not r.designation_over(facts(begun, happened_on=end, today=today))
    assert not r.designation_over(facts(begun, happened_on=today + DAY, today=today))


def test_what_was_never_designated_is_neither_in_time_nor_over() -> None:  # 70
    assert not r.decided_in_time(facts())
    assert not r.designation_over(facts())


def test_the_last_day_is_that_of_the_latest_extension() -> None:  # 70(3)
    begun, longer = past("designate", until=TODAY), past("extend", until=TODAY + 200 * DAY)
    assert facts(begun, longer).designation_end == TODAY + 200 * DAY
    assert facts(begun).designation_end == TODAY
    assert facts().designation_end is None


def test_the_applicant_is_heard_before_each_extension_anew() -> None:  # 70(3), CAO Order 8
    heard, begun, longer = past("hear_applicant"), past("designate"), past("extend")
    assert r.applicant_heard_again(facts(heard, begun, heard))
    assert not r.applicant_heard_again(facts(heard, begun))
    assert not r.applicant_heard_again(facts(begun, heard, longer))
    assert r.applicant_heard_again(facts(begun, heard, longer, heard))


# ------------------------------------------------------------------ 73, 74, 78: breach


def test_a_breach_of_the_filing_ban_is_one_by_an_applicant_who_got_the_sending_notice() -> None:  # 78(5)
    assert r.sending_notice_given(facts(past("send"), past("sending_notice_dispatched")))
    assert not r.sending_notice_given(facts(past("send")))


def test_a_breach_by_a_pct_application_is_pursued_after_the_prime_minister_was_told() -> None:  # 78(4), 78(5)
    assert r.pm_told_of_pct_hit(facts(past("exclude_pct"), past("tell_pm_of_pct_hit")))
    assert not r.pm_told_of_pct_hit(facts(past("exclude_pct")))


def test_a_dismissal_for_a_breach_needs_the_prime_ministers_finding() -> None:  # 73(6), 74(2), 78(5)
    assert r.dismissal_found_proper(facts(past("find_dismissal_proper")))
    assert r.dismissal_found_proper(facts(past("designate"), past("set_dismissal_pending"), past("notify_end")))
    assert not r.dismissal_found_proper(facts(past("notice_breach"), past("explain")))


# ------------------------------------------------------------------ what a refusal says


def test_each_guard_says_what_is_missing_in_both_languages_and_by_which_article() -> None:
    for guard in {g.name: g for s in ROAD.steps for g in s.guards}.values():
        assert guard.text.ja.endswith("。") and guard.text.en.endswith(".")
        assert guard.article.startswith(("ESPA ", "CAO Order "))


def test_facts_since_an_act_are_those_after_its_latest() -> None:
    one, two = past("designate"), past("hear_applicant")
    assert list(facts(one, two, one).since("designate")) == []
    assert list(facts(one, two).since("designate")) == [two]
    assert list(facts(one, two).since("extend")) == [one, two]


# ------------------------------------------------------------------ 66(8): what the Prime Minister is told of the applicant's side


def test_the_prime_minister_is_told_once_of_an_exit_after_sending_and_of_none_before() -> None:  # 66(8)
    for name in ("withdraw", "abandon"):
        assert r.exit_after_sending_not_told(facts(past("send"), past(name, source="PRE_NOTICE")))
        assert not r.exit_after_sending_not_told(facts(past(name, source="PRIMARY_REVIEW")))
        told = past("notify_pm_of_exit", source="WITHDRAWN")
        assert not r.exit_after_sending_not_told(facts(past("send"), past(name, source="SENT"), told))


@pytest.mark.parametrize("state", sorted(ROAD.states))
def test_a_transfer_is_told_from_sending_to_the_notice_of_71_or_77_2(state: str) -> None:  # 66(8)
    window = {"SENT", *REVIEW, "TERMINATION_NOTICED", "TERMINATED", "DESIGNATED", "LIFTED", "EXPIRED"}
    moved = past("transfer_right", source=state)
    assert r.transfer_after_sending_not_told(facts(moved)) is (state in window)
    assert not r.transfer_after_sending_not_told(facts(moved, past("notify_pm_of_transfer", source=state)))


def test_a_second_transfer_is_told_again() -> None:  # 66(8)
    told = past("notify_pm_of_transfer", source="SENT")
    moved = past("transfer_right", source="SENT")
    assert r.transfer_after_sending_not_told(facts(moved, told, moved))
