"""Who works on a case: told to the head who hands it on, and to nobody else; a case is handed on at once."""

from service.demo.client import Person
from tests.web.filed import filed

People = dict[str, Person]


def _hands(people: People, name: str, case: str) -> dict[str, dict[str, str]]:
    return {h["work"]: h for h in people[name].get("/facts", case=case)}


def test_the_head_of_section_sees_who_works_on_a_case(people: People) -> None:
    case = filed(people)
    hands = _hands(people, "takahashi", case)
    assert {w: h["person"] for w, h in hands.items()} == {
        "applicant": str(people["sato"].id),
        "intake": str(people["kato"].id),
        "screening": str(people["suzuki"].id),
        "head": str(people["takahashi"].id),
    }


def test_nobody_else_is_told_who_works_on_a_case(people: People) -> None:
    case = filed(people)
    for name, status in (("suzuki", 403), ("sato", 403), ("yamada", 404), ("nakamura", 404), ("yoshida", 404)):
        assert people[name].ask("GET", "/facts", params={"case": case}).status_code == status, name


def test_a_case_taken_from_an_examiner_is_closed_to_him_at_once(people: People) -> None:
    case = filed(people)
    fact = _hands(people, "takahashi", case)["screening"]["id"]
    assert people["suzuki"].status(f"/filings/{case}") == 200
    assert people["suzuki"].ask("DELETE", f"/facts/{fact}").status_code == 403
    assert people["takahashi"].ask("DELETE", f"/facts/{fact}").status_code == 204
    assert people["suzuki"].status(f"/filings/{case}") == 404
    back = {"kind": "assignment", "person": str(people["suzuki"].id), "case": case, "values": {"work": "screening"}}
    assert people["takahashi"].ask("POST", "/facts", json=back).status_code == 201
    assert people["suzuki"].status(f"/filings/{case}") == 200
