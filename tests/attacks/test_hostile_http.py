"""Hostile files over HTTP: the running service refuses a sample of each kind by the gate's own name, and goes on (PROMISES P22)."""

import random

import pytest

from service.demo.client import Person
from tests.attacks.hostile_files import every
from tests.attacks.hostile_judge import said_of
from tests.attacks.hostile_makes import GANSHO
from tests.attacks.test_hostile_files import HEAVY

SAMPLE = 24


@pytest.mark.attack("P22", full=200)
def test_a_sample_is_refused_by_the_running_service(people: dict[str, Person]) -> None:
    kinds = {f[0]: f for f in every(random.Random(23)) if f[0] not in HEAVY | {"name", "other-empty"}}
    for kind, name, data in random.Random(23).sample(sorted(kinds.values()), SAMPLE):
        answer = people["sato"].read_back({name: data})
        assert 400 <= answer.status_code < 500, (kind, answer.status_code)
        assert said_of(name, data) in answer.text, (kind, answer.text)
    assert people["sato"].read_back({"a.txt": GANSHO}).status_code == 200
