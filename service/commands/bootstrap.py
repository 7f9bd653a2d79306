"""The bootstrap file, read strictly before anything is made: the first persons, posts, clearances and compartments.

Promise: a file that passes makes facts that hold and a root that can be worked with (somebody may add persons; everyone's tokens can be
verified; every compartment has keys). A file that does not is refused with the place of its first fault, never with a value of it.
"""

import tomllib
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.access.people import AUTHORITIES, LOWEST_CLEARANCE, ROLES
from service.errors import Text
from service.settings import StartRefused

PERSON = {"id", "issuer", "subject", "from"}
MORE = {"post", "clearance", "compartments", "mandate"}
LONGEST = 255


def check(raw: bytes, issuer: str, compartments: Collection[str]) -> str:
    """The file's text. issuer: whose tokens hold here; compartments: those that get keys. Raises StartRefused bootstrap-wrong."""
    try:
        said = tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise _wrong("file", "TOML (UTF-8) として読めません", "cannot be read as TOML in UTF-8") from None
    people = said.get("person")
    if said.keys() != {"person"} or not isinstance(people, list) or not people:
        raise _wrong("file", "[[person]] だけが必要です", "holds [[person]] entries and nothing else")
    for number, person in enumerate(people, 1):
        _check_person(f"person {number}", person, issuer, compartments)
    for name, found in (("id", [UUID(p["id"]) for p in people]), ("subject", [p["subject"] for p in people])):
        if len(set(found)) != len(found):
            raise _wrong("file", f"二人が同じ {name} を持っています", f"two persons have one {name}")
    if not any(post["role"] == "security_officer" for p in people for post in p.get("post", [])):
        raise _wrong("file", "security_officer がいません", "no security_officer: nobody could ever add a person")
    return raw.decode()


def _check_person(where: str, person: Any, issuer: str, compartments: Collection[str]) -> None:
    _table(where, person, PERSON, MORE)
    try:
        UUID(person["id"])
    except (ValueError, TypeError, AttributeError):
        raise _wrong(f"{where}: id", "UUID ではありません", "is no UUID") from None
    if person["issuer"] != issuer:
        raise _wrong(f"{where}: issuer", "HOZEN_ISSUER と違います", "is not HOZEN_ISSUER: his tokens would never hold")
    _text(f"{where}: subject", person["subject"])
    start = _day(f"{where}: from", person["from"])
    for post in _list(f"{where}: post", person.get("post", [])):
        _check_post(f"{where}: post", post, start)
    for mandate in _list(f"{where}: mandate", person.get("mandate", [])):
        _check_mandate(f"{where}: mandate", mandate, start)
    if "clearance" in person:
        _check_clearance(f"{where}: clearance", person["clearance"], start)
    for name in _list(f"{where}: compartments", person.get("compartments", [])):
        _text(f"{where}: compartments", name)
        if name not in compartments:
            raise _wrong(
                f"{where}: compartments", "鍵のない区画です (--compartment)", "has no key: give it as --compartment"
            )


def _check_post(where: str, post: Any, start: date) -> None:
    _table(where, post, {"office", "role"}, {"until"})
    if not isinstance(post["role"], str) or post["role"] not in ROLES:
        raise _wrong(f"{where}: role", "知らない役割です", "is no role")
    if ROLES[post["role"]] != post["office"]:
        raise _wrong(f"{where}: office", "その役割の官署ではありません", "is not where this role is held")
    if "until" in post:
        _until(where, post["until"], start)


def _check_mandate(where: str, mandate: Any, start: date) -> None:
    _table(where, mandate, {"authority", "scope", "instrument"}, {"until"})
    if mandate["authority"] not in AUTHORITIES:
        raise _wrong(f"{where}: authority", "知らない権限者です", f"is none of {', '.join(sorted(AUTHORITIES))}")
    for name in ("scope", "instrument"):
        _text(f"{where}: {name}", mandate[name])
    if "until" in mandate:
        _until(where, mandate["until"], start)


def _check_clearance(where: str, clearance: Any, start: date) -> None:
    _table(where, clearance, {"level", "until"}, set())
    if type(clearance["level"]) is not int or clearance["level"] < LOWEST_CLEARANCE:
        raise _wrong(f"{where}: level", "正の整数が必要です", f"must be a number from {LOWEST_CLEARANCE}")
    _until(where, clearance["until"], start)


def _table(where: str, found: Any, needed: set[str], more: set[str]) -> None:
    if not isinstance(found, Mapping):
        raise _wrong(where, "表が必要です", "must be a table")
    if missing := sorted(needed - found.keys()):
        raise _wrong(where, f"{', '.join(missing)} がありません", f"lacks {', '.join(missing)}")
    if found.keys() - needed - more:
        raise _wrong(where, "知らない項目があります", "has an entry that nobody knows")


def _list(where: str, found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise _wrong(where, "配列が必要です", "must be a list")
    return found


def _text(where: str, found: Any) -> None:
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST:
        raise _wrong(where, "文字列が必要です", f"must be text of at most {LONGEST} characters")


def _day(where: str, found: Any) -> date:
    if not isinstance(found, date) or isinstance(found, datetime):
        raise _wrong(where, "日付 (2027-04-01) が必要です", "must be a day, as 2027-04-01")
    return found


def _until(where: str, found: Any, start: date) -> None:
    if _day(f"{where}: until", found) < start:
        raise _wrong(f"{where}: until", "開始日より前です", "lies before its beginning")


def _wrong(where: str, ja: str, en: str) -> StartRefused:
    return StartRefused("bootstrap-wrong", Text(f"初期登録ファイル {where}: {ja}。", f"bootstrap file, {where}: {en}."))
