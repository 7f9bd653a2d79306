"""The figures of a section: opened tally by tally through the keyholder, for its head alone."""

from typing import Any

from service.demo.client import Person
from service.demo.run import Demo
from tests.screening.filed import AGENCY_HIT, classified
from tests.web.records import query

People = dict[str, Person]
MEETS = {"inventions": [{"claim": 1, "item": 13, "left_out": True}]}


def item_13(people: People) -> dict[str, Any]:
    told = people["takahashi"].get("/screening/quality")
    assert told["whole"]
    found: dict[str, Any] = next(i for i in told["items"] if i["item"] == 13)
    return found


def test_the_head_of_the_section_sees_how_often_an_item_is_not_confirmed(people: People, demo: Demo) -> None:
    for n in range(11):
        case = classified(people, AGENCY_HIT)
        if n % 2:
            people["suzuki"].act(case, "send", reason="該当する。", **MEETS)
        else:
            people["suzuki"].act(case, "judge_not_to_send", reason="該当しない。")
    before = query(demo, "select count(*) as n from records where position('inspection'::bytea in body) > 0")[0]["n"]
    item = item_13(people)
    assert item["suggested"] >= 11
    assert item["suggested"] == item["confirmed"] + item["not_confirmed"]
    assert item["false_positive_rate"] == f"{item['not_confirmed'] / item['suggested']:.2f}"
    tallies = query(demo, "select count(*) as n from parts where document = 'tally'")[0]["n"]
    after = query(demo, "select count(*) as n from records where position('inspection'::bytea in body) > 0")[0]["n"]
    assert after - before == tallies, "each tally that was opened is a record"


def test_nobody_else_asks_for_the_figures(people: People) -> None:
    for name in ("sato", "suzuki", "kato", "watanabe", "tanaka", "nakamura", "examination"):
        assert people[name].status("/screening/quality") == 403
