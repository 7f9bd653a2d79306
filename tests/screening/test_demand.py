"""A demand of the primary review (66(6)): what is asked of which item, before a word of review is said."""

from service.demo.client import Person
from tests.screening.filed import HIT_IF, classified, paper
from tests.screening.test_deciding import refusal
from tests.web.filed import look

People = dict[str, Person]
ASKED = {"item": 2, "questions": ["additional"], "documents": "委託研究の有無を示す資料。"}


def test_a_demand_names_what_is_asked_of_each_item(people: People) -> None:
    case = classified(people, HIT_IF)
    assert refusal(people, case, "ask_documents", asked=[ASKED], until="2027-01-15") == ""
    for name in ("suzuki", "sato"):
        said = paper(people, case, "ask_documents", name)
        assert (said["asked"], said["until"]) == ([ASKED], "2027-01-15")
    people["sato"].act(case, "answer_demand", reason="該当しない。委託はない。")
    assert paper(people, case, "answer_demand")["reason"] == "該当しない。委託はない。"
    assert refusal(people, case, "judge_not_to_send", inventions=[{"claim": 1, "item": 2, "additional": "no"}]) == ""
    assert look(people, "suzuki", case)["state"] == "NOT_SENT"


def test_a_demand_asks_a_question_that_there_is_of_an_item_that_there_is(people: People) -> None:
    case = classified(people, HIT_IF)
    for wrong in (
        {"item": 48, "questions": ["additional"]},
        {"item": 2, "questions": []},
        {"item": 2, "questions": ["x"]},
    ):
        assert refusal(people, case, "ask_documents", asked=[wrong]).startswith("422")
    assert refusal(people, case, "ask_documents") == "", "what no item puts may be asked in words"
