"""The pages: what the API says, drawn for people in both languages; no more, and nothing lost that was typed."""

import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from service.demo.client import Person
from service.demo.confirm import FORM
from service.demo.run import Demo
from service.filings.road import ROAD
from service.foreign.road import ROAD as CONFIRMATIONS
from service.web.pages.door import COOKIE, token_of
from service.web.pages.words import LANGS, words
from tests.web.filed import filed, in_review, look
from tests.web.records import OF_REQUESTS, records_of

People = dict[str, Person]
HTML = {"content-type": "application/x-www-form-urlencoded"}


def flat(said: Any, at: str = "") -> dict[str, str]:
    """A form's values under their pointers, as a browser posts them."""
    if isinstance(said, dict):
        return {k: v for name, inner in said.items() for k, v in flat(inner, f"{at}/{name}").items()}
    if isinstance(said, list):
        return {k: v for n, inner in enumerate(said) for k, v in flat(inner, f"{at}/{n}").items()}
    return {at: {True: "true", False: "false"}.get(said, str(said)) if isinstance(said, bool) else str(said)}


def post(person: Person, path: str, said: Any) -> httpx2.Response:
    return person.ask("POST", path, headers=HTML, content=urlencode(flat(said)).encode())


def action(shown: str) -> str:
    """Where the page's last form is posted to."""
    return re.findall(r'<form method="post" action="([^"]+)"', shown)[-1].replace("&amp;", "&")


def test_both_languages_have_the_same_words() -> None:
    ja, en = words("ja"), words("en")
    assert ja.keys() == en.keys()
    assert {t: ja[t].keys() for t in ja} == {t: en[t].keys() for t in en}
    assert not re.search("[ぁ-んァ-ヶ一-龠]", str({t: {k: v for k, v in en[t].items() if k != "other"} for t in en}))


def test_every_state_and_every_act_has_a_word() -> None:
    states = {str(s) for s in ROAD.states | CONFIRMATIONS.states}
    assert states <= words("ja")["states"].keys()
    assert ROAD.names() | CONFIRMATIONS.names() <= words("ja")["acts"].keys()


@pytest.mark.parametrize("lang", LANGS)
def test_pages_are_drawn_for_whoever_may_see_the_case(people: People, lang: str) -> None:
    case = in_review(people)
    for name, paths in {
        "sato": ["", "/cases", "/cases?kind=confirmations", "/new/filing", "/new/cao-meti-3", "/self-check"],
        "tanaka": ["/cases", f"/filings/{case}", f"/filings/{case}/do/ask_in_review"],
    }.items():
        for path in paths:
            answer = people[name].ask("GET", f"/{lang}{path}")
            assert answer.status_code == 200, (name, path, answer.text[-500:])
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert f'<html lang="{lang}">' in answer.text
            assert "script" not in answer.headers["content-security-policy"]
            assert len(answer.headers.get_list("content-security-policy")) == 1
            assert "no-store" in answer.headers["cache-control"]


def test_the_entry_leads_to_the_readers_language(people: People) -> None:
    for said, lang in (("en-GB,en;q=0.9", "en"), ("ja", "ja"), ("fr", "ja")):
        answer = people["sato"].ask("GET", "/", headers={"accept-language": said})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/{lang}")


def test_a_prior_confirmation_is_asked_and_answered_on_pages(people: People) -> None:
    shown = people["sato"].ask("GET", "/ja/new/cao-meti-3").text
    begun = post(people["sato"], action(shown), FORM)
    assert begun.status_code == 303, begun.text[-800:]
    again = post(people["sato"], action(shown), FORM)
    assert again.headers["location"] == begun.headers["location"], "the same page sent twice begins one case"
    path = begun.headers["location"]
    for name, act, said in (
        ("suzuki", "accept_request", {}),
        ("suzuki", "answer_not_applicable", {"reason": "該当しない。"}),
    ):
        form = people[name].ask("GET", f"{path}/do/{act}")
        assert form.status_code == 200, form.text[-500:]
        done = post(people[name], action(form.text), said)
        assert (done.status_code, done.headers.get("location")) == (303, path), done.text[-1500:]
    assert words("ja")["states"]["ANSWERED_NOT_APPLICABLE"] in people["sato"].ask("GET", path).text


def test_what_does_not_hold_is_told_at_its_field_and_nothing_typed_is_lost(people: People) -> None:
    shown = people["sato"].ask("GET", "/en/new/cao-meti-3").text
    typed = {k: v for k, v in FORM.items() if k != "requesters"}
    answer = post(people["sato"], action(shown), typed)
    assert answer.status_code == 422
    assert 'aria-describedby="form-requesters' in answer.text
    assert 'href="#form-requesters"' in answer.text
    assert "船体の扉" in answer.text
    case = filed(people)
    form = people["suzuki"].ask("GET", f"/en/filings/{case}/do/send").text
    answer = post(people["suzuki"], action(form), {"reason": "typed", "inventions": [{"item": 7}]})
    assert answer.status_code == 422
    assert 'href="#form-inventions-0"' in answer.text
    assert "typed</textarea>" in answer.text


def test_an_act_on_a_case_that_moved_on_is_refused_on_the_page(people: People) -> None:
    case = filed(people)
    form = action(people["suzuki"].ask("GET", f"/ja/filings/{case}/do/judge_not_to_send").text)
    people["suzuki"].act(case, "ask_documents", reason="x")
    answer = post(people["suzuki"], form, {"reason": "該当しない。"})
    assert answer.status_code == 412
    assert "case-moved-on" in answer.text
    assert "該当しない。</textarea>" in answer.text
    assert look(people, "suzuki", case)["state"] == "PRIMARY_REVIEW"


