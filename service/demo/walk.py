"""The walk: one real way through the whole house, on the service's own HTTP, as its people would do it.

Files documents, screens and decides them, takes one application through review, designation, extension, lifting and the end notice, lets
the right person read it and refuses the others, exports the access log and verifies it offline. Every step that does not hold is told.
"""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from service import clock
from service.audit import verify
from service.demo.client import Person
from service.demo.confirm import confirm
from service.demo.notices import receive
from service.intake.parts import group
from service.law import limits

Say = Callable[[str], None]
START_DAYS = {"foreign-language": "translation_filed", "divisional": "divided", "converted": "converted"}
"""What the clerk records before the sending period of such an application runs (66(4))."""
PATIENCE = 60.0
"""Seconds the walk waits for the worker (a lapse, the log) before it says that nothing came."""


@dataclass
class Filed:
    """One filed application."""

    name: str
    case: str
    format: str
    outcome: str = ""
    application: str = "ordinary"
    state: str = ""


@dataclass
class Result:
    """What the walk saw. filed: the documents given; besides: what the walk filed to show what they did not."""

    filed: list[Filed] = field(default_factory=list)
    besides: list[Filed] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    read_allowed: int = 0
    read_refused: int = 0
    notices: int = 0
    designated: int = 0
    confirmed: list[str] = field(default_factory=list)
    records: int = 0
    faults: list[str] = field(default_factory=list)

    def held(self, what: str, holds: bool) -> None:
        """Note a step that did not hold."""
        if not holds:
            self.faults.append(what)


