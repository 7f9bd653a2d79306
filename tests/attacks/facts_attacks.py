"""What the owner of the database does to give somebody a right: one function for each move, and who tries what then.

Every move stays in what a superuser with triggers off can write, knowing every row that there ever was, and the public keys.
"""

import os
import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service import clock
from service.keyholder import frames, gathering
from service.keyholder.client import KeyholderRefused
from service.keyholder.facts import Fact, seal_fact
from service.sealing.envelope import Place, seal
from tests.attacks.facts_scene import EXPECTED, Probe, Scene
from tests.keyholder.world import CAST, ID, ISSUER

Attack = Callable[[Scene, random.Random], Awaitable[list[Probe]]]
ATTACKS: dict[str, tuple[Attack, tuple[str, ...]]] = {}
"""name -> (the move, the tables it touches)."""

NAMES = tuple(CAST)


def move(*tables: str) -> Callable[[Attack], Attack]:
    def register(attack: Attack) -> Attack:
        ATTACKS[attack.__name__] = attack, tables
        return attack

    return register


def some(scene: Scene, rng: random.Random, names: tuple[str, ...] = NAMES, most: int = 4) -> list[Probe]:
    """A few probes that the table denies."""
    denied = scene.denied(names)
    return rng.sample(denied, min(most, len(denied)))


def of_case(scene: Scene, rng: random.Random, name: str, case: str, most: int = 3) -> list[Probe]:
    """A few denied probes of one person on one case."""
    denied = [(name, p) for p in scene.cases[case].parts.values() if not scene.may(name, p)]
    return rng.sample(denied, min(most, len(denied)))


async def rows(scene: Scene, where: str = "true", *args: Any) -> list[Any]:
    found: list[Any] = await scene.db.fetch(f"select * from facts where {where} order by id", *args)
    return found


async def insert(scene: Scene, row: Any, **other: Any) -> None:
    said = dict(row) | other
    await scene.db.execute(
        "insert into facts (id, person, case_id, tag, body) values ($1, $2, $3, $4, $5)",
        said["id"], said["person"], said["case_id"], said["tag"], said["body"],
    )  # fmt: skip


def a_case(scene: Scene, rng: random.Random) -> str:
    return rng.choice(sorted(scene.cases))


# Facts: forged


def said_of(kind: str, values: dict[str, Any], epoch: int = 1) -> bytes:
    """What the keyholder seals, as the owner may read in its source."""
    body = frames.pack(
        {"kind": kind, "epoch": epoch, "from": clock.today().toordinal(), "until": None, "values": values}
    )
    return (len(body).to_bytes(4, "big") + body).ljust(256, b"\0")


ONE_FACT_AWAY: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("tanaka", "Z", "compartment", {"name": "b"}),
    ("hara", "X", "compartment", {"name": "a"}),
    ("endo", "X", "clearance", {"level": 1}),
    ("kimura", "X", "clearance", {"level": 1}),
    ("fujita", "X", "post", {"office": "cao", "role": "reviewer"}),
    ("goto", "X", "assignment", {"work": "review"}),
    ("noda", "X", "assignment", {"work": "review"}),
    ("okuda", "X", "assignment", {"work": "review"}),
    ("tanaka", "Y", "assignment", {"work": "review"}),
    ("kobayashi", "Y", "assignment", {"work": "decision"}),
    ("sato", "Z", "assignment", {"work": "applicant"}),
    ("yamada", "X", "assignment", {"work": "applicant"}),
    ("mori", "Z", "grant", {"documents": "title claims screening opinion"}),
)
"""Persons who lack one fact: the owner's best hopes."""
ANYTHING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("assignment", {"work": "review"}),
    ("assignment", {"work": "decision"}),
    ("assignment", {"work": "applicant"}),
    ("post", {"office": "cao", "role": "reviewer"}),
    ("clearance", {"level": 3}),
    ("compartment", {"name": "a"}),
    ("grant", {"documents": "title claims screening opinion"}),
)


