"""A prior confirmation (ESPA 79) over HTTP: asked, checked, referred, answered, told; what the requester is told and what he is not."""

from typing import Any
from uuid import uuid4

import pytest

from service import clock
from service.demo.client import Person
from tests.foreign.asked import (
    INVENTIONS,
    WHY,
    act,
    answered,
    checked,
    form,
    look,
    part,
    passed_on,
    referred,
    requested,
    submitted,
    tried,
)
from tests.web.filed import filed

People = dict[str, Person]


@pytest.mark.parametrize("harmless", [True, False])
def test_the_requester_asks_the_examiner_checks_the_prime_minister_answers_and_the_answer_is_read(
    people: People, harmless: bool
) -> None:
    case = passed_on(people, harmless=harmless)
    seen = look(people, "sato", case)
    assert (seen["kind"], seen["state"]) == ("confirmation", "ANSWERED")
    assert [e["step"] for e in seen["events"]] == ["request_confirmation", "pass_on_answer"]
    told = part(people, "sato", case, "ANS-79-4").json()["content"]
    assert (told["article_66_1"], told["clearly_harmless"]) == (True, harmless)
    assert WHY not in str(told)
    ban = people["sato"].get(f"/confirmations/{case}/foreign-filing")
    assert ban["banned"] is not harmless
    assert ban["rule"] == ("clearly_harmless" if harmless else "no_application")


def test_the_state_does_not_tell_which_of_the_two_answers_it_was(people: People) -> None:  # 79(4)
    yes, no = (look(people, "suzuki", passed_on(people, harmless=h)) for h in (True, False))
    bare = [{k: seen[k] for k in ("state", "version", "label")} for seen in (yes, no)]
    assert bare[0] == bare[1]
    shape = [[(e["step"], e["document"]) for e in seen["events"]] for seen in (yes, no)]
    assert shape[0] == shape[1]


def test_an_invention_outside_the_fields_is_answered_at_once(people: People) -> None:  # 79(2)
    case = checked(people)
    act(people, "suzuki", case, "answer_not_applicable", reason=WHY)
    assert look(people, "sato", case)["state"] == "ANSWERED_NOT_APPLICABLE"
    assert part(people, "sato", case, "ANS-79-2").json()["content"]["reason"] == WHY
    ban = people["sato"].get(f"/confirmations/{case}/foreign-filing")
    assert (ban["banned"], ban["rule"]) == (False, "not_article_66_1")
    assert any("79(2)" in point["en"] for point in ban["open"])


def test_the_requester_does_not_learn_that_it_was_referred(people: People) -> None:  # 79(3), 79(4)
    waiting, beyond = checked(people), answered(people)
    seen = [look(people, "sato", case) for case in (waiting, beyond)]
    told = [(s["state"], s["version"], len(s["events"]), len(s["parts"])) for s in seen]
    assert told[0] == told[1]
    bench = [people["sato"].get(f"/confirmations/{case}/workbench")["acts"] for case in (waiting, beyond)]
    assert [[a["act"] for a in b] for b in bench] == [["answer_demand", "cancel", "later_filing"]] * 2


def test_what_he_may_still_do_is_taken_from_him_by_nothing_he_is_not_told_of(people: People) -> None:
    for case in (checked(people), referred(people), answered(people)):
        assert tried(people, "sato", case, "cancel", look(people, "sato", case)["version"]).status_code == 200


def test_the_papers_are_for_whom_they_pass_between(people: People) -> None:
    case = answered(people)
    assert {p["document"] for p in look(people, "sato", case)["parts"]} >= {"REQ-79-1", "description", "manifest"}
    for document in ("screening", "REF-79-3", "act-answer_referral"):
        assert document not in {p["document"] for p in look(people, "sato", case)["parts"]}
        assert part(people, "suzuki", case, document).status_code == 200
        assert part(people, "kobayashi", case, document).status_code == 200
    assert part(people, "sato", case, "REQ-79-1").json()["content"]["said"]["fee"]["amount"] == 25000


def test_a_stranger_and_an_officer_without_the_case_find_nothing(people: People) -> None:
    case = referred(people)
    absent = people["yamada"].ask("GET", f"/confirmations/{uuid4()}")
    for name in ("yamada", "kato", "nakamura", "yamamoto"):
        answer = people[name].ask("GET", f"/confirmations/{case}")
        assert (answer.status_code, answer.content) == (404, absent.content)


