"""`hozen audit export` against the running service: a whole bundle or nothing, and no file replaced unasked."""

from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.demo.client import Person
from service.demo.run import Demo


@pytest.fixture
def token(demo: Demo, tmp_path: Path) -> Path:
    return written(demo, "nakamura", tmp_path / "token")


def written(demo: Demo, person: str, to: Path) -> Path:
    to.write_text(httpx2.post(f"{demo.issuer}/token", params={"person": person}).json()["access_token"])
    return to


def export(to: Path, token: Path, url: str, *more: str) -> Result:
    return CliRunner().invoke(app, ["audit", "export", "-o", str(to), "--token-file", str(token), "--url", url, *more])


def test_an_export_is_verified_and_replaces_no_file_unasked(
    demo: Demo, people: dict[str, Person], token: Path, tmp_path: Path
) -> None:
    bundle, key = tmp_path / "bundle", tmp_path / "key"
    assert export(bundle, token, demo.address).exit_code == 0
    key.write_text(people["nakamura"].get("/audit/log")["key"])
    assert CliRunner().invoke(app, ["verify", str(bundle), "--key", str(key)]).exit_code == 0
    first = bundle.read_bytes()
    again = export(bundle, token, demo.address)
    assert again.exit_code == 2 and again.stderr.startswith("output-exists: ")
    assert bundle.read_bytes() == first
    assert export(bundle, token, demo.address, "--force").exit_code == 0
    bundle.write_bytes(first[:-1])
    assert CliRunner().invoke(app, ["verify", str(bundle), "--key", str(key)]).exit_code in (1, 2)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_table_is_written_whole(form: str, demo: Demo, token: Path, tmp_path: Path) -> None:
    out = tmp_path / "table"
    assert export(out, token, demo.address, "--format", form).exit_code == 0
    lines = out.read_bytes().splitlines()
    assert len(lines) > 3 and lines[-1].startswith((b'{"', b"%d," % (len(lines) - 2)))
    assert not [line for line in lines if line.startswith(b'{"fault":') or line.endswith((b",missing", b",unreadable"))]
    assert export(out, token, demo.address, "--format", "xlsx", "--force").exit_code == 2


def test_a_refused_export_leaves_no_file(demo: Demo, token: Path, tmp_path: Path) -> None:
    out = tmp_path / "out" / "bundle"
    assert export(out, token, demo.address).exit_code == 2  # there is no such folder
    out.parent.mkdir()
    stranger = written(demo, "sato", tmp_path / "stranger")
    broken = tmp_path / "broken"
    broken.write_text("no token")
    for status, told, result in (
        (1, "403", export(out, stranger, demo.address)),
        (1, "401 sign-in-needed", export(out, broken, demo.address)),
        (1, "service-away: ", export(out, token, "http://127.0.0.1:9")),
        (2, "url-wrong: ", export(out, token, "127.0.0.1")),
        (2, "Invalid value", export(out, tmp_path / "none", demo.address)),
    ):
        assert result.exit_code == status, result.stderr
        assert told in result.stderr
    assert list(out.parent.iterdir()) == []