def wanted(scene: Scene, rng: random.Random) -> tuple[str, str, str, dict[str, Any], UUID | None]:
    """A person, a case, and one fact that would give him something there."""
    if rng.random() < 0.8:
        name, case, kind, values = rng.choice(ONE_FACT_AWAY)
    else:
        name, case, (kind, values) = rng.choice(NAMES), a_case(scene, rng), rng.choice(ANYTHING)
    return name, case, kind, values, scene.cases[case].id if kind in ("assignment", "grant") else None


@move("facts")
async def forge_with_random_bytes(scene: Scene, rng: random.Random) -> list[Probe]:
    name, case, _, _, case_id = wanted(scene, rng)
    row = {"id": uuid4(), "person": ID[name], "case_id": case_id, "tag": None, "body": os.urandom(284)}
    await insert(scene, row)
    return of_case(scene, rng, name, case)


@move("facts")
async def forge_unsealed(scene: Scene, rng: random.Random) -> list[Probe]:
    name, case, kind, values, case_id = wanted(scene, rng)
    head = rng.choice([b"", bytes(12)])
    row = {"id": uuid4(), "person": ID[name], "case_id": case_id, "tag": None, "body": head + said_of(kind, values)}
    await insert(scene, row)
    return of_case(scene, rng, name, case)


@move("facts")
async def forge_a_whole_reviewer_unsealed(scene: Scene, rng: random.Random) -> list[Probe]:
    name, case = rng.choice(NAMES), a_case(scene, rng)
    facts: list[tuple[str, dict[str, Any], UUID | None]] = [
        ("post", {"office": "cao", "role": "reviewer"}, None), ("clearance", {"level": 1}, None), ("compartment", {"name": "a"}, None),
        ("compartment", {"name": "b"}, None), ("assignment", {"work": "review"}, scene.cases[case].id),
    ]  # fmt: skip
    for kind, values, case_id in facts:
        await insert(
            scene, {"id": uuid4(), "person": ID[name], "case_id": case_id, "tag": None, "body": said_of(kind, values)}
        )
    return of_case(scene, rng, name, case)


@move("facts")
async def forge_under_a_key_of_ones_own(scene: Scene, rng: random.Random) -> list[Probe]:
    name, case, kind, values, case_id = wanted(scene, rng)
    nonce = os.urandom(12)
    body = nonce + AESGCM(os.urandom(32)).encrypt(nonce, said_of(kind, values), b"")
    await insert(scene, {"id": uuid4(), "person": ID[name], "case_id": case_id, "tag": None, "body": body})
    return of_case(scene, rng, name, case)


@move("facts")
async def seal_under_another_root(scene: Scene, rng: random.Random) -> list[Probe]:
    name, case, kind, values, case_id = wanted(scene, rng)
    assert scene.other is not None
    row = seal_fact(scene.other, Fact(uuid4(), ID[name], case_id, kind, 1, clock.today(), None, values))  # type: ignore[arg-type]
    await insert(scene, vars(row))
    return of_case(scene, rng, name, case)


# Facts: altered, copied, moved


@move("facts")
async def flip_bits(scene: Scene, rng: random.Random) -> list[Probe]:
    name = rng.choice(("kimura", "noda", "okuda"))
    row = rng.choice(await rows(scene, "person = $1", ID[name]))
    body = bytearray(row["body"])
    for _ in range(rng.choice([1, 1, 2, 8])):
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
    await scene.db.execute("update facts set body = $2 where id = $1", row["id"], bytes(body))
    return of_case(scene, rng, name, "X")


@move("facts")
async def cut_or_lengthen(scene: Scene, rng: random.Random) -> list[Probe]:
    row = rng.choice(await rows(scene))
    body = rng.choice([row["body"][: rng.randrange(len(row["body"]))], row["body"] + os.urandom(16), b""])
    await scene.db.execute("update facts set body = $2 where id = $1", row["id"], body)
    return some(scene, rng)


