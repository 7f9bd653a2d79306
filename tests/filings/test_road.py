"""The road of a filing is the Act's, row by row (tests/roads/filing.toml), and what the Act forbids is not there."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from service.filings.road import ROAD, TERMINAL, S
from service.law.documents import documents
from service.workflow import Actor, Step
from tests.shared import ROOT

EXPECTED = tomllib.loads((ROOT / "tests/roads/filing.toml").read_text())
PROTECTED = (S.DESIGNATED, S.LIFTED, S.EXPIRED)
BEFORE_DESIGNATION = (
    S.PRIMARY_REVIEW, S.SENT, S.UNDER_REVIEW, S.PRE_NOTICE, S.DOCS_FILED, S.CORRECTION_ASKED, S.TERMINATION_NOTICED,
)  # fmt: skip
EXITS = {"withdraw", "abandon", "convert"}


def as_read(row: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """One line of the expected table as rows of the road."""
    for source in row["from"]:
        target = source if row["to"] == "=" else row["to"]
        yield (
            source, row["act"], target, row["who"], row.get("paper"), tuple(row.get("guards", ())), row.get("label"),
            row.get("fact", False),
        )  # fmt: skip


def as_laid(step: Step) -> tuple[Any, ...]:
    guards = tuple(g.name for g in step.guards)
    return (
        str(step.source), step.name, str(step.target), str(step.actor), step.document, guards, step.label, step.fact,
    )  # fmt: skip


def rows(name: str) -> list[Step]:
    return [s for s in ROAD.steps if s.name == name]


def sources(name: str) -> set[str]:
    return {s.source for s in rows(name)}


def leads(source: str, target: str) -> set[str]:
    return {s.name for s in ROAD.steps if (s.source, s.target) == (source, target)}


def test_the_road_is_the_table_of_the_act_row_by_row() -> None:  # LAW.md 3(a)
    expected = [read for row in EXPECTED["row"] for read in as_read(row)]
    assert len(expected) == len(set(expected))
    laid = {as_laid(step) for step in ROAD.steps}
    assert set(expected) - laid == set(), "the Act has these and the road has not"
    assert laid - set(expected) == set(), "the road has these and the Act has not"


def test_every_line_of_the_table_names_its_article_and_every_difference_its_reason() -> None:
    assert all(row["law"] for row in EXPECTED["row"])
    assert all(d["says"] and d["road"] and d["why"] for d in EXPECTED["difference"])


def test_the_states_are_those_of_the_act_and_eight_of_them_end_the_chapter() -> None:
    assert set(ROAD.states) == set(S)
    assert set(ROAD.terminal) == {
        "NOT_SENT", "UNSENT_LAPSED", "NOT_DESIGNATED", "RELEASED", "WITHDRAWN", "ABANDONED", "DISMISSED", "OUT_OF_SCOPE_PCT",
    }  # fmt: skip
    assert ROAD.initial == S.RECEIVED
    assert set(TERMINAL) == ROAD.terminal


def test_a_designated_filing_cannot_be_withdrawn_abandoned_or_converted() -> None:  # Art. 72
    for state in PROTECTED:
        assert not EXITS & {s.name for s in ROAD.steps_from(state)}
        left = {s for s in ROAD.steps_from(state) if s.target != state}
        assert all(s.actor in (Actor.PM, Actor.TIMER) for s in left), (
            "no exit by anybody's will but the Prime Minister's"
        )


def test_withdrawal_and_abandonment_are_free_up_to_designation() -> None:  # Art. 68, 72
    for name, target in (("withdraw", S.WITHDRAWN), ("abandon", S.ABANDONED)):
        assert sources(name) == set(BEFORE_DESIGNATION)
        assert {(s.target, s.actor, s.guards) for s in rows(name)} == {(target, Actor.APPLICANT, ())}


def test_nothing_is_told_to_the_prime_minister_of_a_filing_he_was_never_sent() -> None:  # 66(8), 66(9)
    for name in ("withdraw", "abandon"):
        assert {s.document for s in rows(name)} == {None}
    assert sources("notify_pm_of_exit") == {S.WITHDRAWN, S.ABANDONED}
    assert {s.document for name in ("notify_pm_of_exit", "notify_pm_of_transfer") for s in rows(name)} == {"NTC-66-8"}
    assert not sources("notify_pm_of_transfer") & {S.PRIMARY_REVIEW, S.NOT_SENT, S.UNSENT_LAPSED, S.OUT_OF_SCOPE_PCT}
    assert sources("tell_of_coming_dismissal") == set(BEFORE_DESIGNATION) - {S.PRIMARY_REVIEW}


def test_who_may_still_ask_for_the_non_sending_notice_is_not_told_by_a_refusal_that_it_was_judged() -> None:  # 66(10)
    assert sources("request_non_sending_notice") == {S.PRIMARY_REVIEW, S.NOT_SENT, S.UNSENT_LAPSED}
    assert sources("give_non_sending_notice") == {S.NOT_SENT}


def test_a_dismissal_after_sending_is_announced_to_the_prime_minister_first() -> None:  # 66(9)
    for step in rows("dismiss"):
        if step.source in set(BEFORE_DESIGNATION) - {S.PRIMARY_REVIEW}:
            assert [g.name for g in step.guards] == ["pm-told-of-dismissal"]


def test_a_filing_is_released_only_by_the_notice_of_77_2() -> None:
    assert {(s.source, s.name) for s in ROAD.steps if s.target == S.RELEASED and s.source != S.RELEASED} == {
        (S.LIFTED, "notify_end"),
        (S.EXPIRED, "notify_end"),
    }
    assert {s.document for s in rows("notify_end")} == {"NTC-77-2"}


def test_a_designation_ends_by_lifting_or_by_time_and_by_nothing_else() -> None:  # 77(1), 70(2)
    assert {s.name for s in ROAD.steps_from(S.DESIGNATED) if s.target != S.DESIGNATED} == {"lift", "expire"}
    assert {s.name for s in ROAD.steps_from(S.LIFTED) if s.target != S.LIFTED} == {"notify_end"}
    assert {s.name for s in ROAD.steps_from(S.EXPIRED) if s.target != S.EXPIRED} == {"notify_end"}


def test_a_filing_is_designated_only_from_the_document_of_67_10() -> None:  # 70(1), CAO Order 7
    assert leads(S.DOCS_FILED, S.DESIGNATED) == {"designate"}
    assert {s.source for s in ROAD.steps if s.target == S.DESIGNATED} == {S.DOCS_FILED, S.DESIGNATED}


def test_nothing_is_designated_without_a_notice_before_it() -> None:  # 67(9)
    without = {S.RECEIVED}
    others = [
        s for s in ROAD.steps if s.name not in ("give_pre_notice", "resume_review")
    ]  # resumed: where it stood before
    while new := {s.target for s in others if s.source in without} - without:
        without |= {S(state) for state in new}
    assert not without & {S.PRE_NOTICE, S.DOCS_FILED, *PROTECTED, S.RELEASED}


def test_a_dismissal_of_a_designated_filing_waits_for_the_notice_of_77_2() -> None:  # 73(8), 78(7)
    assert {s.source for s in ROAD.steps if s.target == S.DISMISSED} & set(PROTECTED) == set()
    assert [g.name for s in ROAD.rows(S.RELEASED, "dismiss") for g in s.guards] == ["dismissal-found-proper"]


def test_a_late_document_is_still_taken_and_ends_nothing() -> None:  # 69(1) "may"
    assert [s.guards for s in ROAD.rows(S.PRE_NOTICE, "file_document")] == [()]
    assert not any(s.actor == Actor.TIMER for s in ROAD.steps_from(S.PRE_NOTICE))


def test_only_two_things_come_about_by_lapse_of_time() -> None:  # 66(7), 70(2)
    assert {(s.source, s.name, s.target) for s in ROAD.steps if s.actor == Actor.TIMER} == {
        (S.PRIMARY_REVIEW, "lapse", S.UNSENT_LAPSED),
        (S.DESIGNATED, "expire", S.EXPIRED),
    }


def test_a_terminated_review_goes_back_only_to_where_it_stood() -> None:  # 69(1)
    back = {s.target: [g.name for g in s.guards] for s in ROAD.rows(S.TERMINATION_NOTICED, "resume_review")}
    assert set(back) == sources("notice_termination")
    assert all(guards == [f"came-from-{state.lower().replace('_', '-')}"] for state, guards in back.items())


def test_a_pct_application_never_enters_the_primary_review() -> None:  # 66(5)
    reached = {S.OUT_OF_SCOPE_PCT}
    reached |= {S(s.target) for s in ROAD.steps_from(S.OUT_OF_SCOPE_PCT)}
    assert reached == {S.OUT_OF_SCOPE_PCT, S.DISMISSED}
    assert "not-pct-national" in [g.name for s in ROAD.rows(S.RECEIVED, "start") for g in s.guards]


def test_a_breach_of_the_filing_ban_is_pursued_only_where_the_act_allows() -> None:  # 78(5)
    notified = {*BEFORE_DESIGNATION, S.NOT_DESIGNATED} - {S.PRIMARY_REVIEW}
    assert sources("find_dismissal_proper") == {*notified, S.OUT_OF_SCOPE_PCT}
    for step in (*rows("notice_breach"), *rows("find_dismissal_proper")):
        first = {S.DESIGNATED: None, S.OUT_OF_SCOPE_PCT: "pm-told-of-pct-hit"}.get(
            S(step.source), "sending-notice-given"
        )
        assert first is None or step.guards[0].name == first


def test_labels_move_with_designation_lifting_and_the_end_notice_only() -> None:  # PROMISES 3.2
    assert {(s.name, s.label) for s in ROAD.steps if s.label} == {
        ("designate", "designated"), ("lift", "application"), ("notify_end", "released"),
    }  # fmt: skip


def test_a_fact_decides_nothing_and_moves_nothing() -> None:
    facts = [s for s in ROAD.steps if s.fact]
    assert facts
    assert all(s.source == s.target and not s.guards and s.label is None for s in facts)


@pytest.mark.parametrize("code", sorted({s.document for s in ROAD.steps if s.document}))
def test_each_paper_of_the_road_is_one_of_the_catalogue(code: str) -> None:
    assert code in documents()


def test_a_paper_is_sent_by_the_one_whose_act_it_is() -> None:
    exceptions = {"CON-67-5"}  # an expert's consent that the PM records
    for step in ROAD.steps:
        if step.document and step.document not in exceptions:
            assert documents()[step.document].sender == step.actor, step


def test_every_row_names_its_article() -> None:
    assert all(s.basis.startswith(("ESPA ", "CAO Order ", "Patent Act")) for s in ROAD.steps)
    assert all(g.article for s in ROAD.steps for g in s.guards)


def test_one_person_is_enough_for_each_act_now() -> None:
    assert {s.approvals for s in ROAD.steps} == {1}
