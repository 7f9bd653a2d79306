"""Who acts for the Commissioner or the Prime Minister has a mandate that covers the act that day, and says by which."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from service import clock
from service.demo.client import Person
from service.filings.kind import FILING
from tests.web.filed import filed, look, sent, tried

People = dict[str, Person]


def given(
    people: People, to: str, authority: str = "commissioner", by: str = "yoshida", **more: Any
) -> httpx2.Response:
    said = {"person": str(people[to].id), "authority": authority, "instrument": "専決規程第3条", **more}
    return people[by].ask("POST", "/mandates", json=said)


@pytest.fixture
def without(people: People) -> Iterator[str]:
    """suzuki has no mandate while the test runs."""
    (mandate,) = people["suzuki"].get("/mandates")
    assert people["yoshida"].ask("DELETE", f"/facts/{mandate['id']}").status_code == 204
    yield "suzuki"
    for left in people["suzuki"].get("/mandates"):
        assert people["yoshida"].ask("DELETE", f"/facts/{left['id']}").status_code == 204
    assert given(people, "suzuki").status_code == 201


def judged(people: People, case: str, seen: int | None = None) -> httpx2.Response:
    version = look(people, "suzuki", case)["version"] if seen is None else seen
    return tried(people, "suzuki", case, "send", version, reason="x")


def test_an_act_for_an_authority_without_a_mandate_is_refused_by_name(people: People, without: str) -> None:
    case = filed(people)
    said = judged(people, case)
    assert (said.status_code, said.json()["name"]) == (403, "no-mandate")
    assert look(people, "suzuki", case)["state"] == "PRIMARY_REVIEW"
    assert given(people, without).status_code == 201
    assert judged(people, case).status_code == 200


def test_who_may_not_act_is_told_nothing_of_mandates_and_who_may_is_told_before_versions(
    people: People, without: str
) -> None:
    case = filed(people)
    assert tried(people, "kato", case, "send", None, reason="x").json()["name"] == "not-permitted"
    assert tried(people, "yamada", case, "send", None, reason="x").json()["name"] == "not-found"
    assert judged(people, case, seen=99).json()["name"] == "no-mandate"


def test_a_mandate_holds_on_its_days_for_its_acts_and_its_authority(people: People, without: str) -> None:
    case, day = filed(people), clock.today()
    given(people, without, **{"from": (day + timedelta(days=1)).isoformat()})
    given(
        people,
        without,
        **{"from": (day - timedelta(days=9)).isoformat(), "until": (day - timedelta(days=1)).isoformat()},
    )
    given(people, without, authority="prime_minister")
    given(people, without, acts=["judge_not_to_send", "ask_documents"])
    assert judged(people, case).json()["name"] == "no-mandate"
    version = look(people, "suzuki", case)["version"]
    assert tried(people, "suzuki", case, "ask_documents", version, reason="x").status_code == 200
    given(people, without, until=day.isoformat())
    assert judged(people, case).status_code == 200


def test_the_paper_of_a_decision_names_the_mandate_it_rests_on(people: People) -> None:
    case = sent(people)
    (mandate,) = people["suzuki"].get("/mandates")
    paper = people["suzuki"].part(case, "act-send")
    assert paper["mandate"] == {"id": mandate["id"], "acts_for": "commissioner", "instrument": mandate["instrument"]}


def test_only_the_security_officer_gives_a_mandate_and_not_to_himself(people: People) -> None:
    for name in ("suzuki", "takahashi", "kobayashi", "sato"):
        assert given(people, "kato", by=name).status_code in (403, 404)
    assert given(people, "yoshida").status_code in (403, 404)
    assert given(people, "kato", acts=["designate"]).status_code == 422


def test_formalities_and_mere_dates_ask_for_no_mandate() -> None:
    assert FILING.mandated["designate"] == "prime_minister" and FILING.mandated["send"] == "commissioner"
    for name in (
        "start",
        "exclude_pct",
        "transfer_right",
        "translation_filed",
        "pre_notice_received",
        "withdraw",
        "lapse",
    ):
        assert name not in FILING.mandated
