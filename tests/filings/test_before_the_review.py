"""What the Prime Minister's reviewers have of an application: nothing until he is sent it or told of it, then what was filed."""

from service.demo.client import Person
from tests.web.filed import assign, filed, paper, sent

People = dict[str, Person]
FILED = {"title", "claims", "source.1"}
"""Of the small filing: what the applicant wrote, and his document as it came."""


def opened(people: People, case: str, name: str) -> set[str]:
    """The documents of the filing that a person opens."""
    parts = people[name].get(f"/filings/{case}")["parts"]
    return {p["document"] for p in parts if people[name].status(f"/filings/{case}/parts/{p['id']}") == 200}


def test_what_was_filed_is_before_the_reviewers_once_it_is_sent_and_not_before(
    people: People,
) -> None:  # 66(1); CAO-METI Order 1(1)
    case = filed(people)
    for name in ("tanaka", "ito", "kobayashi", "watanabe"):
        assert people[name].status(f"/filings/{case}") == 404
    sent(people, case)
    assign(people, case, "tanaka")
    assert opened(people, case, "tanaka") >= FILED


def test_an_international_application_is_before_the_reviewers_once_the_prime_minister_is_told_of_it(
    people: People,
) -> None:  # 66(5), 78(4)
    case = str(people["sato"].file(paper(), application="pct-national").json()["case"])
    assert {people[name].status(f"/filings/{case}") for name in ("tanaka", "ito", "kobayashi", "watanabe")} == {404}
    people["suzuki"].act(case, "tell_pm_of_pct_hit", reason="該当する。")
    assert {people[name].status(f"/filings/{case}") for name in ("kobayashi", "watanabe")} == {200}
    assign(people, case, "tanaka")
    assert opened(people, case, "tanaka") >= FILED
    people["suzuki"].act(case, "tell_pm_of_pct_hit", reason="補充する。")  # told again: nobody is on it twice
    hands = people["watanabe"].get("/facts", case=case)
    assert sorted(h["work"] for h in hands if h["person"] == str(people["kobayashi"].id)) == ["decision"]
