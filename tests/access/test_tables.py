"""Who a document is for, and the rule of first assignments."""

import re
from collections import Counter
from uuid import UUID, uuid4

import pytest

from service.access.documents import AUDIENCES, BEFORE_SENDING, Documents
from service.access.people import ROLES
from service.access.sections import Sections
from service.filings.kind import ASSIGNS, FILING
from service.filings.road import ROAD
from service.foreign.kind import ASSIGNS as REFERRED
from service.foreign.kind import CONFIRMATION
from service.intake.filing import DOCUMENTS as FILED
from service.kinds import KINDS
from service.law.documents import documents
from tests.access.expected import FOLDER, POLICIES

TABLE, RULE = POLICIES.documents, POLICIES.sections
PEOPLE = [uuid4() for _ in range(12)]


def test_every_document_of_the_law_of_a_filing_and_of_each_step_has_its_audience() -> None:
    acts = {f"act-{step.name}" for kind in KINDS.values() for step in kind.road.steps if step.document is None}
    codes = {
        *documents(),
        *FILED,
        *acts,
        "source",
        "screening",
        "opinion",
        "proposal",
        *(f"act-{kind.opening}" for kind in KINDS.values()),
        "act-correct",
    }
    assert codes - set(TABLE.audiences) == set()


def test_what_the_prime_minister_and_the_patent_office_tell_each_other_is_not_for_the_applicant() -> None:
    between = {code for code, paper in documents().items() if {paper.sender, *paper.recipients} <= {"jpo", "pm"}}
    assert between and {TABLE.audience(code) for code in between} == {"office"}


def test_what_passes_between_applicant_and_prime_minister_alone_is_not_for_the_patent_office() -> None:
    alone = {code for code, paper in documents().items() if {paper.sender, *paper.recipients} == {"applicant", "pm"}}
    assert alone and {TABLE.audience(code) for code in alone} == {"review_party"}


def test_a_document_that_stands_nowhere_is_for_the_review_alone() -> None:
    assert {TABLE.audience(name) for name in ("unheard-of", "unheard-of.screening", "opinion.screening", "")} == {
        "review"
    }


def test_what_is_written_before_sending_is_named_so_and_its_audience_hangs_on_the_name_alone() -> None:
    assert TABLE.before.keys() == FILING.phased
    for state in ROAD.states:
        for document in (*FILING.phased, "claims", "source.2", "opinion"):
            name = FILING.named(document, state)
            early = state in FILING.unsent and document in FILING.phased
            assert name == (f"{document}.{BEFORE_SENDING}" if early else document)
            assert TABLE.audience(name) == (TABLE.before if early else TABLE.audiences)[document.partition(".")[0]]


def test_the_papers_of_a_confirmation_are_named_as_those_before_sending_in_every_state() -> (
    None
):  # no review stands beside it
    assert CONFIRMATION.phased == FILING.phased and CONFIRMATION.unsent == CONFIRMATION.road.states


def test_the_states_before_sending_are_states_of_the_road_from_which_no_review_has_begun() -> None:
    assert FILING.unsent < ROAD.states
    assert not FILING.unsent.intersection({"SENT", "UNDER_REVIEW", "DESIGNATED", "RELEASED", "DISMISSED", "WITHDRAWN"})


def test_a_document_in_two_lists_or_for_nobody_known_is_no_table() -> None:
    text = (FOLDER / "documents.toml").read_text()
    with pytest.raises(ValueError, match="twice"):
        Documents.parse(text.replace('"CON-67-5"', '"CON-67-5", "claims"'))
    with pytest.raises(ValueError, match="public"):
        Documents.parse(re.sub(r"^office = \[$", "public = [", text, count=1, flags=re.MULTILINE))
    assert set(TABLE.audiences.values()) == set(AUDIENCES)


@pytest.mark.parametrize("works", [("intake", "screening", "head"), *ASSIGNS.values(), *REFERRED.values()])
def test_the_rule_assigns_every_work_that_a_case_needs_to_holders_of_its_post(works: tuple[str, ...]) -> None:
    assert all(RULE.roles[work] in ROLES for work in works)
    assert all(RULE.choose(uuid4(), work, PEOPLE, {}) in PEOPLE for work in works)


def test_the_choice_is_the_case_s_alone_in_any_order_of_holders() -> None:
    for case in [uuid4() for _ in range(50)]:
        assert RULE.choose(case, "screening", PEOPLE, {}) == RULE.choose(case, "screening", PEOPLE[::-1] * 2, {})


def test_a_holder_who_leaves_moves_only_his_own_cases() -> None:
    cases = [uuid4() for _ in range(300)]
    before = {case: RULE.choose(case, "review", PEOPLE, {}) for case in cases}
    after = {case: RULE.choose(case, "review", PEOPLE[1:], {}) for case in cases}
    assert {case for case in cases if before[case] != after[case]} == {
        case for case in cases if before[case] == PEOPLE[0]
    }
    assert set(Counter(before.values())) == set(PEOPLE)


@pytest.mark.parametrize(
    ("work", "held"), [(work, held) for work, barred in RULE.excludes.items() for held in sorted(barred)]
)
def test_nobody_is_given_a_work_that_another_of_his_on_the_case_excludes(work: str, held: str) -> None:
    case = uuid4()
    barred = RULE.choose(case, work, PEOPLE, {})
    assert barred is not None
    chosen = RULE.choose(case, work, PEOPLE, {barred: [held]})
    assert chosen in PEOPLE and chosen != barred
    assert RULE.choose(case, work, [barred], {barred: [held]}) is None


def test_the_exclusions_say_the_same_both_ways() -> None:
    assert [
        (a, b)
        for a, others in RULE.excludes.items()
        for b in others
        if b in RULE.excludes and a not in RULE.excludes[b]
    ] == []


def test_where_nobody_holds_the_post_nobody_is_chosen() -> None:
    assert RULE.choose(uuid4(), "review", [], {}) is None


def test_a_work_that_the_table_does_not_assign_is_refused() -> None:
    with pytest.raises(KeyError):
        RULE.choose(UUID(int=1), "expertise", PEOPLE, {})
    with pytest.raises(ValueError, match="unknown"):
        Sections.parse((FOLDER / "sections.toml").read_text().replace('"clerk"', '"prince"'))
    with pytest.raises(ValueError, match="unknown"):
        Sections.parse((FOLDER / "sections.toml").read_text().replace("head = [", "throne = ["))
