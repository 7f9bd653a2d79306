"""The web can seal but not open: who imports what, and the file of public keys."""

import ast
import json
from pathlib import Path
from uuid import UUID

import pytest

from service.sealing.wrap import LabelKey, LabelKeys, NoSuchKey, WrongRoot, root_kind, wrap
from tests.sealing.makes import DEMO, REAL, pair, place
from tests.shared import ROOT

PRIVATE = {
    "MLKEM768PrivateKey",
    "MLKEM1024PrivateKey",
    "MLKEM768X25519PrivateKey",
    "MLKEM1024P384PrivateKey",
    "X25519PrivateKey",
}
HPKE = "cryptography.hazmat.primitives.hpke"
OUTSIDE = [p for p in (ROOT / "service").rglob("*.py") if "keyholder" not in p.relative_to(ROOT / "service").parts]


def test_nothing_outside_the_keyholder_names_a_private_key_of_a_label() -> None:
    assert len(OUTSIDE) > 5
    for path in OUTSIDE:
        assert not PRIVATE & names(path), path


def test_hpke_is_imported_by_the_wrap_alone_and_only_to_encrypt() -> None:
    users = {path.name for path in OUTSIDE if any(name.startswith(HPKE) for name in imports(path))}
    assert users == {"wrap.py"}
    tree = ast.parse((ROOT / "service/sealing/wrap.py").read_text())
    used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and ast.unparse(n.value) == "SUITE"}
    assert used == {"encrypt"}
    others = [path for path in OUTSIDE if path.name != "wrap.py" and "SUITE" in names(path)]
    assert not others, "the suite of the wrap is for the keyholder and nobody else"


def test_unwrapping_is_imported_inside_the_keyholder_only() -> None:
    for path in OUTSIDE:
        assert not any(name.startswith("service.keyholder.keys") for name in imports(path)), path


def test_sealing_imports_nothing_of_the_keyholder() -> None:
    for path in (ROOT / "service/sealing").glob("*.py"):
        assert not any(name.startswith("service.keyholder") for name in imports(path)), path


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def names(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {name.rpartition(".")[2] for name in imports(path)}
    return attributes | imported | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def keys() -> LabelKeys:
    made = [pair("designated"), pair("designated", epoch=2), pair("designated", "sigma"), pair("released")]
    return LabelKeys(DEMO, [one.key for one in made])


def test_the_public_keys_file_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    written, file = keys(), tmp_path / "keys.json"
    file.write_text(written.dumps())
    file.chmod(0o644)
    assert list(LabelKeys.load(file)) == list(written)
    assert LabelKeys.load(file).kind == "demo"


def test_the_newest_epoch_of_a_label_is_sealed_to_and_older_ones_are_found_by_id() -> None:
    made = keys()
    newest = made.newest("designated")
    assert (newest.epoch, newest.compartment) == (2, None)
    assert made.newest("designated", "sigma").epoch == 1
    assert {made.by_id(key.key_id) for key in made} == set(made)
    for missing in (("designated", "tau"), ("application", None)):
        with pytest.raises(NoSuchKey):
            made.newest(*missing)
    with pytest.raises(NoSuchKey):
        made.by_id(UUID(int=1))


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o666])
def test_a_public_keys_file_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "keys.json"
    file.write_text(keys().dumps())
    file.chmod(mode)
    with pytest.raises(PermissionError):
        LabelKeys.load(file)


def test_a_damaged_public_keys_file_is_refused() -> None:
    text = keys().dumps()
    file = json.loads(text)
    short = json.loads(text)
    short["keys"][0]["public"] = short["keys"][0]["public"][:40]
    double = json.loads(text)
    double["keys"].append(file["keys"][0])
    bad = [{**file, "keys": 1}, {**file, "root": "x"}, {}, [], short, double, {**file, "keys": [{}]}]
    for wrong in (*map(json.dumps, bad), "", "{"):
        with pytest.raises((ValueError, WrongRoot)):
            LabelKeys.loads(wrong)
    with pytest.raises(WrongRoot):
        LabelKeys.loads(json.dumps({**file, "kind": "real"}))


def test_demo_and_real_never_meet_in_one_wrap_or_one_file() -> None:
    with pytest.raises(WrongRoot):
        wrap(bytes(32), pair(root=REAL).key, place(root=DEMO))
    with pytest.raises(WrongRoot):
        LabelKeys(DEMO, [pair(root=REAL).key])
    for wrong in (b"", b"demo", b"test-" + b"0" * 32, b"demo-" + b"G" * 32, DEMO + b"0", DEMO + b"\n"):
        with pytest.raises(WrongRoot):
            root_kind(wrong)


@pytest.mark.parametrize("name", ["", "Sigma", "a b", "x" * 33, "極秘", "a\n"])
def test_a_label_or_compartment_is_a_short_ascii_name(name: str) -> None:
    public = pair().key.public
    for label, compartment in ((name, None), ("designated", name)):
        with pytest.raises(ValueError, match="1 to 32"):
            LabelKey(DEMO, UUID(int=1), label, compartment, 1, public)