def test_the_two_kinds_do_not_mix(people: People) -> None:
    """A confirmation under /filings, and a filing under /confirmations, is byte for byte what is not there."""
    confirmation, filing = answered(people), filed(people)
    own, other = look(people, "suzuki", confirmation), people["suzuki"].get(f"/filings/{filing}")
    for name in ("sato", "suzuki"):
        for case, there, parts in ((confirmation, "filings", own["parts"]), (filing, "confirmations", other["parts"])):
            for path in ("", "/workbench", "/receipt", "/foreign-filing", f"/parts/{parts[0]['id']}"):
                wrong, absent = (people[name].ask("GET", f"/{there}/{c}{path}") for c in (case, uuid4()))
                assert (
                    (wrong.status_code, wrong.content) == (absent.status_code, absent.content) == (404, absent.content)
                ), path
            said: dict[str, Any] = {"reason": WHY}
            for step in ("answer-demand", "correct", "withdraw" if there == "filings" else "cancel"):
                body = {**said, "event": str(uuid4()), "annuls": True} if step == "correct" else said
                answers = [
                    people[name].ask("POST", f"/{there}/{c}/{step}", json=body, headers={"if-match": '"1"'})
                    for c in (case, uuid4())
                ]
                assert answers[0].status_code == answers[1].status_code == 404
                assert answers[0].content == answers[1].content
    listed = people["sato"].get("/filings", limit=100)["filings"]
    assert confirmation not in {row["id"] for row in listed}
    listed = people["sato"].get("/confirmations", limit=100)["confirmations"]
    assert confirmation in {row["id"] for row in listed} and filing not in {row["id"] for row in listed}


def test_one_key_asks_once(people: People) -> None:
    key, said = (
        uuid4().hex,
        {"form": form(title="別の留め具", description={**form()["description"], "title": "別の留め具"})},
    )
    first, again = requested(people, key=key), requested(people, key=key)
    assert first.status_code == again.status_code == 201 and first.json()["case"] == again.json()["case"]
    other = requested(people, key=key, **said)
    assert (other.status_code, other.json()["name"]) == (409, "idempotency-key-used")


def test_only_who_is_an_applicant_asks(people: People) -> None:
    for name in ("kato", "suzuki", "kobayashi", "yamamoto"):
        assert requested(people, name).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"filed_in_japan": True}, "/form/filed_in_japan"),  # 79(1)
        ({"fee": {"amount": 24000, "paid_by": "cash", "slip": "1"}}, "/form/fee/amount"),  # 79(5); Order 16
        ({"fee": {"amount": 25000, "paid_by": "stamps", "stamps": [{"value": 10000, "count": 2}]}}, "/form/fee/stamps"),
        ({"commissioned_by_state": True}, "/form/commission"),  # CAO-METI Order 5(1)
        ({"description": None}, "/form/description"),  # CAO-METI Order 5(2)
        (
            {"description": {"language": "fr", "title": "紙の留め具", "detailed": "x"}},
            "/form/description/language",
        ),  # 5(5)
    ],
)
def test_a_request_that_the_order_does_not_take_is_refused_at_its_field(
    people: People, wrong: dict[str, Any], pointer: str
) -> None:
    answer = requested(people, form={k: v for k, v in form(**wrong).items() if v is not None})
    assert answer.status_code == 422
    assert pointer in [f["pointer"] for f in answer.json()["faults"]]


def test_the_description_may_be_in_english(people: People) -> None:  # CAO-METI Order 5(5)
    english = {"language": "en", "title": "紙の留め具", "detailed": "A clip that holds paper."}
    case = submitted(people, form=form(description=english))
    assert part(people, "suzuki", case, "description").json()["content"]["said"] == english


def test_papers_sent_as_files_go_through_the_gate_and_are_sealed(people: People) -> None:
    import json

    said = {k: v for k, v in form(attached=["description"]).items() if k != "description"}
    files = [("files", ("description.txt", "紙を留める留め具。".encode(), "application/octet-stream"))]
    headers = {"idempotency-key": uuid4().hex}
    answer = people["sato"].ask(
        "POST", "/confirmations/uploaded", headers=headers, files=files, data={"form": json.dumps(said)}
    )
    assert answer.status_code == 201, answer.text
    case = answer.json()["case"]
    assert "source.1" in {p["document"] for p in look(people, "suzuki", case)["parts"]}
    assert [d["name"] for d in answer.json()["receipt"]["manifest"]["documents"]] == ["request.json", "description.txt"]
    answer = requested(people, form=said)
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/form/attached")
    hostile = [("files", ("description.exe", b"MZ" + bytes(100), "application/octet-stream"))]
    refused = people["sato"].ask(
        "POST",
        "/confirmations/uploaded",
        headers={"idempotency-key": uuid4().hex},
        files=hostile,
        data={"form": json.dumps(said)},
    )
    assert refused.status_code == 422