@move("facts")
async def swap_two_bodies(scene: Scene, rng: random.Random) -> list[Probe]:
    name = rng.choice(NAMES)
    mine, theirs = rng.choice(await rows(scene, "person = $1", ID[name])), rng.choice(await rows(scene))
    await scene.db.execute("update facts set body = $2 where id = $1", mine["id"], theirs["body"])
    await scene.db.execute("update facts set body = $2 where id = $1", theirs["id"], mine["body"])
    return some(scene, rng, (name,))


@move("facts")
async def copy_anothers_fact(scene: Scene, rng: random.Random) -> list[Probe]:
    name, giver = rng.choice(NAMES), rng.choice(("tanaka", "kobayashi", "mori", "sato", "yamada"))
    for row in await rows(scene, "person = $1 and tag is null", ID[giver]):
        await insert(
            scene,
            row,
            id=uuid4(),
            person=ID[name],
        )
    return some(scene, rng, (name,))


@move("facts")
async def become_the_holder_of_anothers_facts(scene: Scene, rng: random.Random) -> list[Probe]:
    name, giver = rng.sample(NAMES, 2)
    await scene.db.execute("update facts set person = $2 where person = $1 and tag is null", ID[giver], ID[name])
    return some(scene, rng, (name,))


@move("facts")
async def copy_ones_work_to_another_case(scene: Scene, rng: random.Random) -> list[Probe]:
    name = rng.choice(("ito", "tanaka", "kato", "suzuki", "mori", "noda", "okuda", "yamada", "sato", "kobayashi"))
    for row in await rows(scene, "person = $1 and case_id is not null", ID[name]):
        for laid in scene.cases.values():
            await insert(scene, row, id=uuid4(), case_id=laid.id)
    return some(scene, rng, (name,), 5)


@move("facts")
async def move_all_works_to_another_case(scene: Scene, rng: random.Random) -> list[Probe]:
    one, two = rng.sample(sorted(scene.cases), 2)
    await scene.db.execute("update facts set case_id = $2 where case_id = $1", scene.cases[one].id, scene.cases[two].id)
    return some(scene, rng, most=5)


@move("facts")
async def loosen_the_case_of_a_fact(scene: Scene, rng: random.Random) -> list[Probe]:
    name = rng.choice(NAMES)
    await scene.db.execute("update facts set case_id = null where person = $1", ID[name])
    return some(scene, rng, (name,))


# Facts: out of time, taken away


@move("facts")
async def dates_of_another_body(scene: Scene, rng: random.Random) -> list[Probe]:
    name = rng.choice(("kimura", "noda", "okuda"))
    donor = rng.choice(("tanaka", "kobayashi"))
    for mine in await rows(scene, "person = $1 and tag is null", ID[name]):
        theirs = rng.choice(await rows(scene, "person = $1 and tag is null", ID[donor]))
        await insert(scene, mine, id=uuid4(), body=theirs["body"])
    return of_case(scene, rng, name, "X")


@move("facts")
async def use_what_is_over_or_not_yet_begun(scene: Scene, rng: random.Random) -> list[Probe]:
    name = rng.choice(("kimura", "noda", "okuda"))
    for row in await rows(scene, "person = $1", ID[name]):
        if rng.random() < 0.3:
            await insert(scene, row, id=uuid4())
    return of_case(scene, rng, name, "X", 2)


@move("facts")
async def put_the_revoked_row_back(scene: Scene, rng: random.Random) -> list[Probe]:
    name = rng.choice(sorted(scene.revoked))
    row = next(r for r in scene.kept[name] if r["id"] == scene.revoked[name])
    await insert(scene, row, id=row["id"] if rng.random() < 0.8 else uuid4())
    return of_case(scene, rng, name, "X")


