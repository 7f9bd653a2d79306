"""Parties over HTTP: a power of attorney opens and closes, a right moves with its transfer, a notice finds its addressee."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from service import clock
from service.demo.client import Person
from tests.web.filed import designated, filed, look, sent, tried

People = dict[str, Person]
SAID = {"reason": "届出による。", "name": "承継 太郎", "address": "東京都千代田区"}


def entered(people: People, by: str, case: str, entry: str, of: str, **more: Any) -> httpx2.Response:
    """An entry on the case as this person sees it."""
    tag = people[by].ask("GET", f"/filings/{case}").headers.get("etag", '"1"')
    said = {"entry": entry, "person": str(people[of].id), "reason": "届出による。", **more}
    return people[by].ask("POST", f"/filings/{case}/parties", headers={"if-match": tag}, json=said)


def attorney(people: People, case: str, by: str = "sato", **more: Any) -> httpx2.Response:
    return entered(people, by, case, "appoint_attorney", "yamada", represents=str(people["sato"].id), **more)


def moved(people: People, by: str, case: str, version: int, **said: Any) -> httpx2.Response:
    path, tag = f"/filings/{case}/transfer-right", {"if-match": f'"{version}"'}
    return people[by].ask("POST", path, headers=tag, json={**SAID, **said})


def transferred(people: People, case: str, by: str = "kato", **more: Any) -> httpx2.Response:
    version = look(people, by, case)["version"]
    ids = {"predecessor": str(people["sato"].id), "successor": str(people["yamada"].id)}
    return moved(people, by, case, version, **ids, **more)


def addressees(people: People, case: str, by: str = "suzuki") -> list[str]:
    return list(people[by].get(f"/filings/{case}/parties")["addressees"])


def test_an_attorney_reads_and_acts_as_his_principal_until_his_power_ends(people: People) -> None:  # Patent Act 9, 12
    case = filed(people)
    assert people["yamada"].status(f"/filings/{case}") == 404
    assert attorney(people, case).status_code == 201
    assert people["yamada"].part(case, "claims") == people["sato"].part(case, "claims")
    assert look(people, "yamada", case) == look(people, "sato", case)
    assert (
        tried(people, "yamada", case, "request_non_sending_notice", look(people, "yamada", case)["version"]).status_code
        == 200
    )
    assert entered(people, "sato", case, "end_attorney", "yamada").status_code == 201
    assert people["yamada"].status(f"/filings/{case}") == 404
    assert people["sato"].status(f"/filings/{case}") == 200


def test_an_attorney_gives_a_filing_up_by_express_power_alone(people: People) -> None:  # Patent Act 9
    case = filed(people)
    attorney(people, case)
    version = look(people, "yamada", case)["version"]
    assert tried(people, "yamada", case, "withdraw", version, reason="x").json()["name"] == "not-permitted"
    assert attorney(people, case, express=True).status_code == 201
    assert tried(people, "yamada", case, "withdraw", version, reason="x").status_code == 200


def test_a_power_holds_from_its_first_day_to_its_last(people: People) -> None:
    case, day = filed(people), clock.today()
    assert attorney(people, case, **{"from": (day + timedelta(days=1)).isoformat()}).status_code == 201
    assert people["yamada"].status(f"/filings/{case}") == 404
    past = {"from": (day - timedelta(days=9)).isoformat(), "until": (day - timedelta(days=1)).isoformat()}
    assert attorney(people, case, **past).status_code == 201
    assert people["yamada"].status(f"/filings/{case}") == 404
    assert attorney(people, case, until=day.isoformat()).status_code == 201
    assert people["yamada"].status(f"/filings/{case}") == 200


def test_nobody_is_attorney_by_his_own_hand_nor_says_who_else_is(people: People) -> None:
    case = filed(people)
    assert attorney(people, case, by="yamada").status_code == 404
    attorney(people, case)
    again = entered(people, "yamada", case, "appoint_attorney", "kato", represents=str(people["sato"].id))
    assert (again.status_code, again.json()["name"]) == (403, "not-permitted")
    assert entered(people, "suzuki", case, "end_attorney", "yamada").status_code == 403


def test_a_right_moves_with_its_transfer_and_not_before(people: People) -> None:  # Patent Act 34(4), ESPA 66(8)
    case = filed(people)
    assert people["yamada"].status(f"/filings/{case}") == 404
    assert transferred(people, case).status_code == 200
    assert people["sato"].status(f"/filings/{case}") == 404
    assert people["yamada"].part(case, "claims")
    assert look(people, "yamada", case)["events"][-1]["step"] == "transfer_right"
    assert addressees(people, case) == [str(people["yamada"].id)]


def test_with_the_right_the_powers_given_by_the_predecessor_end(people: People) -> None:
    case = filed(people)
    entered(people, "kato", case, "join", "yamada")
    other = {"represents": str(people["sato"].id)}
    assert entered(people, "kato", case, "appoint_attorney", "ito", **other).status_code == 201
    assert transferred(people, case).status_code == 200
    works = {(p["person"], p["work"]) for p in people["kato"].get(f"/filings/{case}/parties")["parties"]}
    assert works == {(str(people["yamada"].id), "applicant")}


def test_a_transfer_is_the_clerks_to_enter(people: People) -> None:
    case = filed(people)
    for name in ("suzuki", "sato"):
        assert transferred(people, case, by=name).json()["name"] == "not-permitted"
    assert people["sato"].status(f"/filings/{case}") == 200


def test_a_refused_transfer_leaves_everybody_where_he_was(people: People) -> None:
    case = filed(people)
    ids = {"predecessor": str(people["sato"].id), "successor": str(people["yamada"].id)}
    assert moved(people, "kato", case, 99, **ids).status_code == 412
    assert (people["sato"].status(f"/filings/{case}"), people["yamada"].status(f"/filings/{case}")) == (200, 404)


def test_a_transfer_is_not_taken_back_by_a_correction(people: People) -> None:
    case = filed(people)
    transferred(people, case)
    event = look(people, "kato", case)["events"][-1]["id"]
    version = look(people, "kato", case)["version"]
    said = tried(people, "kato", case, "correct", version, event=event, annuls=True, reason="x")
    assert said.json()["name"] == "not-correctable"


def test_the_patent_office_tells_the_prime_minister_of_a_transfer_after_sending(people: People) -> None:  # 66(8)
    case = filed(people)
    transferred(people, case)
    version = look(people, "suzuki", case)["version"]
    assert (
        tried(people, "suzuki", case, "notify_pm_of_transfer", version, reason="x").json()["name"] == "step-not-lawful"
    )
    case = sent(people)
    nothing = tried(
        people, "suzuki", case, "notify_pm_of_transfer", look(people, "suzuki", case)["version"], reason="x"
    )
    assert nothing.json()["name"] == "transfer-after-sending-not-told"
    transferred(people, case)
    people["suzuki"].act(case, "notify_pm_of_transfer", reason="承継の届出があった。")
    seen = look(people, "suzuki", case)["events"][-1]
    assert (seen["document"], seen["basis"]) == ("NTC-66-8", "ESPA 66(8)")
    assert "notify_pm_of_transfer" not in [e["step"] for e in look(people, "yamada", case)["events"]]


def test_the_patent_office_tells_the_prime_minister_of_a_withdrawal_after_sending(people: People) -> None:  # 66(8)
    case = sent(people)
    people["sato"].act(case, "withdraw", reason="取り下げる。")
    assert look(people, "suzuki", case)["events"][-1]["document"] is None
    people["suzuki"].act(case, "notify_pm_of_exit", reason="取下げがあった。")
    again = tried(people, "suzuki", case, "notify_pm_of_exit", look(people, "suzuki", case)["version"], reason="x")
    assert again.json()["name"] == "exit-after-sending-not-told"


def test_the_right_in_a_designated_case_moves_by_no_hand_without_a_clearance(people: People) -> None:  # 70(5), 75
    case = designated(people)
    said = transferred(people, case)
    assert (said.status_code, said.json()["name"]) == (403, "not-permitted")
    assert people["sato"].status(f"/filings/{case}") == 200


def test_a_notice_goes_to_each_party_or_his_attorney_or_to_the_common_representative(people: People) -> None:  # 14
    case = filed(people)
    sato, yamada, ito = (str(people[n].id) for n in ("sato", "yamada", "ito"))
    assert addressees(people, case) == [sato]
    entered(people, "kato", case, "join", "yamada")
    assert addressees(people, case) == sorted([sato, yamada])
    entered(people, "sato", case, "appoint_attorney", "ito", represents=sato)
    assert addressees(people, case) == sorted([ito, yamada])
    assert entered(people, "kato", case, "name_representative", "yamada").status_code == 201
    assert addressees(people, case) == [yamada]
    assert entered(people, "kato", case, "name_representative", "sato", replaces=yamada).status_code == 201
    assert addressees(people, case) == [sato]
    assert entered(people, "kato", case, "end_representative", "sato").status_code == 201
    assert addressees(people, case) == sorted([ito, yamada])


@pytest.mark.parametrize("name", ["yamada", "nakamura"])
def test_a_stranger_is_told_of_no_party(people: People, name: str) -> None:
    case = filed(people)
    assert people[name].status(f"/filings/{case}/parties") == 404


def test_a_name_is_in_the_sealed_paper_alone(people: People) -> None:
    case = filed(people)
    part = attorney(people, case, name="山田 花子", address="大阪市").json()["part"]
    assert people["kato"].get(f"/filings/{case}/parts/{part}")["content"]["name"] == "山田 花子"
    assert "山田" not in str(people["kato"].get(f"/filings/{case}/parties"))