def test_a_hidden_case_is_the_page_of_a_case_that_is_not_there(people: People) -> None:
    case = in_review(people)
    for path in ("", "/do/send", f"/parts/{uuid4()}", f"/notices/{uuid4()}"):
        hidden, absent = (people["yamada"].ask("GET", f"/ja/filings/{c}{path}") for c in (case, uuid4()))
        assert hidden.status_code == absent.status_code == 404
        assert hidden.text.replace(case, "") == absent.text.replace(
            re.findall(r"filings/([0-9a-f-]{36})", absent.text)[0]
            if re.findall(r"filings/([0-9a-f-]{36})", absent.text)
            else "\0",
            "",
        )


def test_a_page_is_one_request_with_one_record_of_its_reader(people: People, demo: Demo) -> None:
    case = filed(people)
    for path in ("/ja/cases", f"/ja/filings/{case}"):
        answer = people["sato"].ask("GET", path)
        [record] = [r for r in records_of(demo, answer.headers["request-id"]) if r["what"] in OF_REQUESTS]
        assert (record["person"], record["outcome"]) == (people["sato"].id.hex, "allowed")
    form = people["suzuki"].ask("GET", f"/ja/filings/{case}/do/ask_documents").text
    done = post(people["suzuki"], action(form), {"reason": "資料を求める。"})
    [record] = [r for r in records_of(demo, done.headers["request-id"]) if r["what"] in OF_REQUESTS]
    assert (record["what"], record["action"]) == ("act", "ask_documents")


def test_what_a_person_wrote_is_text_on_every_page(people: People) -> None:
    case = filed(people)
    people["suzuki"].act(case, "ask_documents", reason="<script>alert(1)</script>")
    part = next(p["id"] for p in look(people, "suzuki", case)["parts"] if p["document"] == "ASK-66-6")
    shown = people["suzuki"].ask("GET", f"/ja/filings/{case}/parts/{part}").text
    assert "&lt;script&gt;" in shown
    assert "<script" not in shown


def test_a_notice_is_received_on_the_page_before_it_opens(people: People) -> None:
    case = filed(people)
    people["suzuki"].act(case, "ask_documents", reason="資料を求める。")
    path = f"/ja/filings/{case}"
    shown = people["sato"].ask("GET", path).text
    assert "(PDF)" not in shown
    assert post(people["sato"], action(shown), {}).headers["location"] == f"{path}#notices"
    notice = re.findall(r'href="([^"]+/notices/[^"]+)"', people["sato"].ask("GET", path).text)[0]
    assert people["sato"].ask("GET", notice).content.startswith(b"%PDF")


def test_symbols_are_checked_without_a_name_and_stand_in_no_address(demo: Demo) -> None:
    with httpx2.Client(base_url=demo.address) as nobody:
        shown = nobody.get("/en/self-check").text
        assert action(shown) == "/en/self-check"
        answer = nobody.post(
            "/en/self-check", headers=HTML, content=urlencode({"/symbols": "B63G 8/28\nA01B 1/00"}).encode()
        )
    assert answer.status_code == 200
    assert words("en")["outcomes"]["hit"] in answer.text or words("en")["outcomes"]["hit_if"] in answer.text


def test_who_is_not_signed_in_is_told_so_on_the_page(demo: Demo) -> None:
    with httpx2.Client(base_url=demo.address) as nobody:
        answer = nobody.get("/ja/cases")
    assert answer.status_code == 401
    assert words("ja")["page"]["refused"] in answer.text


@pytest.mark.parametrize(
    ("demo_root", "method", "path", "headers", "counts"),
    [
        (True, "GET", "/ja/cases", {}, True),
        (False, "GET", "/ja/cases", {}, False),
        (True, "GET", "/filings", {}, False),
        (True, "POST", "/ja/new/filing", {"sec-fetch-site": "same-origin"}, True),
        (True, "POST", "/ja/new/filing", {"sec-fetch-site": "same-site"}, False),
        (True, "POST", "/ja/new/filing", {"sec-fetch-site": "none", "origin": "http://h"}, False),
        (True, "POST", "/ja/new/filing", {"origin": "http://h", "host": "h"}, True),
        (True, "POST", "/ja/new/filing", {"origin": "http://g", "host": "h"}, False),
        (True, "POST", "/ja/new/filing", {"origin": "null", "host": "h"}, False),
        (True, "POST", "/ja/new/filing", {}, False),
    ],
)
def test_a_cookie_counts_for_pages_of_a_demo_and_for_what_a_page_of_this_host_sends(
    demo_root: bool, method: str, path: str, headers: dict[str, str], counts: bool
) -> None:
    app = FastAPI()
    app.state.demo = demo_root
    said = {"cookie": f"a=b; {COOKIE}=token", **headers}
    scope = {"app": app, "method": method, "path": path, "headers": [(k.encode(), v.encode()) for k, v in said.items()]}
    assert token_of(scope) == ("token" if counts else "")


def test_a_link_stands_on_the_page_of_who_sees_both_filings(people: People) -> None:
    case, other = filed(people), filed(people)
    version = look(people, "suzuki", case)["version"]
    said = people["suzuki"].ask(
        "POST",
        f"/filings/{case}/links",
        headers={"if-match": f'"{version}"'},
        json={"link": "same_matter", "other": other},
    )
    assert said.status_code < 300, said.text
    assert f'href="/ja/filings/{other}"' in people["suzuki"].ask("GET", f"/ja/filings/{case}").text