@move("facts")
async def put_all_rows_back_as_they_were(scene: Scene, rng: random.Random) -> list[Probe]:
    name = rng.choice(sorted(scene.revoked))
    if rng.random() < 0.7:
        await scene.db.execute("delete from facts where person = $1", ID[name])
    for row in scene.kept[name]:
        await scene.db.execute("delete from facts where id = $1", row["id"])
        await insert(scene, row)
    return of_case(scene, rng, name, "X")


@move("facts")
async def have_the_revoked_row_sealed_anew(scene: Scene, rng: random.Random) -> list[Probe]:
    """The old row stands in the table while something else of the person's is revoked."""
    name = rng.choice([n for n in sorted(scene.revoked) if n != "imai"])
    row = next(r for r in scene.kept[name] if r["id"] == scene.revoked[name])
    given = await scene.world.give(name, "compartment", None, {"name": "b"})
    await insert(scene, row)
    await scene.world.ask("aoki", "revoke", fact=given.id.bytes)
    probes = of_case(scene, rng, name, "X")
    for probe in probes:
        await scene.probe(*probe)
    await scene.db.execute("delete from facts where id = $1", row["id"])
    await scene.keep()
    return []


# Who somebody is


@move("facts")
async def exchange_two_tags(scene: Scene, rng: random.Random) -> list[Probe]:
    one, two = rng.sample([n for n in NAMES if n != "imai"], 2)
    tags = {n: (await rows(scene, "person = $1 and tag is not null", ID[n]))[0] for n in (one, two)}
    await scene.db.execute("update facts set tag = $2 where id = $1", tags[one]["id"], tags[two]["tag"])
    await scene.db.execute("update facts set tag = $2 where id = $1", tags[two]["id"], tags[one]["tag"])
    return some(scene, rng, (one,)) + some(scene, rng, (two,))


@move("facts")
async def give_ones_subject_to_another_person(scene: Scene, rng: random.Random) -> list[Probe]:
    name, target = rng.choice([n for n in NAMES if n != "imai"]), rng.choice(("tanaka", "kobayashi", "mori", "sato"))
    await scene.db.execute("update facts set person = $2 where person = $1 and tag is not null", ID[name], ID[target])
    return some(scene, rng, (name,), 5)


@move("facts")
async def hang_ones_tag_on_anothers_row(scene: Scene, rng: random.Random) -> list[Probe]:
    name, target = rng.choice([n for n in NAMES if n != "imai"]), rng.choice(("tanaka", "kobayashi", "mori", "sato"))
    tag = (await rows(scene, "person = $1 and tag is not null", ID[name]))[0]["tag"]
    if rng.random() < 0.7:
        await scene.db.execute("delete from facts where person = $1 and tag is not null", ID[name])
    row = rng.choice(await rows(scene, "person = $1 and tag is null", ID[target]))
    await scene.db.execute("update facts set tag = $2 where id = $1", row["id"], tag)
    return some(scene, rng, (name,), 5)


@move("facts")
async def forge_a_subject(scene: Scene, rng: random.Random) -> list[Probe]:
    name, target = rng.choice([n for n in NAMES if n != "imai"]), rng.choice(("tanaka", "kobayashi", "mori", "sato"))
    tag = (await rows(scene, "person = $1 and tag is not null", ID[name]))[0]["tag"]
    await scene.db.execute("delete from facts where tag = $1", tag)
    body = said_of("subject", {"issuer": ISSUER, "subject": name})
    await insert(scene, {"id": uuid4(), "person": ID[target], "case_id": None, "tag": tag, "body": body})
    return some(scene, rng, (name,), 5)


@move("facts")
async def bind_one_subject_to_two_persons(scene: Scene, rng: random.Random) -> list[Probe]:
    """A binding that the officer made by mistake, refused by the unique index and never stored: stored beside the old one."""
    double = rng.choice(scene.doubles)
    name = {ID["tanaka"]: "ito", ID["kobayashi"]: "nakamura"}[double.person]
    if rng.random() < 0.5:  # it stands first in the table
        await scene.db.execute("create table rest as table facts")
        await scene.db.execute("delete from facts")
        await insert(scene, vars(double))
        await scene.db.execute("insert into facts table rest")
        await scene.db.execute("drop table rest")
    else:
        await insert(scene, vars(double))
    return of_case(scene, rng, name, "X", 5)