def test_the_screening_of_the_symbols_given_is_for_the_offices(people: People) -> None:
    case = submitted(people, symbols=[{"text": "B64G 1/00"}])
    assert part(people, "suzuki", case, "screening").json()["content"]["given"] == [
        {"scheme": "ipc", "text": "B64G 1/00"}
    ]
    assert part(people, "sato", case, "screening").status_code == 404


def test_the_receipt_is_the_request_s(people: People) -> None:
    answer = requested(people)
    case = answer.json()["case"]
    again = people["sato"].get(f"/confirmations/{case}/receipt")
    assert again["manifest"] == answer.json()["receipt"]["manifest"] and again["case"] == case


def test_a_later_filing_is_one_of_his_own_and_which_it_is_stands_in_the_sealed_paper(people: People) -> None:
    case, own = passed_on(people, harmless=False), filed(people)
    version = look(people, "sato", case)["version"]
    answer = people["yamada"].file({"paper.txt": "【書類名】特許願\n【整理番号】Y\n".encode()})
    strange = answer.json().get("case", str(uuid4()))
    for other in (strange, str(uuid4()), case):
        refused = tried(people, "sato", case, "later_filing", version, filing=other)
        assert (refused.status_code, refused.json()["pointer"]) == (422, "/filing")
    assert tried(people, "sato", case, "later_filing", version, filing=own).status_code == 200
    assert part(people, "sato", case, "act-later_filing").json()["content"]["filing"] == own
    assert look(people, "sato", case)["state"] == "ANSWERED"
    ban = people["sato"].get(f"/confirmations/{case}/foreign-filing")
    assert any("later" in point["en"] for point in ban["open"])


def test_a_demand_sets_a_clock_and_its_answer_meets_it(people: People) -> None:
    case = submitted(people)
    until = clock.today().isoformat()
    act(people, "suzuki", case, "ask_for_more", reason=WHY, until=until)
    (running,) = look(people, "sato", case)["clocks"]
    assert (running["limit"], running["due"], running["state"]) == ("answer_79", until, "running")
    version = look(people, "suzuki", case)["version"]
    refused = tried(people, "suzuki", case, "accept_request", version)
    assert (refused.status_code, refused.json()["name"]) == (409, "nothing-awaited")
    act(people, "sato", case, "answer_demand", reason=WHY)
    assert look(people, "sato", case)["clocks"][0]["state"] == "met"
    act(people, "suzuki", case, "accept_request")


def test_the_prime_minister_s_answer_is_passed_on_as_it_stands_after_a_correction(people: People) -> None:
    case = answered(people, harmless=True)
    first = look(people, "kobayashi", case)
    event = first["events"][-1]["id"]
    said = {"event": event, "annuls": True, "reason": WHY}
    assert tried(people, "kobayashi", case, "correct", first["version"], **said).status_code == 202
    assert tried(people, "suzuki", case, "correct", first["version"], **said).status_code == 200
    act(people, "kobayashi", case, "answer_referral", reason=WHY, clearly_harmless=False)
    act(people, "suzuki", case, "pass_on_answer")
    assert part(people, "sato", case, "ANS-79-4").json()["content"]["clearly_harmless"] is False


def test_an_item_that_the_order_has_not_is_no_ground(people: People) -> None:
    case = checked(people)
    version = look(people, "suzuki", case)["version"]
    wanting = tried(people, "suzuki", case, "refer", version, reason=WHY, inventions=[{"claim": 1}])
    assert (wanting.status_code, wanting.json()["name"]) == (409, "meets-an-item")
    unanswered = [{"claim": 1, "item": 13}, {"claim": 2, "item": 46, "content": "yes"}]
    wanting = tried(people, "suzuki", case, "refer", version, reason=WHY, inventions=unanswered)
    assert (wanting.status_code, wanting.json()["name"]) == (409, "meets-an-item"), "its questions are not answered"
    assert tried(people, "suzuki", case, "refer", version, reason=WHY, inventions=INVENTIONS).status_code == 200
