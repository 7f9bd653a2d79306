"""Clients that file, act and read for real over HTTP, and go on through every kill: they repeat what was not answered, with the same key.

What a client does after a lost answer is what a careful program outside would do: file again with the same idempotency key; read the case
again before acting again.
"""

import asyncio
import base64
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2

from service import clock
from service.demo.issuer import Issuer
from service.demo.people import BY_NAME
from service.demo.run import Demo
from service.law import limits
from tests.crash.journal import Answer, Done, Filing, Journal

TEXT = (
    "【書類名】特許願\n【整理番号】{marker}\n【あて先】特許庁長官殿\n【発明の名称】試験用の留め具{marker}\n"
    "【特許請求の範囲】\n【請求項１】\n紙を留める留め具。\n"
)
LATER = (401, 503)
"""Statuses after which the same is asked again (401: the token's age ran out while waiting)."""
PAUSE = 0.3
"""Seconds before the same is asked again."""
TOKEN_AGE = 100.0


class Load:
    """Twenty clients of one demo, their journal, and the sign to stop."""

    def __init__(self, demo: Demo, seed: int) -> None:
        self.demo, self.journal, self.stopping = demo, Journal(), False
        self._issuer = Issuer.open(demo.folder, demo.issuer)
        self._seed = seed

    def clients(self) -> list["Client"]:
        """Eight who file and decide quickly, eight who go the whole road, four who read what others filed."""
        roles = ["quick"] * 8 + ["road"] * 8 + ["reader"] * 4
        return [Client(self, role, random.Random(f"{self._seed}-{n}")) for n, role in enumerate(roles)]

    def token(self, person: str) -> str:
        return self._issuer.token(person)