# Parts


@move("parts")
async def edit_the_label(scene: Scene, rng: random.Random) -> list[Probe]:
    case = rng.choice(("X", "Z", "Z"))
    label, compartment = rng.choice(
        [
            ("application", None),
            ("released", None),
            ("designated", None),
            ("designated", "a"),
            ("designated", "b"),
            ("機密", None),
        ]
    )
    await scene.db.execute(
        "update parts set label = $2, compartment = $3 where case_id = $1", scene.cases[case].id, label, compartment
    )
    names = ("ito", "okada", "kimura", "tanaka", "suzuki", "kato", "mori", "hayashi")
    return [probe for n in rng.sample(names, 4) for probe in of_case(scene, rng, n, case, 2)] + of_case(
        scene, rng, "tanaka", case, 2
    )


@move("parts")
async def edit_label_and_key(scene: Scene, rng: random.Random) -> list[Probe]:
    case = rng.choice(("X", "Z"))
    key = rng.choice(list(scene.world.vault.label_keys()))
    await scene.db.execute(
        "update parts set label = $2, compartment = $3, key_id = $4 where case_id = $1",
        scene.cases[case].id, key.label, key.compartment, key.key_id,
    )  # fmt: skip
    return [probe for n in ("ito", "tanaka", "suzuki", "kato") for probe in of_case(scene, rng, n, case, 1)]


@move("parts", "cases")
async def put_parts_back_as_before_the_designation(scene: Scene, rng: random.Random) -> list[Probe]:
    share = rng.choice([0.5, 1, 1, 1])
    for row in scene.old_parts:
        if rng.random() < share:
            await scene.db.execute(
                "update parts set label = $2, compartment = $3, key_id = $4, wrapped = $5 where id = $1",
                row["id"], row["label"], row["compartment"], row["key_id"], row["wrapped"],
            )  # fmt: skip
    if rng.random() < 0.5:
        state = rng.choice(["PRIMARY_REVIEW", "UNDER_REVIEW", "DOCS_FILED"])
        await scene.db.execute(
            "update cases set label = 'application', compartment = null, state = $2 where id = $1",
            scene.cases["X"].id,
            state,
        )
    return [
        probe
        for n in ("ito", "okada", "kimura", "suzuki", "kato", "hayashi")
        for probe in of_case(scene, rng, n, "X", 2)
    ]


@move("parts")
async def move_parts_to_another_case(scene: Scene, rng: random.Random) -> list[Probe]:
    one, two = rng.sample(sorted(scene.cases), 2)
    await scene.db.execute("update parts set case_id = $2 where case_id = $1", scene.cases[one].id, scene.cases[two].id)
    names = sorted({n for n, c, _ in EXPECTED if c == two})
    return [probe for n in names for probe in of_case(scene, rng, n, one, 2)]


@move("parts")
async def give_a_part_another_document(scene: Scene, rng: random.Random) -> list[Probe]:
    code = rng.choice(["title", "claims", "source.2", "DOC-67-10", "act-answer_demand.screening", "proposal.screening"])
    await scene.db.execute("update parts set document = $1", code)
    names = ("sato", "yamada", "kato", "suzuki", "mori")
    return [probe for n in names for c in scene.cases for probe in of_case(scene, rng, n, c, 1)]


@move("parts")
async def give_a_part_another_version(scene: Scene, rng: random.Random) -> list[Probe]:
    await scene.db.execute("update parts set version = $1, document = 'title'", rng.choice([2, 0, -1, 2**31 - 1]))
    return some(scene, rng, ("yamada", "sato", "kato", "suzuki"))


