"""What is asked of the service under attack: contents, lists, acts of every kind, exports, and what is to be refused."""

import random
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

from tests.attacks.histories_draw import body, hand
from tests.attacks.histories_words import ACTS, ROWS
from tests.attacks.no_record_scene import FORM, Ask, Scene
from tests.keyholder.world import ID


def act(scene: Scene, rng: random.Random, *, right: bool, only: str | None = None) -> Ask:
    """An act on the case where it stands: a lawful one of whose act it is, or one that is to be refused. only: this act."""
    case = scene.stands
    assert case is not None
    lawful = [r.act for r in ROWS if r.source == case.state] or list(ACTS)
    name = only or rng.choice(lawful if right or rng.random() < 0.7 else ACTS)
    who = hand(rng, name)
    if not right and rng.random() < 0.6:
        who = rng.choice(("yamada", "nakamura", "", "?", "ito", "sato"))
    version = case.told()[0] if who == "sato" else case.version
    if not right and rng.random() < 0.4:
        version += 1
    path = f"/filings/{scene.case}/{name.replace('_', '-')}"
    said = body(rng, name, case.today, right=True)
    return Ask(f"act {name} in {case.state}", who, "POST", path, said, headers=(("if-match", f'"{version}"'),))


def get(what: str, name: str, path: str, reads: int = 0) -> Callable[[Scene], Ask]:
    def made(scene: Scene) -> Ask:
        laid = f"/filings/{scene.case}"
        filled = path.replace("OWN", scene.own).replace("LAID", laid).replace("PART", scene.parts[-1])
        return Ask(what, name, "GET", filled.replace("CASE", str(scene.case)), reads=reads)

    return made


def _file(scene: Scene) -> Ask:
    headers = {**FORM, "idempotency-key": uuid4().hex}
    return Ask("act: file", "sato", "POST", "/filings", body=scene.filing, headers=tuple(headers.items()))


def _read_back(scene: Scene) -> Ask:
    return Ask("read back", "sato", "POST", "/filings/read-back", body=scene.paper, headers=tuple(FORM.items()))


def _attest(name: str, what: str) -> Callable[[Scene], Ask]:
    def made(scene: Scene) -> Ask:
        fact = {
            "kind": "assignment", "person": str(ID["endo"]), "case": str(scene.case), "values": {"work": "review"},
        }  # fmt: skip
        return Ask(what, name, "POST", "/facts", fact, headers=(("idempotency-key", uuid4().hex),))

    return made


def _revoke(name: str, what: str) -> Callable[[Scene], Ask]:
    return lambda scene: Ask(what, name, "DELETE", f"/facts/{scene.hand}")


def _other(method: str, path: str) -> Callable[[Scene], Ask]:
    return lambda scene: Ask(f"{method} {path}", "sato", method, path.replace("OWN", scene.own))


def _export(scene: Scene) -> Ask:
    return Ask("export", "sato", "GET", f"{scene.own}/export", reads=scene.exported)


def _save(path: str, headers: tuple[tuple[str, str], ...] = ()) -> Callable[[Scene], Ask]:
    said = {"form": "filing", "said": {"title": "y"}}

    def made(scene: Scene) -> Ask:
        filled = path.replace("SPARE", scene.spare).replace("NEW", f"/drafts/{uuid4()}")
        return Ask(f"act: save {path}", "sato", "PUT", filled, said, headers=headers)

    return made


def _drop(scene: Scene) -> Ask:
    return Ask("act: drop a draft", "sato", "DELETE", scene.spare)


READS: tuple[Callable[[Scene], Ask], ...] = (
    get("part", "sato", "OWN/parts/PART", 1),
    get("part for the examiner", "suzuki", "OWN/parts/PART", 1),
    _export,
    get("records", "nakamura", "/audit/records"),
    lambda scene: Ask("draft", "sato", "GET", scene.draft),
    get("table of records", "nakamura", "/audit/bundle?format=jsonl"),
    _read_back,
)
LISTS: tuple[Callable[[Scene], Ask], ...] = (
    get("list", "sato", "/filings"),
    get("case", "sato", "OWN"),
    get("drafts", "sato", "/drafts"),
    get("laid case", "kobayashi", "LAID"),
    get("workbench", "suzuki", "LAID/workbench"),
    get("hands", "watanabe", "/facts?case=CASE"),
    get("log", "nakamura", "/audit/log"),
    get("receipt", "sato", "OWN/receipt", 1),
    get("contract", "", "/openapi.json"),
)
DENIALS: tuple[Callable[[Scene], Ask], ...] = (
    get("part denied", "yamada", "OWN/parts/PART"),
    get("part denied to nobody", "", "OWN/parts/PART"),
    get("part under a bad token", "?", "OWN/parts/PART"),
    get("part denied to the head", "yamamoto", "OWN/parts/PART"),
    get("export denied", "yamada", "OWN/export"),
    get("case denied", "yamada", "OWN"),
    get("records denied", "sato", "/audit/records"),
    get("nowhere", "sato", "/nowhere"),
    _attest("sato", "attest denied"),
    _revoke("yamada", "revoke denied"),
    lambda scene: Ask("draft of another", "yamada", "GET", scene.draft),
    _other("PUT", "/filings"),
    _other("HEAD", "OWN"),
    _other("OPTIONS", "OWN"),
)
CHANGING: tuple[Callable[[Scene], Ask], ...] = (
    _file,
    _attest("watanabe", "act: attest"),
    _revoke("watanabe", "revoke"),
    _save("NEW"),
    _save("SPARE", (("if-match", '"1"'),)),
    _drop,
)


def draw(scene: Scene, rng: random.Random) -> list[Ask]:
    """What is asked at once: one request that may change something at most, and now and then readers beside it."""
    chance = rng.random()
    if chance < 0.4:
        first = act(scene, rng, right=rng.random() < 0.75)
    elif chance < 0.55:
        first = rng.choice(CHANGING)(scene)
    else:
        first = rng.choice(rng.choice((READS, READS, LISTS, DENIALS)))(scene)
    beside = [rng.choice((*READS, *LISTS, *DENIALS)) for _ in range(rng.choice((0, 0, 0, 0, 1, 3)))]
    return [first, *(ask(scene) for ask in beside)]


# One of each, for planted faults


def part(scene: Scene, rng: random.Random) -> Ask:
    return READS[0](scene)


def listed(scene: Scene, rng: random.Random) -> Ask:
    return LISTS[0](scene)


def one_case(scene: Scene, rng: random.Random) -> Ask:
    return LISTS[1](scene)


def denied(scene: Scene, rng: random.Random) -> Ask:
    return DENIALS[0](scene)


def of_nobody(scene: Scene, rng: random.Random) -> Ask:
    return DENIALS[1](scene)


def attested(scene: Scene, rng: random.Random) -> Ask:
    return CHANGING[1](scene)


def revoked(scene: Scene, rng: random.Random) -> Ask:
    return CHANGING[2](scene)


def acted(scene: Scene, rng: random.Random) -> Ask:
    return act(scene, rng, right=True)


def refused(scene: Scene, rng: random.Random) -> Ask:
    return replace(act(scene, rng, right=True), name="yamada")


def designated(scene: Scene, rng: random.Random) -> Ask:
    return act(scene, rng, right=True, only="designate")