class Walk:
    """The people, the documents, and what came of it."""

    def __init__(self, people: Mapping[str, Person], folder: Path, say: Say) -> None:
        self._people, self._folder, self._say = people, folder, say
        self.result = Result()

    def documents(self) -> list[tuple[str, dict[str, bytes]]]:
        """The folder's (or file's) documents, one entry for each application: a name, and its files."""
        paths = (
            [self._folder]
            if self._folder.is_file()
            else sorted(p for p in self._folder.rglob("*") if p.is_file() and p.suffix != ".md")
        )
        by_name = {
            str(p.relative_to(self._folder.parent if self._folder.is_file() else self._folder)): p for p in paths
        }
        return [(names[0], {n: by_name[n].read_bytes() for n in names}) for names in group(by_name)]

    def file(self, documents: Sequence[tuple[str, dict[str, bytes]]], step: Callable[[], None]) -> None:
        """The applicant files each application."""
        for name, files in documents:
            answer = self._people["sato"].file({Path(n).name: data for n, data in files.items()})
            if answer.status_code == 201:
                said = answer.json()
                self.result.filed.append(
                    Filed(name, said["case"], said["format"], application=said["application"], state=said["state"])
                )
            elif answer.status_code in (413, 422):
                self.result.refused.append((name, answer.json()["name"]))
            else:
                self.result.faults.append(f"filing {name}: {answer.status_code}")
            step()

    def screen(self, step: Callable[[], None]) -> None:
        """The screening examiner reads each result and decides: not to send, or to send."""
        examiner = self._people["suzuki"]
        for filed in self.result.filed:
            filed.outcome = "out_of_scope"
            if filed.state == "PRIMARY_REVIEW":
                if start := START_DAYS.get(filed.application):
                    self._people["kato"].act(filed.case, start)
                said = examiner.part(filed.case, "screening")
                filed.outcome = said["outcome"]
                filed.state = self._decide(examiner, filed, [i["item"] for i in said["items"]])
            step()

    def _decide(self, examiner: Person, filed: Filed, items: list[int]) -> str:
        """One officer's decision on one application: what the rule suggests, and a person for everything it cannot say."""
        if filed.outcome == "hit":
            done = examiner.act(
                filed.case,
                "send",
                reason="号の全部に該当する。The item is met whole.",
                inventions=[{"claim": 1, "item": n, "additional": "a", "content": "yes"} for n in items],
            )
        elif filed.outcome == "none":
            done = examiner.act(filed.case, "judge_not_to_send", reason="特定技術分野に該当しない。No item is met.")
        elif filed.outcome == "hit_if":
            examiner.act(
                filed.case, "ask_documents", reason="付加要件について説明を求める。Explain the additional requirement."
            )
            self._people["sato"].act(
                filed.case, "answer_demand", reason="防衛の用途ではない。Not for defence; no State funds."
            )
            done = examiner.act(
                filed.case, "judge_not_to_send", reason="付加要件に該当しない。No additional requirement is met."
            )
        else:
            done = examiner.act(
                filed.case,
                "judge_not_to_send",
                reason="分類を確認し該当なしと判断した。Classified by hand; no item is met.",
            )
        state: str = done["state"]
        return state

    def lapse(self) -> None:
        """A paper filing of four months ago: the period passes unsent, and the worker raises the lapse (66(7))."""
        kato = self._people["kato"]
        text = (
            "【書類名】特許願\n【整理番号】DEMO-PAPER-1\n【あて先】特許庁長官殿\n【発明の名称】紙の留め具\n"
            "【特許請求の範囲】\n【請求項１】\n紙を留める留め具。\n"
        )
        answer = kato.file(
            {"paper.txt": text.encode()},
            happened_on=(clock.today() - timedelta(weeks=17)).isoformat(),
            date_reason="紙で受け付け、本日入力した。Received on paper, entered today.",
            party=str(self._people["sato"].id),
        )
        if answer.status_code != 201:
            self.result.faults.append(f"paper filing: {answer.status_code}")
            return
        case = answer.json()["case"]
        filed = Filed("(paper filing)", case, "jp-text", outcome="unclassified")
        self.result.besides.append(filed)
        lapsed = self._wait(lambda: kato.get(f"/filings/{case}")["state"] == "UNSENT_LAPSED")
        self.result.held("lapse after three months (66(7))", lapsed)
        filed.state = kato.get(f"/filings/{case}")["state"]

    def requested(self, documents: Sequence[tuple[str, dict[str, bytes]]]) -> Filed | None:
        """Where no document was a hit: one of them filed with the applicant's own request (66(2)), which needs no field."""
        for name, files in documents:
            said = {
                "request_review": "公開により国家の安全を損なうおそれがある。Publication could harm national safety."
            }
            answer = self._people["sato"].file({Path(n).name: data for n, data in files.items()}, **said)
            if answer.status_code == 201 and answer.json()["state"] == "PRIMARY_REVIEW":
                filed = Filed(f"{name} (66(2))", answer.json()["case"], answer.json()["format"], "requested")
                self.result.besides.append(filed)
                filed.state = self._people["suzuki"].act(
                    filed.case, "send", reason="出願人の申出。The applicant's request."
                )["state"]
                return filed
        return None

    def designate(self, filed: Filed) -> None:
        """One application through every state: review, pre-designation notice, document, correction, designation."""
        p, case = self._people, filed.case
        today = clock.today()
        p["suzuki"].act(case, "sending_notice_dispatched")
        self._assign_both(case)
        p["tanaka"].act(case, "receive")
        p["tanaka"].act(case, "hear_applicant", reason="意見を聴いた。Heard in writing.")
        p["tanaka"].act(
            case,
            "give_pre_notice",
            reason="保全が適当と考えられる。Preservation appears appropriate.",
            inventions=[{"claim": 1, "passage": "0010"}],
        )
        p["tanaka"].act(case, "pre_notice_received")
        p["sato"].act(case, "file_document", reason="情報管理状況を提出する。Management status as required.")
        p["tanaka"].act(case, "ask_correction", reason="事業者の記載を補充すること。Add the businesses.")
        p["sato"].act(case, "correct_document", reason="補充した。Added.")
        last = limits.due("designation", today).due
        said = {
            "reason": "外部からの行為による被害を防ぐため。To prevent outside acts.",
            "inventions": [{"claim": 1, "passage": "0010"}],
            "compartment": "a",
        }
        done = p["kobayashi"].act(case, "designate", until=(last - timedelta(days=30)).isoformat(), **said)
        self.result.held("designation (70(1))", done["state"] == "DESIGNATED")
        self.result.designated += 1

    def _assign_both(self, case: str) -> None:
        """The head of the review unit adds whom the section's rule did not choose: both reviewers are on it, cleared or not."""
        for name in ("tanaka", "ito"):
            fact = {
                "kind": "assignment",
                "person": str(self._people[name].id),
                "case": case,
                "values": {"work": "review"},
            }
            answer = self._people["watanabe"].ask("POST", "/facts", json=fact)
            self.result.held(f"{name} is assigned: {answer.status_code}", answer.status_code == 201)

    def read(self, filed: Filed) -> None:
        """The cleared, assigned reviewer reads; the uncleared one and the stranger do not."""
        reader = self._people["tanaka"]
        parts = [
            p
            for p in reader.get(f"/filings/{filed.case}")["parts"]
            if p["document"] in ("title", "claims", "description")
        ]
        for part in parts:
            path = f"/filings/{filed.case}/parts/{part['id']}"
            shown = reader.get(path)
            self.result.held("the mark stands with the content", shown["mark"]["ja"] == "保全対象発明")
            self.result.read_allowed += 1
            for name, status in (("ito", 403), ("yamada", 404), ("nakamura", 404), ("yamamoto", 404)):
                got = self._people[name].status(path)
                self.result.held(f"{name} reads a designated part: {got}, not {status}", got == status)
                self.result.read_refused += got == status
        left = self._people["sato"].ask("POST", f"/filings/{filed.case}/withdraw", headers={"if-match": '"1"'}, json={})
        self.result.held("no exit while designated (Art. 72)", left.status_code in (409, 412))

    def release(self, filed: Filed) -> None:
        """Extension, lifting, the notice that ends everything; the applicant's part opens under its new label."""
        p, case = self._people, filed.case
        p["tanaka"].act(case, "hear_applicant", reason="延長について意見を聴いた。Heard on the extension.")
        p["kobayashi"].act(
            case,
            "extend",
            reason="必要が続く。Still needed.",
            until=limits.due("designation", clock.today()).due.isoformat(),
        )
        p["kobayashi"].act(case, "lift", reason="必要がなくなった。No longer needed.")
        filed.state = p["kobayashi"].act(case, "notify_end", reason="解除を通知する。End notice.")["state"]
        self.result.notices += receive(p["sato"], p["tanaka"], case, self.result.held)
        self.result.held("end notice (77(2))", filed.state == "RELEASED")
        self.result.held("the applicant reads his released part", bool(p["sato"].part(case, "title")))

    def confirm(self) -> None:
        """One prior confirmation from its request to its answer (79)."""
        self.result.confirmed.append(confirm(self._people, self.result.held))

    def export(self, bundle: Path, key: Path) -> None:
        """The auditor exports the whole log and verifies it offline, with the stand-alone verifier."""
        auditor = self._people["nakamura"]
        asked: dict[str, Any] = auditor.get("/audit/log")
        self._wait(lambda: auditor.get("/audit/log")["size"] > asked["records"])
        key.write_text(auditor.get("/audit/log")["key"])
        auditor.download("/audit/bundle", bundle)
        ran = subprocess.run(
            [sys.executable, "-I", str(Path(verify.__file__)), str(bundle), "--key", str(key)],
            capture_output=True,
            text=True,
            check=False,
        )
        self._say(ran.stdout.strip())
        self.result.held(f"the bundle verifies offline: {ran.stdout} {ran.stderr}", ran.returncode == 0)
        with bundle.open("rb") as lines:
            self.result.records = sum(line.startswith(b'{"action"') for line in lines)

    def counts(self) -> dict[str, Any]:
        """The summary of `--json`."""
        r = self.result
        return {
            "ok": not r.faults,
            "filed": len(r.filed),
            "by_format": dict(Counter(f.format for f in r.filed)),
            "outcomes": dict(Counter(f.outcome for f in r.filed)),
            "designated": r.designated,
            "confirmed": len(r.confirmed),
            "notices": r.notices,
            "read_allowed": r.read_allowed,
            "read_refused": r.read_refused,
            "records": r.records,
        }

    def _wait(self, holds: Callable[[], bool]) -> bool:
        """Ask again until it holds; False when it did not within PATIENCE."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if holds():
                return True
            time.sleep(0.2)
        return False
