"""What a hostile file can do to its reader: be refused by name. It opens, expands and starts nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from service.intake import formats
from service.intake.filing import ReadFiling
from service.intake.formats import read_bytes, read_filing, read_records, xmlread
from service.intake.formats.refused import NotAnApplication, Refused
from tests.shared import ROOT

from .files import SAMPLES, samples

BODY = (
    "<jp-official-gazette><bibliographic-data><invention-title>{}</invention-title></bibliographic-data>"
    "</jp-official-gazette>"
)


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as told:
        read_bytes("a.xml", data)
    assert told.value.text.ja
    assert told.value.text.en
    return told.value.name


@pytest.mark.parametrize(
    "subset",
    [
        '<!ENTITY a "AAAAAAAAAA"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">',
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY x PUBLIC "p" "http://192.0.2.1/x">',
        '<!ENTITY % p SYSTEM "http://192.0.2.1/p"> %p;',
        '<!-- <!ENTITY i SYSTEM "i" NDATA T> --><!ENTITY x "y">',
        '<!ENTITY i SYSTEM "i" NDATA T><!ENTITY x "NDATA">',
        "<!ENTITY x '>NDATA'>",
    ],
)
def test_a_document_that_declares_entities_is_refused(subset: str) -> None:
    assert refusal(f"<!DOCTYPE x [{subset}]>{BODY.format('&x;&b;')}".encode()) == "entity-declared"


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd">',
        '<?xml-stylesheet href="http://192.0.2.1/x.xsl"?>',
        '<!DOCTYPE x [<!ENTITY i SYSTEM "http://192.0.2.1/i" NDATA TIF>]>',
        "<!DOCTYPE x [ <!-- ]> --> ]>",
        "<!DOCTYPE x [ <!ATTLIST x a CDATA ']>'> ]>",
    ],
)
def test_what_stands_before_the_root_is_cut_out_and_harms_nothing(prolog: str) -> None:
    filing = read_bytes("a.xml", (prolog + BODY.format("T")).encode())[0]
    assert filing.titles == {"ja": "T"}


@pytest.mark.parametrize(
    "prolog", ["<!DOCTYPE x [", "<!DOCTYPE x '", "<!-- ", "<?xml ", "<!DOCTYPE" + " [<!--" * 50_000]
)
def test_a_prolog_without_end_is_refused(prolog: str) -> None:
    assert refusal(prolog.encode()) == "not-readable-xml"


def test_xinclude_is_not_followed() -> None:
    include = '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    assert "root:" not in repr(read_bytes("a.xml", BODY.format("T" + include).encode()))


def test_a_document_nested_too_deep_is_refused() -> None:
    assert refusal(BODY.format("<i>" * 400 + "</i>" * 400).encode()) == "too-deep"
    assert refusal(BODY.format("<i>" * 90_000).encode()) == "too-deep"


def test_a_run_of_text_beyond_the_parsers_bound_is_refused() -> None:
    assert refusal(BODY.format("a" * 11_000_000).encode()) == "too-deep"


@pytest.mark.parametrize(
    "dense", ["<i/>", "<i></i>", '<i a=""/>', '<i a="" b="" c=""/>', "<i xmlns:n='u'/>", "<i>a</i>b"]
)
def test_a_document_denser_than_any_is_refused_before_it_is_parsed(dense: str) -> None:
    """A tree costs many times such a file; the bound is told by counting, and no real document comes near it."""
    assert refusal(BODY.format(dense * 400_000).encode()) == "too-many-elements"
    read_bytes("a.xml", BODY.format(dense * 10_000).encode())


def test_a_long_document_of_a_usual_density_is_read() -> None:
    paragraph = "<p num='1'>" + "あ" * 60 + "</p>"
    assert len(read_bytes("a.xml", BODY.format(paragraph * 50_000).encode())) == 1


MEMORY = """
import sys
from pathlib import Path
from service.intake.formats import read_bytes
from service.errors import Refusal
data = sys.stdin.buffer.read()
read_bytes("warm.xml", b"<us-patent-grant/>")
Path("/proc/self/clear_refs").write_text("5")
def peak(): return next(int(x.split()[1]) * 1024 for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM"))
before = peak()
try: read_bytes("a.xml", data)
except Refusal: pass
print(peak() - before)
"""


@pytest.mark.parametrize(
    "body",
    [
        "<i/>" * 2_500_000, '<i a="1"/>' * 1_000_000, "<i>a</i>b" * 1_100_000, "<p>" + "あ" * 3_000_000 + "</p>",
        ("<p>" + "x" * 40 + "</p>") * 200_000, "&amp;" * 2_000_000, "<br/>" * 99_000 + "x" * 9_000_000,
    ],
)  # fmt: skip
def test_reading_ten_megabytes_takes_at_most_ten_times_as_much(body: str) -> None:
    """Whatever it holds; measured in a process of its own."""
    data = BODY.format(body).encode()
    done = subprocess.run([sys.executable, "-c", MEMORY], input=data, capture_output=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 10 * len(data)


def test_more_documents_in_one_file_than_any_week_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_RECORDS", 3)
    told = list(read_records("a.xml", b'<?xml version="1.0"?><x/>' * 9))
    assert [r.name for r in told if isinstance(r, Refused)] == ["unknown-xml"] * 3 + ["too-many-records"]


def test_an_element_called_huge_is_not_a_document_too_large() -> None:
    losses = read_bytes("a.xml", BODY.format("<huge>T").encode())[0].losses
    assert "malformed" in {x.what for x in losses}


def test_a_part_above_the_bound_is_refused_before_it_is_read() -> None:
    assert refusal(b"<" + bytes(xmlread.MAX_BYTES)) == "too-large"


def test_two_applications_in_one_request_are_refused() -> None:
    with pytest.raises(Refused, match="more-than-one-filing"):
        read_filing({n: samples()[n] for n in ("seeker-gazette-st36.xml", "tablet-docdb.xml")})
    name = "designated-hull-door_JPOXMLDOC01-jpbibl.xml"
    with pytest.raises(Refused, match="more-than-one-filing"):
        read_filing({name: samples()[name], "again.xml": samples()[name]})


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty-file"),
        (b"\0\0 \n", "empty-file"),
        (b"%PDF-1.7\n/JavaScript <<>>", "pdf"),
        (b"PK\x03\x04....", "archive"),
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"II*\0 <?xml version='1.0'?><jp-official-gazette/>", "image"),
        (b"a,b,c,d\n1,2,3,4", "table"),
        (b'{"a": 1}', "json"),
        (b"hello", "unknown-text"),
        (bytes(range(256)) * 8, "unknown-binary"),
        (b"<html><body/></html>", "html"),
        (b"<!DOCTYPE html><html/>", "html"),
        (b"<x/>", "unknown-xml"),
        (b"<!ELEMENT a (b)>", "dtd"),
        ("【書類名】手続補正書\n【提出日】令和８年４月１日".encode(), "amendment"),
        ("【書類名】意見書".encode(), "response"),
        ("【書類名】実用新案登録願".encode(), "utility-model"),
        ("【書類名】出願審査請求書".encode(), "procedure-paper"),
        (b'<jp-official-gazette kind-of-jp="U"/>', "utility-model"),
    ],
)
def test_what_is_no_application_is_refused_by_what_it_is(data: bytes, what: str) -> None:
    with pytest.raises(NotAnApplication) as told:
        read_bytes("anything.xml", data)
    assert told.value.name == what


def test_a_paper_beside_an_application_is_kept_and_told() -> None:
    name = "seeker-gazette-st36.xml"
    filing = read_filing({name: samples()[name], "power.pdf": b"%PDF-1.7"})
    assert [x.what for x in filing.losses] == ["part-not-read"]
    assert [s.name for s in filing.sources] == [name, "power.pdf"]


def test_a_picture_with_xml_inside_is_one_refusal_not_a_document() -> None:
    data = b"\xff\xd8\xff" + samples()["seeker-gazette-st36.xml"]
    assert [r.name for r in read_records("a.jpg", data) if isinstance(r, Refused)] == ["image"]


_WATCHED = """
import sys
from pathlib import Path
from service.intake import formats
from service.intake.formats import read_records
from service.intake.filing import content_parts, ReadFiling
files = [(p.name, p.read_bytes()) for p in sorted(Path(sys.argv[1]).iterdir())]
files.append(("x.xml", b'<!DOCTYPE x SYSTEM "http://192.0.2.1/x.dtd"><jp-official-gazette>&x;</jp-official-gazette>'))
files.append(("y.xml", b'<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]><jp-official-gazette>&x;</jp-official-gazette>'))
seen = []
WATCHED = ("open", "os.", "socket.", "subprocess.", "urllib.", "shutil.", "tempfile.", "ctypes.")
sys.addaudithook(lambda event, args: seen.append((event, str(args))) if event.startswith(WATCHED) else None)
read = 0
for name, data in files:
    for record in read_records(name, data):
        if isinstance(record, ReadFiling):
            content_parts(record)
            read += 1
print(read, seen)
"""


def test_reading_opens_no_file_and_no_socket_and_starts_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-c", _WATCHED, str(SAMPLES)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    read, _, seen = run.stdout.strip().partition(" ")
    assert int(read) >= 15
    assert seen == "[]"


def test_reading_is_the_same_twice() -> None:
    for name, data in samples().items():
        twice = [[r if isinstance(r, ReadFiling) else r.name for r in read_records(name, data)] for _ in range(2)]
        assert twice[0] == twice[1]