@move("parts")
async def put_a_hidden_parts_key_into_a_readable_part(scene: Scene, rng: random.Random) -> list[Probe]:
    """The person asks for what he may read; it holds the key and the bytes of what he may not."""
    name, case, document = rng.choice(sorted(EXPECTED))
    readable = scene.part(case, document)
    _, hidden = rng.choice(scene.denied((name,)))
    columns = rng.choice([["wrapped"], ["wrapped", "sealed"], ["wrapped", "sealed", "key_id", "label", "compartment"]])
    said = ", ".join(f"{c} = s.{c}" for c in columns)
    await scene.db.execute(f"update parts p set {said} from parts s where p.id = $1 and s.id = $2", readable, hidden)
    return [(name, readable), (name, hidden)]


@move("parts")
async def exchange_two_parts_ids(scene: Scene, rng: random.Random) -> list[Probe]:
    name, case, document = rng.choice(sorted(EXPECTED))
    readable, (_, hidden), between = scene.part(case, document), rng.choice(scene.denied((name,))), uuid4()
    for old, new in ((readable, between), (hidden, readable), (between, hidden)):
        await scene.db.execute("update parts set id = $2 where id = $1", old, new)
    return [(name, readable), (name, hidden)]


@move("parts")
async def wrap_a_key_of_ones_own(scene: Scene, rng: random.Random) -> list[Probe]:
    """With the public keys he may seal what he likes: the reader gets the owner's bytes for the part that he may read, never another's."""
    name, hidden = rng.choice(scene.denied(("ito", "suzuki", "kato")))
    row = await scene.db.fetchrow("select * from parts where id = $1", hidden)
    place = Place(scene.world.vault.root, "filing", row["case_id"], hidden, row["document"], 1)
    done = seal(b"of the owner's making", place, scene.world.vault.label_keys().newest("application"))
    await scene.db.execute(
        "update parts set wrapped = $2, key_id = $3 where id = $1", hidden, done.wrapped, done.key_id
    )
    return [(name, hidden)]


@move()
async def answer_with_another_part(scene: Scene, rng: random.Random) -> list[Probe]:
    """The server itself lies (as one rebuilt by its owner could): asked for one part, it answers with another that the reader may read too,
    so that the record would name the wrong one; or with the facts of another question.
    """
    name, case, document = rng.choice(sorted(e for e in EXPECTED if e[0] in ("tanaka", "ito", "sato")))
    asked = scene.part(case, document)
    shown = scene.part(
        case, rng.choice([d for n, c, d in sorted(EXPECTED) if (n, c) == (name, case) and d != document])
    )
    true = gathering.GATHER
    gathering.GATHER = true.replace("p.id = q.part_id", f"p.id = '{shown}'::uuid")
    assert true != gathering.GATHER
    try:
        await scene.probe(name, asked)
    finally:
        gathering.GATHER = true
    return []


# Cases


@move("cases")
async def edit_the_cases_label(scene: Scene, rng: random.Random) -> list[Probe]:
    await scene.db.execute("update cases set label = $1, compartment = null", rng.choice(["application", "released"]))
    names = ("ito", "okada", "kimura", "tanaka", "suzuki", "kato", "mori", "hayashi", "shimizu")
    return [probe for n in names for probe in of_case(scene, rng, n, rng.choice(("X", "Z")), 1)]


@move("cases")
async def edit_the_cases_state(scene: Scene, rng: random.Random) -> list[Probe]:
    states = ["RECEIVED", "PRIMARY_REVIEW", "NOT_SENT", "SENT", "DOCS_FILED", "LIFTED", "RELEASED", "NO_SUCH_STATE", ""]
    await scene.db.execute("update cases set state = $1", rng.choice(states))
    return of_case(scene, rng, "suzuki", "Y", 9) + some(
        scene, rng, ("suzuki", "kato", "takahashi", "sato", "yamada"), 5
    )


@move("cases")
async def edit_the_cases_kind(scene: Scene, rng: random.Random) -> list[Probe]:
    await scene.db.execute("update cases set kind = $1", rng.choice(["clearance", "business", "", "出願", "12345678"]))
    return some(scene, rng, most=5)


