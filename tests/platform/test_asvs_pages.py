"""What OWASP ASVS 5.0 asks of pages (V1, V3, V14): tried on pages of every kind at the running service, and on the code that draws them."""

import re

import httpx2
import pytest

from service.demo.client import Person
from service.demo.run import Demo
from tests.shared import ROOT
from tests.web.test_pages import filed

People = dict[str, Person]


@pytest.fixture(params=["first", "self-check", "queue", "case", "form", "act", "refused"])
def page(request: pytest.FixtureRequest, demo: Demo, people: People) -> httpx2.Response:
    """One page of each kind."""
    case = filed(people)
    name, path = {
        "first": ("sato", "/ja"), "self-check": ("sato", "/en/self-check"), "queue": ("sato", "/ja/cases"),
        "case": ("suzuki", f"/ja/filings/{case}"), "form": ("sato", "/en/new/cao-meti-3"),
        "act": ("suzuki", f"/ja/filings/{case}/do/ask_documents"), "refused": ("yamada", f"/ja/filings/{case}"),
    }[request.param]  # fmt: skip
    answer = people[name].ask("GET", path)
    assert answer.headers["content-type"].startswith("text/html")
    return answer


def test_a_page_has_no_script_and_nothing_that_is_not_of_this_host(
    page: httpx2.Response,
) -> None:  # V1.2.2, V3.5.7, V3.7.1
    assert not re.search(r"<(script|object|embed|applet|iframe|frame|base|link[^>]+import)\b", page.text, re.I)
    assert not re.search(r"""\son[a-z]+\s*=""", re.sub(r">[^<]*<", "><", page.text), re.I)
    addresses = re.findall(r"""\s(?:href|src|action|formaction|poster|data)="([^"]*)\"""", page.text)
    assert addresses
    assert [a for a in addresses if not re.match(r"(/(?!/)|[?#]|$)", a)] == []


def test_the_browser_is_told_that_a_page_stands_alone(page: httpx2.Response) -> None:  # V3.4.3, V3.4.8
    policy = dict(rule.strip().partition(" ")[::2] for rule in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert "script-src" not in policy and "object-src" not in policy
    assert set(policy.values()) <= {"'none'", "'self'"}
    assert page.headers["cross-origin-opener-policy"] == "same-origin"


def test_a_browser_is_given_no_more_to_keep_than_what_it_enters_with(demo: Demo) -> None:  # V14.3.3
    with httpx2.Client(base_url=demo.address, timeout=60) as http:
        kept = [http.get(path).headers.get_list("set-cookie") for path in ("/ja", "/ja/cases", "/en/self-check")]
    assert kept == [[], [], []]


def test_templates_are_files_of_ours_and_escape_what_they_show() -> None:  # V1.3.7
    for path in (ROOT / "service").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"from_string|\bTemplate\(|Markup\(|autoescape\s*=\s*False", text), path
    for path in (ROOT / "service").rglob("*.html"):
        said = path.read_text(encoding="utf-8").replace(
            "{{ fields | safe }}", ""
        )  # service/forms/html.py escapes them itself
        assert not re.search(r"\|\s*safe\b|autoescape", said), path