class Client:
    """One client; `run` ends after `load.stopping`, never in the middle of a filing."""

    def __init__(self, load: Load, role: str, chance: random.Random) -> None:
        self._load, self._journal, self._chance = load, load.journal, chance
        self._role = role
        self._tokens: dict[str, tuple[str, float]] = {}
        self.http: httpx2.AsyncClient

    async def run(self) -> None:
        """Do the same again until told to stop."""
        limit = httpx2.Timeout(20)
        async with httpx2.AsyncClient(base_url=self._load.demo.address, timeout=limit) as self.http:
            while not self._load.stopping:
                await getattr(self, f"_{self._role}")()

    async def _quick(self) -> None:
        filing = await self.file(requested=False)
        await self._read_own(filing)
        if self._chance.random() < 0.5:
            await self.act(filing, "sato", "withdraw")
        else:
            await self.act(filing, "suzuki", "judge_not_to_send", reason=f"該当しない {filing.marker}")

    async def _road(self) -> None:
        """Through review and designation to the end notice: two relabellings on the way."""
        filing = await self.file(requested=True)
        reason = {"reason": f"理由 {filing.marker}"}
        inventions = {**reason, "inventions": [{"claim": 1}]}
        last = limits.due("designation", clock.today()).due - timedelta(days=30)
        steps: list[tuple[str, str, Mapping[str, Any]]] = [
            ("suzuki", "send", reason),
            ("suzuki", "sending_notice_dispatched", {}),
            ("watanabe", "", {}),
            ("tanaka", "receive", {}),
            ("tanaka", "hear_applicant", reason),
            ("tanaka", "give_pre_notice", inventions),
            ("tanaka", "pre_notice_received", {}),
            ("sato", "file_document", reason),
            ("kobayashi", "designate", {**inventions, "until": last.isoformat(), "compartment": "a"}),
            ("tanaka", "read", {}),
            ("kobayashi", "lift", reason),
            ("kobayashi", "notify_end", reason),
        ]
        for person, step, said in steps:
            if self._load.stopping:
                return
            if step == "":
                await self._assign(person, filing)
            elif step == "read":
                await self._read_title(person, filing)
            else:
                await self.act(filing, person, step, **said)
        await self._read_own(filing)

    async def _reader(self) -> None:
        """Who may reads, who may not is refused, the auditor looks on."""
        if not self._journal.filings:
            await asyncio.sleep(PAUSE)
            return
        filing = self._chance.choice(self._journal.filings)
        choice = self._chance.random()
        if choice < 0.5:
            await self._read_title("sato", filing)
        elif choice < 0.8:
            answer = await self.ask("yamada", "GET", f"/filings/{filing.case}")
            self._expect(answer, 404, "a stranger's case")
        else:
            answer = await self.ask("nakamura", "GET", "/audit/records", params={"limit": 5})
            self._expect(answer, 200, "records")

    async def file(self, *, requested: bool) -> Filing:
        """File one application, again and again with the same key until it is acknowledged."""
        key, marker, began = (
            uuid4().hex,
            uuid4().hex[:12].translate(str.maketrans("0123456789", "ghijklmnop")),
            time.monotonic(),
        )
        files = [("files", ("filing.txt", TEXT.format(marker=marker).encode(), "text/plain"))]
        form = {"request_review": f"申出 {marker}"} if requested else {}
        self._journal.keys.add(key)
        told = await self.ask("sato", "POST", "/filings/read-back", files=files)
        self._expect(told, 200, "read-back")
        form["read_back"] = told.json()["digest"]
        answer = await self.ask("sato", "POST", "/filings", headers={"idempotency-key": key}, files=files, data=form)
        self._expect(answer, 201, "filing")
        case, request = UUID(answer.json()["case"]), UUID(answer.headers["request-id"])
        filing = Filing("sato", key, case, marker, requested, request, began)
        self._journal.filings.append(filing)
        if self._chance.random() < 0.1:  # a client that never saw its answer asks once more
            again = await self.ask("sato", "POST", "/filings", headers={"idempotency-key": key}, files=files, data=form)
            if UUID(again.json()["case"]) != case:
                self._journal.faults.append(f"two cases for one key: {case}, {again.json()['case']}")
        return filing

    async def act(self, filing: Filing, person: str, name: str, **said: Any) -> None:
        """Do one act once: after a lost answer the case's version says whether it was done."""
        path, tried = f"/filings/{filing.case}", None
        while True:
            tag = (await self.ask(person, "GET", path)).headers.get("etag")
            if tried is not None and tag != tried:
                return  # it was done, and the answer was lost
            sent = await self.once(
                person, "POST", f"{path}/{name.replace('_', '-')}", headers={"if-match": tag or ""}, json=said
            )
            if sent is None or sent.status_code in LATER:
                filing.doubts.append(name)
                tried = tag
                await asyncio.sleep(PAUSE)
                continue
            self._expect(sent, 200, f"{name} by {person}")
            if sent.status_code == 200:
                done = sent.json()
                filing.acts.append(Done(name, UUID(done["event"]), done["version"], UUID(sent.headers["request-id"])))
            return

    async def ask(self, person: str, method: str, path: str, **more: Any) -> httpx2.Response:
        """Ask until there is an answer other than one of LATER."""
        while True:
            answer = await self.once(person, method, path, **more)
            if answer is not None and answer.status_code not in LATER:
                return answer
            self._journal.retried += 1
            await asyncio.sleep(PAUSE)

    async def once(self, person: str, method: str, path: str, **more: Any) -> httpx2.Response | None:
        """Ask once; None when no answer came."""
        headers = {"authorization": f"Bearer {self._token(person)}", **more.pop("headers", {})}
        try:
            answer = await self.http.request(method, path, headers=headers, **more)
        except httpx2.TransportError:
            self._journal.lost += 1
            return None
        part = UUID(path.rsplit("/", 1)[1]) if "/parts/" in path and answer.status_code == 200 else None
        self._journal.answers.append(
            Answer(UUID(answer.headers["request-id"]), answer.status_code, f"{method} {path}", part)
        )
        if answer.status_code == 500:
            self._journal.faults.append(f"500: {method} {path} at {clock.now():%H:%M:%S.%f}")
        return answer

    async def opened(self, filing: Filing, parts: Sequence[Mapping[str, Any]]) -> AsyncIterator[str]:
        """Read these parts as the applicant; what does not open, or is not what was filed. Title and source bear the mark."""
        for part in parts:
            got = await self.ask("sato", "GET", f"/filings/{filing.case}/parts/{part['id']}")
            said = got.json().get("content", "") if got.status_code == 200 else ""
            if part["document"] == "source.1":
                said = base64.b64decode(said).decode()
            if got.status_code != 200 or (part["document"] in ("title", "source.1") and filing.marker not in str(said)):
                yield f"{filing.case} {part['document']}: {got.status_code}, or not what was filed"

    async def _assign(self, person: str, filing: Filing) -> None:
        fact = {
            "kind": "assignment",
            "person": str(BY_NAME["tanaka"].id),
            "case": str(filing.case),
            "values": {"work": "review"},
        }
        answer = await self.ask(person, "POST", "/facts", headers={"idempotency-key": uuid4().hex}, json=fact)
        self._expect(answer, 201, "assignment")
        if answer.status_code == 201:
            self._journal.facts.append(UUID(answer.json()["id"]))

    async def _read_own(self, filing: Filing) -> None:
        await self.ask("sato", "GET", "/filings", params={"limit": 5})
        await self._read_title("sato", filing)

    async def _read_title(self, person: str, filing: Filing) -> None:
        """Read the title; the applicant's content is the one he filed."""
        shown = await self.ask(person, "GET", f"/filings/{filing.case}")
        self._expect(shown, 200, f"{person} sees the case")
        part = next((p["id"] for p in shown.json().get("parts", ()) if p["document"] == "title"), None)
        if part is None:
            return
        content = await self.ask(person, "GET", f"/filings/{filing.case}/parts/{part}")
        if content.status_code == 200 and filing.marker not in str(content.json()["content"]):
            self._journal.faults.append(f"another content: {filing.case}")

    def _expect(self, answer: httpx2.Response, status: int, what: str) -> None:
        if answer.status_code != status:
            self._journal.faults.append(f"{what}: {answer.status_code} {answer.text[:200]}")

    def _token(self, person: str) -> str:
        token, made = self._tokens.get(person, ("", -TOKEN_AGE))
        if time.monotonic() - made > TOKEN_AGE:
            token, made = self._load.token(person), time.monotonic()
            self._tokens[person] = token, made
        return token
