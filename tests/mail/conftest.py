"""A whole world around a keyholder, for the courier to ask."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.embedded import Server
from tests.keyholder import world as worlds
from tests.keyholder.world import World


@pytest.fixture(scope="session")
async def keyholder_template(postgres: Server) -> str:
    return await worlds.template(postgres)


@pytest.fixture
async def world(postgres: Server, keyholder_template: str) -> AsyncIterator[World]:
    with tempfile.TemporaryDirectory(prefix="hozen-mail-") as folder:
        async with worlds.a_world(postgres, Path(folder), keyholder_template) as made:
            yield made
