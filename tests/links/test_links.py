"""Links over HTTP: who screens both filings enters them, who sees both is shown them, and to others they are not there."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

from service.demo.client import Person
from tests.web.filed import designated, filed, look

People = dict[str, Person]


def linked(
    people: People, case: str, other: str, link: str = "divisional", by: str = "suzuki", version: int | None = -1
) -> httpx2.Response:
    seen = look(people, "suzuki", case)["version"] if version == -1 else version
    headers = {} if seen is None else {"if-match": f'"{seen}"'}
    return people[by].ask("POST", f"/filings/{case}/links", headers=headers, json={"link": link, "other": other})


def told(people: People, name: str, case: str) -> Any:
    return people[name].get(f"/filings/{case}/links")["links"]


@pytest.mark.parametrize("link", ["divisional", "converted", "priority"])
def test_a_link_stands_under_each_of_the_two_with_its_side(people: People, link: str) -> None:  # Patent Act 41, 44, 46
    parent, child = filed(people), filed(people)
    made = linked(people, child, parent, link)
    assert made.status_code == 201, made.text
    (at_child,), (at_parent,) = told(people, "suzuki", child), told(people, "suzuki", parent)
    assert (at_child["link"], at_child["side"], at_child["other"]) == (link, "later", parent)
    assert (at_parent["link"], at_parent["side"], at_parent["other"]) == (link, "earlier", child)
    assert made.json()["links"] == [at_child]
    assert told(people, "sato", child) == [at_child]


def test_the_same_matter_has_no_order_and_the_same_again_adds_nothing(people: People) -> None:
    one, two = filed(people), filed(people)
    for _ in range(2):
        assert linked(people, one, two, "same_matter").status_code == 201
    assert linked(people, two, one, "same_matter").status_code == 201
    assert [x["side"] for x in told(people, "suzuki", one) + told(people, "suzuki", two)] == ["equal", "equal"]


def test_a_link_bears_the_higher_label_of_the_two(people: People) -> None:
    base, later = filed(people), filed(people)
    assert linked(people, later, base, "priority").status_code == 201
    assert told(people, "sato", later)[0]["label"] == "application"
    designated(people, base)
    (shown,) = told(people, "sato", later)
    assert (shown["label"], shown["mark"]["ja"]) == ("designated", "保全対象発明")
    assert told(people, "sato", base)[0]["label"] == "designated"


def test_who_does_not_see_the_other_filing_sees_no_link_byte_for_byte(people: People) -> None:
    seen, hidden, alone = filed(people), filed(people), filed(people)
    for case in (seen, alone):  # an attorney of these two, not of the other
        tag = f'"{look(people, "sato", case)["version"]}"'
        ids = {"person": str(people["yamada"].id), "represents": str(people["sato"].id)}
        said = {"entry": "appoint_attorney", "reason": "届出による。", **ids}
        assert people["sato"].ask("POST", f"/filings/{case}/parties", headers={"if-match": tag}, json=said).is_success
    before = people["yamada"].ask("GET", f"/filings/{seen}").content
    assert linked(people, seen, hidden, "same_matter").status_code == 201
    with_link, without = (people["yamada"].ask("GET", f"/filings/{case}/links") for case in (seen, alone))
    assert with_link.content == without.content == b'{"links":[]}'
    assert with_link.headers.keys() == without.headers.keys()
    assert people["yamada"].ask("GET", f"/filings/{seen}").content == before
    assert len(told(people, "sato", seen)) == 1
    assert linked(people, seen, alone, "same_matter").status_code == 201
    assert [x["other"] for x in told(people, "yamada", seen)] == [alone]


def test_no_list_of_hands_tells_of_a_link(people: People) -> None:
    one, two = filed(people), filed(people)
    before = people["takahashi"].get("/facts", case=one)
    assert linked(people, one, two).status_code == 201
    assert people["takahashi"].get("/facts", case=one) == before


def test_only_who_screens_both_enters_a_link(people: People) -> None:
    one, two = filed(people), filed(people)
    for name in ("sato", "kato", "takahashi"):
        assert linked(people, one, two, by=name).json()["name"] == "not-permitted"
    assert linked(people, one, two, by="yamada").status_code == 404
    assert told(people, "suzuki", one) == told(people, "suzuki", two) == []


def test_a_filing_that_is_hidden_and_one_that_is_not_there_are_refused_alike(people: People) -> None:
    mine, refusals = filed(people), list[httpx2.Response]()
    hidden = filed(people)  # no longer screened by who asks
    hands = people["takahashi"].get("/facts", case=hidden)
    (his,) = (h["id"] for h in hands if h["work"] == "screening")
    assert people["takahashi"].ask("DELETE", f"/facts/{his}").status_code == 204
    for other in (str(uuid4()), hidden):
        refused = linked(people, mine, other)
        assert (refused.status_code, refused.json()["name"]) == (404, "not-found")
        refusals.append(refused)
    assert len({len(r.content) for r in refusals}) == 1
    assert linked(people, str(uuid4()), mine, version=1).status_code == 404
    assert linked(people, mine, mine).status_code == 422
    assert told(people, "suzuki", mine) == []


def test_a_link_is_entered_on_the_version_that_was_seen(people: People) -> None:
    one, two = filed(people), filed(people)
    assert linked(people, one, two, version=None).status_code == 428
    assert linked(people, one, two, version=99).status_code == 412
    assert told(people, "suzuki", one) == []
