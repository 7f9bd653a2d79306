"""An act rests on a decision about the case as it stands: where it moved between the two, it is decided anew."""

import random
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from service.embedded import Server
from service.keyholder.answers import Caller, Decision
from tests.attacks.histories_draw import past
from tests.attacks.histories_tables import Ground, today
from tests.attacks.inside import Reply, a_service

DESIGNATE = {"reason": "x", "inventions": [{"claim": 1}], "until": today().isoformat()}


@pytest.fixture
async def ground(postgres: Server, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    async with a_service(postgres, tmp_path_factory.mktemp("moved"), template) as service:
        yield Ground(service)


async def raced(ground: Ground, monkeypatch: pytest.MonkeyPatch, name: str, *, times: int = 1) -> tuple[Reply, int]:
    """What `name` is answered who designates, where an act of another comes between his decision and his act.

    times: so often; and how often it did not come to it any more.
    """
    case, filing = uuid4(), past(random.Random(3), today(), "DOCS_FILED")
    await ground.lay(case, filing)
    keyholder, left = ground.service.house.desk._keyholder, [times]
    true = keyholder.decide

    async def ask(who: str, act: str, version: int, said: dict[str, Any]) -> Reply:
        path = f"/filings/{case}/{act}"
        return await ground.service.ask(who, "POST", path, said=said, headers={"if-match": f'"{version}"'})

    async def decide(caller: Caller, *asks: Any, **more: Any) -> Decision:
        decision = await true(caller, *asks, **more)
        if left[0] and asks[0][0] == "designate":
            left[0] -= 1
            begun, act = (
                filing.version + times - 1 - left[0],
                "designate" if times == 1 else "sending-notice-dispatched",
            )
            monkeypatch.setattr(keyholder, "decide", true)
            first = await ask(
                "kobayashi" if times == 1 else "suzuki", act, begun, DESIGNATE if times == 1 else {"reason": "x"}
            )
            monkeypatch.setattr(keyholder, "decide", decide)
            assert first.status == 200, first.body
        return decision

    monkeypatch.setattr(keyholder, "decide", decide)
    answer = await ask(name, "designate", filing.version, DESIGNATE)
    return answer, left[0]


@pytest.mark.parametrize(
    ("name", "status", "refusal"), [("okada", 403, "not-permitted"), ("kobayashi", 412, "case-moved-on")]
)
async def test_who_lost_the_right_to_act_is_refused_as_one_who_has_none(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, name: str, status: int, refusal: str
) -> None:
    """Okada is not cleared: once the case is designated he is told what he would be told a moment later."""
    answer, _ = await raced(ground, monkeypatch, name)
    assert (answer.status, answer.json()["name"]) == (status, refusal)
    (record,) = [r for r in await ground.service.records() if r["request"] == answer.request]
    assert (record["outcome"], record["status"], record["reason"]) == ("refused", status, refusal)


async def test_a_case_that_moves_at_each_decision_is_given_up(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, left = await raced(ground, monkeypatch, "kobayashi", times=10)
    assert (answer.status, answer.json()["name"], left) == (412, "case-moved-on", 6)
