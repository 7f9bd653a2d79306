"""A demo vault and its store, made quickly: the cheapest Argon2id that the library takes."""

from pathlib import Path

import pytest

from service.keyholder.vault_file import Argon2Cost
from service.keyholder.vaults import FileVault

QUICK = Argon2Cost(memory_kib=64, iterations=1, lanes=1)
LABELS = ("application", "designated", "released")


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault.create(tmp_path / "vault", "demo", None, LABELS, ["sigma"], QUICK)
