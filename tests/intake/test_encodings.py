"""Text is read in the encodings of the trade, with their extras; what does not decode is a loss, never a silence."""

import pytest

from service.intake.formats import read_bytes
from service.intake.formats.decoding import decode
from service.intake.formats.losses import Losses

from .files import samples

TITLE = "髙さ①を﨑で測る−装置"


def euc(text: str) -> bytes:
    """EUC-JP with the rows of CP932, as Windows writes it: its pairs are those of CP932, moved."""
    out = bytearray()
    for c in text:
        pair = c.encode("cp932")
        if len(pair) == 2:
            row = (pair[0] - (0x81 if pair[0] < 0xA0 else 0xC1)) * 2 + (pair[1] >= 0x9F)
            cell = pair[1] - 0x9F if pair[1] >= 0x9F else pair[1] - 0x40 - (pair[1] > 0x7F)
            pair = bytes((row + 0xA1, cell + 0xA1))
        out += pair
    return bytes(out)


def xml(title: str, label: str) -> str:
    return (
        f'<?xml version="1.0" encoding="{label}"?><jp-official-gazette lang="ja"><bibliographic-data>'
        "<publication-reference>"
        f"<document-id><doc-number>2026000001</doc-number></document-id></publication-reference>"
        f"<invention-title>{title}</invention-title></bibliographic-data></jp-official-gazette>"
    )


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("Shift_JIS", "cp932"),
        ("x-sjis", "cp932"),
        ("UTF-16", "utf-8"),
    ],
)
def test_a_title_with_extras_is_read_in_each_encoding(label: str, codec: str) -> None:
    title = TITLE.replace("−", "－") if codec == "cp932" else TITLE
    filing = read_bytes("a.xml", xml(title, label).encode(codec))[0]
    assert filing.titles == {"ja": title}


def test_extras_of_cp932_in_a_file_labelled_euc_jp_are_read_and_told() -> None:
    filing = read_bytes("a.xml", euc(xml("①㈱髙﨑の装置", "EUC-JP")))[0]
    assert filing.titles == {"ja": "①㈱髙﨑の装置"}
    assert filing.losses[0].what == "encoding-extended"


@pytest.mark.parametrize("damage", [b"\xfe", b"\xfe\x41", b"\x8f\xf4\xa1", b"\xf5\xa1"])
def test_a_damaged_pair_in_euc_jp_is_replaced_and_told(damage: bytes) -> None:
    filing = read_bytes("a.xml", euc(xml("装置Q", "EUC-JP")).replace(b"Q", damage))[0]
    assert filing.titles["ja"].startswith("装置")
    assert filing.losses[0].what in ("bytes-undecodable", "encoding-extended")


def test_cp932_extras_under_the_label_shift_jis_are_read_without_loss() -> None:
    losses = Losses()
    text = "髙﨑①㈱～"
    data = b'<?xml version="1.0" encoding="Shift_JIS"?>' + text.encode("cp932") + b"\xa0"
    assert decode("a", data, losses).endswith(text + "\u00a0")
    assert losses.all() == ()


def test_characters_outside_the_label_are_told() -> None:
    losses = Losses()
    data = '<?xml version="1.0" encoding="EUC-JP"?>①'.encode("euc_jis_2004")
    assert decode("a.xml", data, losses).endswith("①")
    assert [x.what for x in losses.all()] == ["encoding-extended"]


def test_bytes_that_do_not_decode_are_replaced_and_their_offset_is_told() -> None:
    filing = read_bytes("a.xml", xml("装置X", "UTF-8").encode().replace(b"X", b"\xff"))[0]
    assert filing.titles == {"ja": "装置\ufffd"}
    loss = filing.losses[0]
    assert loss.what == "bytes-undecodable"
    assert loss.position == f"a.xml byte {xml('装置X', 'UTF-8').encode().index(b'X')}"


@pytest.mark.parametrize("label", ["zip", "idna", "unicode_escape", "utf-7", "rot13", "x-nobody"])
def test_a_label_outside_the_table_never_reaches_pythons_codecs(label: str) -> None:
    filing = read_bytes("a.xml", xml("装置", label).encode())[0]
    assert filing.titles == {"ja": "装置"}
    assert "encoding-unknown" in {x.what for x in filing.losses}


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp"])
def test_japanese_text_without_a_label_is_read_in_any_of_its_encodings(codec: str) -> None:
    text = samples()["unclassified-gansho.txt"].decode().replace("－", "")
    filing = read_bytes("a.txt", text.encode(codec))[0]
    assert filing.titles == {"ja": "音で開け閉めを知らせる郵便受け"}
    assert filing.losses == ()


def test_line_ends_of_every_kind_make_the_same_filing() -> None:
    text = samples()["divisional-gansho.txt"].decode("utf-8-sig")
    read = [read_bytes("a", text.replace("\n", end).encode())[0] for end in ("\n", "\r\n", "\r")]
    assert read[0].claims == read[1].claims == read[2].claims
    assert read[0].symbols == read[1].symbols == read[2].symbols


def test_an_entity_of_the_missing_dtd_becomes_its_character_and_a_loss() -> None:
    filing = read_bytes("a.xml", xml("a&minus;b&nosuch;c&amp;d & e &lsqb;f", "UTF-8").encode())[0]
    assert filing.titles == {"ja": "a−b&nosuch;c&d & e [f"}
    assert [x.what for x in filing.losses[:4]] == [
        "entity-from-missing-dtd",
        "entity-unknown",
        "ampersand-bare",
        "entity-from-missing-dtd",
    ]


def test_a_character_that_xml_forbids_is_replaced_and_told() -> None:
    filing = read_bytes("a.xml", xml("装\x0b置\ufffe&#0;&#xD800;", "UTF-8").encode())[0]
    assert filing.titles == {"ja": "装\ufffd置\ufffd\ufffd\ufffd"}
    assert [x.what for x in filing.losses[:2]] == ["character-forbidden", "character-forbidden"]


def test_text_in_a_cdata_section_is_not_touched() -> None:
    filing = read_bytes("a.xml", xml("<![CDATA[a&minus;b]]>", "UTF-8").encode())[0]
    assert filing.titles == {"ja": "a&minus;b"}


def test_an_undeclared_prefix_is_read_and_told() -> None:
    head = (
        b"<exch:bibliographic-data><exch:invention-title lang='en'>T</exch:invention-title></exch:bibliographic-data>"
    )
    data = b"<exch:exchange-document doc-number='1'>" + head + b"</exch:exchange-document>"
    filing = read_bytes("a.xml", data)[0]
    assert (filing.number, filing.titles) == ("1", {"en": "T"})
    assert filing.losses[0].what == "prefix-undeclared"


def test_a_fault_in_the_xml_is_read_over_and_its_line_told() -> None:
    filing = read_bytes("a.xml", xml("装置", "UTF-8").replace("</bib", "\n<First Embodiment>\n</bib").encode())[0]
    assert filing.titles == {"ja": "装置"}
    assert ("malformed", "a.xml line 2") in {(x.what, x.position) for x in filing.losses}


def test_a_cut_off_file_says_so() -> None:
    whole = samples()["seeker-gazette-st36.xml"]
    filing = read_bytes("a.xml", whole[: len(whole) // 2])[0]
    assert "malformed" in {x.what for x in filing.losses}
