"""A demo vault and its store, made quickly (the cheapest Argon2id that the library takes), and a whole world around a keyholder."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.embedded import Server
from service.keyholder.vaults import FileVault
from tests.keyholder import world as worlds
from tests.keyholder.world import QUICK, World

LABELS = ("application", "designated", "released")


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault.create(tmp_path / "vault", "demo", None, LABELS, ["sigma"], QUICK)


@pytest.fixture(scope="session")
async def keyholder_template(postgres: Server) -> str:
    return await worlds.template(postgres)


@pytest.fixture
async def world(postgres: Server, keyholder_template: str) -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory(prefix="hozen-kh-") as folder:
        async with worlds.a_world(postgres, Path(folder), keyholder_template) as made:
            yield made
