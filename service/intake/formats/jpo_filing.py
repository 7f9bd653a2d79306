"""JPO internet filing XML (特許願): up to three documents make one filing.

`jp:pat-app-doc` is the request (願書), `application-body` the description, claims and abstract, `jp:procedure` the
receipt with number, title and time. A missing one is a loss. Papers of other procedures, and utility models, are
refused by name.
"""

import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Any

from lxml import etree

from service.intake.filing import Kind, ReadFiling
from service.intake.formats import refused
from service.intake.formats.losses import Losses
from service.intake.formats.values import (
    block,
    date_of,
    dates_of,
    drawings,
    every,
    find,
    inline,
    language,
    local,
    names,
    paragraphs,
    symbols,
)  # fmt: skip
from service.intake.formats.xmlread import XmlPart

FORMAT = "jpo-filing"
REQUEST, BODY, PROCEDURE = "pat-app-doc", "application-body", "procedure"
_CALLED = {
    REQUEST: "願書 / request",
    BODY: "明細書等 / application body",
    PROCEDURE: "受領記録 / receipt",
}

# document codes of the procedures that are (or complete) a patent application
_KIND_OF_CODE: dict[str, Kind] = {
    "A163": "ordinary",
    "A1631": "foreign-language",
    "A1632": "pct-national",
    "A1634": "pct-national",
    "A1635": "pct-national",
}
_SPECIAL: tuple[tuple[str, Kind], ...] = (
    ("36条の2", "foreign-language"),
    ("44条", "divisional"),
    ("46条", "converted"),
)


def read(parts: Iterable[XmlPart], losses: Losses) -> ReadFiling:
    """The filing that these documents make. Raises NotAnApplication; Refused `more-than-one-filing` if a role comes
    twice.
    """
    by_role: dict[str, XmlPart] = {}
    for part in parts:
        if by_role.setdefault(local(part.root), part) is not part:
            raise refused.more_than_one()
    request, body, procedure = (by_role.get(r) for r in (REQUEST, BODY, PROCEDURE))
    code = _code(request, procedure)
    kind = _kind(code, request, losses)
    for role in (REQUEST, BODY, PROCEDURE):
        # a national entry under A1632 comes without a body: its translation follows as A1634
        if role not in by_role and not (role == BODY and code == "A1632"):
            losses.add("part-missing", "", _CALLED[role])
    numbers = _numbers(request, procedure)
    return ReadFiling(
        format=FORMAT,
        kind=kind,
        number=next(
            (numbers[k] for k in ("application", "international", "reference") if k in numbers),
            None,
        ),
        numbers=numbers,
        titles=_titles(body, procedure, losses),
        **_from_request(request),
        **_from_body(body),
        filing_date=_filed(procedure),
    )


def _code(request: XmlPart | None, procedure: XmlPart | None) -> str:
    found = ""
    if request is not None:
        found = inline(request.root.find(".//{*}document-code"))
    if not found and procedure is not None:
        name = procedure.root.find(".//{*}document-name")
        codes = {} if name is None else {str(k): str(v) for k, v in name.attrib.items()}
        found = next((v for k, v in codes.items() if k.endswith("document-code")), "")
    return unicodedata.normalize("NFKC", found).strip()


def _kind(code: str, request: XmlPart | None, losses: Losses) -> Kind:
    if code.startswith("A2") or (request is not None and _utility(request.root)):
        raise refused.not_an_application("utility-model")
    if code and code not in _KIND_OF_CODE:
        raise refused.not_an_application("procedure-receipt" if request is None else "procedure-paper")
    kind: Kind = _KIND_OF_CODE.get(code, "ordinary")
    if request is None:
        return kind
    for article in request.root.iterfind(".//{*}special-mention-matter-article/{*}article"):
        told = unicodedata.normalize("NFKC", inline(article))
        special = next((k for words, k in _SPECIAL if words in told), None)
        if special is None:
            losses.add("special-mention-unread", request.at(article), told)
        else:
            kind = special
    return kind


def _utility(root: etree._Element) -> bool:
    return any("utility" in str(v) for e in root for k, v in e.attrib.items() if str(k).endswith("kind-of-law"))


def _numbers(request: XmlPart | None, procedure: XmlPart | None) -> dict[str, str]:
    found: dict[str, str] = {}
    if procedure is not None:
        found["application"] = inline(procedure.root.find(".//{*}application-reference/{*}application-number"))
        found["international"] = inline(
            procedure.root.find(".//{*}application-reference/{*}international-application-number")
        )
        found["reference"] = inline(procedure.root.find(".//{*}procedure-infomation/{*}file-reference-id"))
    if request is not None:
        for case in request.root.iterfind(".//{*}indication-of-case-article/{*}application-reference"):
            kind = "international" if "international" in (case.get("appl-type") or "") else "application"
            found[kind] = found.get(kind) or inline(find(case, "document-id/doc-number"))
        found["reference"] = found.get("reference") or inline(request.root.find(".//{*}file-reference-id"))
    return {k: v for k, v in found.items() if v}


def _titles(body: XmlPart | None, procedure: XmlPart | None, losses: Losses) -> dict[str, str]:
    own = receipt = ""
    lang = "ja"
    if body is not None:
        own = inline(body.root.find(".//{*}invention-title"))
        lang = language(body.root, "ja")
    if procedure is not None:
        receipt = inline(procedure.root.find(".//{*}procedure-infomation/{*}invention-title"))
    if own and receipt and unicodedata.normalize("NFKC", own) != unicodedata.normalize("NFKC", receipt):
        losses.add("titles-differ", procedure.name if procedure else "")
    title = own or receipt
    return {lang: title} if title else {}


def _from_request(request: XmlPart | None) -> dict[str, Any]:
    if request is None:
        return {}
    root = request.root
    priority = ".//{*}priority-claims//{*}date"
    return {
        "applicants": names(request, root.iterfind(".//{*}applicants/{*}applicant"), ("name",)),
        "inventors": names(request, root.iterfind(".//{*}inventors/{*}inventor"), ("name",)),
        "agents": names(request, root.iterfind(".//{*}agents/{*}agent"), ("name",)),
        "symbols": tuple(symbols(request, "ipc", root.iterfind(".//{*}ipc-article/{*}ipc"))),
        "priority_dates": dates_of(request, root.iterfind(priority)),
    }


def _from_body(body: XmlPart | None) -> dict[str, Any]:
    if body is None:
        return {}
    return {
        "drawings": drawings(body.root),
        "claims": tuple(c for c in map(block, every(body.root, "claims/claim")) if c),
        "abstract": block(find(body.root, "abstract")),
        "description": paragraphs(find(body.root, "description")),
    }


def _filed(procedure: XmlPart | None) -> date | None:
    """The filing date the receipt gives: of the application, of the international one, else the day of submission."""
    if procedure is None:
        return None
    reference = ".//{*}application-reference/{*}"
    given = (
        f"{reference}application-date",
        f"{reference}international-application-date",
        ".//{*}submission-date/{*}date",
    )
    return next((d for path in given if (d := date_of(procedure, procedure.root.find(path)))), None)
