"""What screening costs of a filing: the comparison with the items, its result sealed and stored, against a twentieth of the whole.

A filing is what its applicant's program asks for: the read-back, and the filing that confirms it, of 20 KiB with 1 to 5 symbols drawn from
the whole IPC (every spelling new). Its cost is processor time of web, keyholder and PostgreSQL. Screening's is taken in this process: the
comparison, its bytes, the sealing of its part; and, of what PostgreSQL used, that part's even share. Not counted as screening's: the mark
that a person must look at the case, one column of a row that is written anyway.
"""

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import httpx2

from service import clock
from service.demo.client import Person
from service.filings.acts import screening_bytes
from service.law.screening import screen
from service.law.symbols import Spelled
from service.sealing.envelope import Place, seal
from service.sealing.wrap import LabelKeys
from tests.bench.cost import Meter
from tests.bench.scale import scale
from tests.bench.scene import CHARACTERS, TEXT, Scene, scene
from tests.bench.screening import every_symbol
from tests.bench.table import Round, row

TIMES = 20
"""Screenings measured for each filing: one is too short for a clock."""


@row("screening_share", goal=1.0, against="a twentieth (5 %) of a filing's processor time; us a filing")
def screening_share() -> Iterator[Round]:
    at, chance, symbols = scene(), random.Random(5), every_symbol()
    keys = LabelKeys.load(Path(at.demo.environment["HOZEN_PUBLIC_KEYS"]))
    with httpx2.Client(base_url=at.demo.address, timeout=60) as http:
        sato = Person(http, at.demo.issuer, "sato")
        parts = len(sato.get(f"/filings/{_filed(sato, ['A44B 1/08'])}")["parts"])
        for _ in range(scale().rounds):
            drawn = [chance.choices(symbols, k=chance.randint(1, 5)) for _ in range(scale().filings)]
            whole = _filing_cost(at, sato, drawn)
            compared, sealed = _screening_cost(keys, drawn, symbols, chance)
            stored = whole["postgresql"] / parts
            split = {
                "compared": compared,
                "sealed": sealed,
                "stored": stored,
                **{f"filing's {k}": v for k, v in whole.items()},
            }
            yield Round(compared + sealed + stored, sum(whole.values()) / 20, split)


def _filing_cost(at: Scene, sato: Person, drawn: Sequence[Sequence[str]]) -> dict[str, float]:
    """Microseconds of a filing, by process."""
    meter = Meter(at.service.pids)
    for one in drawn:
        _filed(sato, one)
    return {name: cost / len(drawn) for name, cost in meter.read().items()}


def _filed(sato: Person, symbols: Sequence[str]) -> str:
    filing = {
        "title": "折りたたみ自転車",
        "applicants": ["株式会社例"],
        "description": (TEXT * (CHARACTERS // len(TEXT) + 1))[:CHARACTERS],
        "claims": ["折りたたみ可能なフレームを備える自転車。"],
        "symbols": [{"text": s} for s in symbols],
    }
    told = sato.ask("POST", "/filings/entered/read-back", json={"filing": filing}).json()
    said = {"filing": filing, "read_back": told["digest"]}
    answer = sato.ask("POST", "/filings/entered", headers={"idempotency-key": uuid4().hex}, json=said)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case"])


def _screening_cost(
    keys: LabelKeys, drawn: Sequence[Sequence[str]], symbols: Sequence[str], chance: random.Random
) -> tuple[float, float]:
    """Processor microseconds of a filing's comparison with its bytes, and of sealing them; each time of other symbols."""
    sets = [[Spelled(s) for s in chance.choices(symbols, k=len(one))] for one in drawn for _ in range(TIMES)]
    on, key = clock.today(), keys.newest("application")
    began = time.process_time()
    results = [screening_bytes(screen(one, on), one) for one in sets]
    between = time.process_time()
    for content in results:
        seal(content, Place(keys.root, "filing", uuid4(), uuid4(), "screening", 1), key)
    return (between - began) * 1e6 / len(sets), (time.process_time() - between) * 1e6 / len(sets)
