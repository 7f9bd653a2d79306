"""Hostile files are harmless (PROMISES P22): refused by name, nothing written, nobody called, little memory; weaker gates are found."""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache

import pikepdf
import pytest

from service.errors import Refusal
from service.intake import archives, gate, gate_images, gate_pdf, gate_pdf_checker
from service.intake.formats.refused import Refused
from tests.attacks.campaign import Campaign
from tests.attacks.hostile_files import every, honest
from tests.attacks.hostile_makes import GANSHO, File, picture
from tests.shared import ROOT

GROWTH = 64 * 2**20
CHECKER = 80 * 2**20
"""What Python with pikepdf takes before it has read anything, and some."""
HEAVY = {
    "many",
    "attributes",
    "namespaces",
    "zip-total",
    "zip-bomb",
    "zip-lies-small",
    "pdf-many",
    "pdf-stream-bomb",
    "pdf-stream-bomb-twice",
    "pdf-stream-bomb-runs",
    "deep",
    "other-gz-bomb",
}
OF_THE_READERS = ("xxe", "laughs", "quadratic", "encoding", "xslt", "xinclude")


@pytest.mark.attack("P22", full=200)
def test_two_hundred_hostile_files_do_nothing(campaign: Campaign) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.attacks.hostile_judge",
        str(campaign.seed),
        *([] if campaign.whole else ["one"]),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        said = json.loads(line)
        campaign.trials += said["must"] == "out"
        name = f"{said['kind']} {said['name'][:40]!r}: {said['said']!r}"
        if (said["said"] == "") != (said["must"] == "in") or said["said"].startswith("died"):
            campaign.fail(name)
        if said["did"]:
            campaign.fail(f"{name} did {said['did'][:3]}")
        if said["grew"] > GROWTH + said["size"]:
            campaign.fail(f"{name} took {said['grew'] >> 20} MiB")
        if said["checker"] > GROWTH + CHECKER + 2 * said["size"]:
            campaign.fail(f"{name} took {said['checker'] >> 20} MiB in the checker")
    campaign.passed()


@pytest.mark.parametrize("ending", ["xml", "png", "exe", "", "pdf.html"])
def test_a_type_is_what_the_content_says(ending: str) -> None:
    for data, media_type in (
        (picture("PNG", random.Random(1)), "image/png"),
        (GANSHO, "text/plain"),
        (b"<a/>", "application/xml"),
    ):
        assert gate.judge(f"a.{ending}" if ending else "a", data).media_type == media_type
    with pytest.raises(Refused, match="program"):
        gate.judge(f"a.{ending}" if ending else "a", b"MZ\x90\0" + bytes(99))


@cache
def files() -> tuple[list[File], list[File]]:
    """Those that must stay out and those that must come in, but for the heavy ones and what the readers refuse."""
    out = [f for f in every(random.Random(22)) if f[0] not in HEAVY and not f[0].startswith(OF_THE_READERS)]
    return out, list(honest(random.Random(22)))


def let_in(name: str, data: bytes) -> bool:
    """Whether the gate lets it in. Raises whatever is no refusal: that is a finding too."""
    try:
        for own, content in archives.members(name, data) if data[:2] == b"PK" else [(name, data)]:
            gate.judge(own, content)
    except Refusal:
        return False
    return True


def findings() -> list[str]:
    """The kinds of hostile files that a gate lets in or breaks on, and honest ones that it keeps out."""
    found = []
    out, into = files()
    for wanted, some in ((False, out), (True, into)):
        for kind, name, data in some:
            try:
                if let_in(name, data) != wanted:
                    found.append(kind)
            except Exception as fault:
                found.append(f"{kind}: {type(fault).__name__}")
    return found


def in_process(view: memoryview) -> None:
    """The checker's look without a process of its own: so that it can be weakened."""
    import io

    try:
        with pikepdf.open(io.BytesIO(view), suppress_warnings=True, attempt_recovery=False) as pdf:
            gate_pdf_checker.look(pdf)
    except gate_pdf_checker.Found as found:
        raise gate_pdf.refused(str(found)) from None
    except pikepdf.PasswordError:
        raise gate_pdf.refused("pdf-encrypted") from None
    except pikepdf.PdfError:
        raise gate_pdf.refused("pdf-broken") from None


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if "weaker" in request.node.name or "whole" in request.node.name:
        monkeypatch.setattr(gate_pdf, "check_objects", in_process)


def nothing(*_: object) -> None:
    """A check that was forgotten."""


FORGOTTEN: list[tuple[object, str, Callable[..., None] | object]] = [
    (gate, "check_name", nothing), (gate, "check_size", nothing), (gate, "check_no_zip_behind", nothing),
    (gate, "check_no_pdf_inside", nothing), (gate, "check_text", nothing), (gate, "check_no_page", nothing), (gate, "OTHERS", ()),
    (gate_images, "check_sides", nothing), (gate_images, "check_nothing_behind", nothing), (gate_images, "check_crc", nothing),
    (gate_images, "check_known", nothing), (gate_images, "check_inside", nothing), (gate_images, "check_png", lambda view: ()),
    (gate_images, "check_jpeg", lambda view: ()), (gate_images, "check_tiff", lambda view: ()), (gate_pdf, "check_end", nothing),
    (gate_pdf, "check_objects", nothing), (gate_pdf_checker, "ACTIONS", frozenset()), (gate_pdf_checker, "ACTIVE_KEYS", frozenset()),
    (gate_pdf_checker, "ACTIVE_KINDS", frozenset()), (gate_pdf_checker, "check", nothing), (gate_pdf_checker, "DEPTH", 10**6),
    (archives, "check_count", nothing), (archives, "check_once", nothing), (archives, "check_plain", nothing),
    (archives, "check_claims", nothing), (archives, "check_places", nothing), (archives, "check_header", nothing),
    (archives, "check_unpacked", nothing), (archives, "check_not_one_document", nothing), (gate, "check_no_script", nothing),
    (gate_images, "check_frame", nothing), (gate_images, "check_pieces", nothing), (gate_images, "BELOW", frozenset()),
]  # fmt: skip


@pytest.mark.attack("P22", full=200)
@pytest.mark.parametrize(("where", "name", "weaker"), FORGOTTEN, ids=[n for _, n, _ in FORGOTTEN])
def test_a_weaker_gate_is_found(
    where: object, name: str, weaker: object, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(where, name, weaker)
    campaign.plant(name, bool(findings()))


def test_the_whole_gate_lets_nothing_of_it_in() -> None:
    assert findings() == []
    assert len(FORGOTTEN) >= 20