@move("cases", "facts", "parts")
async def exchange_two_cases(scene: Scene, rng: random.Random) -> list[Probe]:
    one, two = rng.sample(sorted(scene.cases), 2)
    between = uuid4()
    table, column = rng.choice([("cases", "id"), ("facts", "case_id"), ("parts", "case_id")])
    for old, new in (
        (scene.cases[one].id, between),
        (scene.cases[two].id, scene.cases[one].id),
        (between, scene.cases[two].id),
    ):
        await scene.db.execute(f"update {table} set {column} = $2 where {column} = $1", old, new)
    return some(scene, rng, ("yamada", "ito", "kato", "suzuki", "tanaka", "sato"), 6)


# With a helper inside who asks the keyholder for what he may not have


async def tries(scene: Scene, name: str, op: str, **fields: Any) -> dict[str, Any] | None:
    try:
        return await scene.world.ask(name, op, **fields)
    except KeyholderRefused:
        return None


@move("facts", "cases")
async def attest_what_one_may_not(scene: Scene, rng: random.Random) -> list[Probe]:
    name, case, kind, values, case_id = wanted(scene, rng)
    granter = rng.choice((name, "ito", "suzuki", "nakamura", "yamamoto", "sato", "hayashi"))
    if rng.random() < 0.5:
        await scene.db.execute("update cases set label = 'application', compartment = null, state = 'PRIMARY_REVIEW'")
    fact = {"kind": kind, "person": ID[name].bytes, "case": case_id.bytes if case_id else None, "values": values}
    if said := await tries(scene, granter, "attest", fact=fact):
        await scene.world.store_facts(said["facts"])
        scene.released.append((granter, scene.part(case, "claims")))  # what nobody had the right to attest
    return of_case(scene, rng, name, case)


@move("facts")
async def attest_to_oneself(scene: Scene, rng: random.Random) -> list[Probe]:
    """By those who may attest such a thing to others."""
    case = rng.choice(("X", "Y"))
    granter, kind, values = rng.choice(
        [
            ("yoshida", "post", {"office": "cao", "role": "reviewer"}),
            ("aoki", "clearance", {"level": 1}),
            ("watanabe", "assignment", {"work": "review"}),
            ("takahashi", "assignment", {"work": "screening"}),
        ]
    )
    about = scene.cases[case].id.bytes if kind == "assignment" else None
    fact = {"kind": kind, "person": ID[granter].bytes, "case": about, "values": values}
    if said := await tries(scene, granter, "attest", fact=fact):
        await scene.world.store_facts(said["facts"])
        scene.released.append((granter, scene.part(case, "claims")))
    return of_case(scene, rng, granter, case)


@move("parts", "cases")
async def relabel_without_clearance(scene: Scene, rng: random.Random) -> list[Probe]:
    """An uncleared decider, or one who does not decide, asks for keys under a laxer label; the owner has made the case look so."""
    name, case = rng.choice(("okada", "okada", "okada", "ito", "shimizu", "tanaka", "sato", "suzuki")), scene.cases["X"]
    if rng.random() < 0.8:
        await put_parts_back_as_before_the_designation(scene, rng)
    if rng.random() < 0.8:
        await scene.db.execute("update parts set label = 'application', compartment = null where case_id = $1", case.id)
        await scene.db.execute("update cases set label = 'application', compartment = null where id = $1", case.id)
    step, label, state = rng.choice([("lift", "application", "DESIGNATED"), ("notify_end", "released", "LIFTED")])
    await scene.db.execute("update cases set state = $2 where id = $1", case.id, state)
    said = await tries(scene, name, "relabel", case=case.id.bytes, action=step, label=label, compartment=None)
    if said is not None:
        await scene.world.store_wraps(case.id, said["parts"], label, None)
        scene.released.append((name, scene.part("X", "claims")))
    return of_case(scene, rng, "ito", "X") + of_case(scene, rng, "okada", "X")
