"""The pages in a real browser (Debian's Chromium): main flows by click and key, no script, no fault of WCAG 2.2 AA that axe finds."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from service.demo.client import Person
from service.demo.run import Demo
from service.web.pages.words import LANGS, words
from tests.web.filed import filed, in_review

CHROMIUM = "/usr/bin/chromium"
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
People = dict[str, Person]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert Path(CHROMIUM).exists(), "chromium is not installed: .ci/packages installs it"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """A fresh browser at the service; whatever it complains of, or asks of another host, fails the test."""
    complaints: list[str] = []
    context = browser.new_context(base_url=demo.address, locale="ja-JP")
    shown = context.new_page()
    shown.on("console", lambda said: complaints.append(said.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", lambda asked: complaints.append(asked.url) if not asked.url.startswith(demo.address) else None)
    yield shown
    context.close()
    # a refusal's status is told by the browser too, and is what those tests ask for
    assert [c for c in complaints if "Failed to load resource" not in c] == []


def enter(page: Page, name: str, lang: str = "ja") -> None:
    """Become one of the demo's people, on the first page."""
    page.goto(f"/{lang}")
    page.locator(f'input[value="{name}"] + button').click()
    expect(page).to_have_url(re.compile(f"/{lang}/cases$"))


def without_barriers(page: Page) -> None:
    """No violation of WCAG 2.2 A or AA that axe finds."""
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("lang", LANGS)
def test_pages_have_no_barriers(page: Page, people: People, lang: str) -> None:
    case = in_review(people)
    for path in ("", "/self-check"):
        page.goto(f"/{lang}{path}")
        without_barriers(page)
    enter(page, "sato", lang)
    for path in ("/cases", "/cases?kind=confirmations", "/new/filing", "/new/cao-meti-3", f"/filings/{case}"):
        page.goto(f"/{lang}{path}")
        without_barriers(page)
    enter(page, "tanaka", lang)
    for path in (
        f"/filings/{case}",
        f"/filings/{case}/do/ask_in_review",
        f"/filings/{case}/do/give_pre_notice",
        "/cases?state=x",
    ):
        page.goto(f"/{lang}{path}")
        without_barriers(page)


def test_a_prior_confirmation_is_asked_and_answered_in_a_few_clicks(page: Page) -> None:
    clicks = 0

    def click(name: str, nth: int = 0) -> None:
        nonlocal clicks
        clicks += 1
        page.get_by_role("link", name=name, exact=True).or_(page.get_by_role("button", name=name, exact=True)).nth(
            nth
        ).click()

    ja = words("ja")
    enter(page, "sato")
    click(ja["page"]["new_confirmation"])
    page.locator('[name="/requesters/0/name"]').fill("株式会社架空製作所")
    page.locator('[name="/requesters/0/address"]').fill("東京都千代田区")
    page.locator('[name="/title"]').fill("船体の扉")
    for name in ("/commissioned_by_state", "/filed_in_japan"):
        page.locator(f'[name="{name}"][value="false"]').check()
    page.locator('[name="/fee/amount"]').fill("25000")
    page.locator('[name="/fee/paid_by"]').select_option("stamps")
    page.locator('[name="/fee/stamps/0/value"]').fill("5000")
    page.locator('[name="/fee/stamps/0/count"]').fill("5")
    page.locator('[name="/description/language"]').select_option("en")
    page.locator('[name="/description/title"]').fill("船体の扉")
    page.locator('[name="/description/detailed"]').fill("A door in a ship's hull that opens inwards.")
    click(ja["page"]["send"])
    expect(page.locator(".state").first).to_have_text(ja["states"]["SUBMITTED"])
    case = page.url
    enter(page, "suzuki")
    page.goto(case)
    click(ja["acts"]["accept_request"])
    click(ja["acts"]["accept_request"])
    click(ja["acts"]["answer_not_applicable"])
    page.locator('[name="/reason"]').fill("いずれの号にも該当しない。")
    click(ja["acts"]["answer_not_applicable"])
    enter(page, "sato")
    page.goto(case)
    expect(page.locator(".state").first).to_have_text(ja["states"]["ANSWERED_NOT_APPLICABLE"])
    click(ja["page"]["receive"])
    expect(page.get_by_role("link", name="(PDF)")).to_have_count(1)
    print(f"clicks from entering to the answer received: {clicks + 3}")
    assert clicks + 3 < 25


def test_what_does_not_hold_stands_first_and_leads_to_its_field(page: Page) -> None:
    enter(page, "sato")
    page.goto("/ja/new/cao-meti-3")
    page.locator('[name="/title"]').fill("船体の扉")
    page.get_by_role("button", name=words("ja")["page"]["send"], exact=True).click()
    faults = page.locator("#faults li a")
    expect(faults.first).to_be_visible()
    expect(page.locator('[name="/title"]')).to_have_value("船体の扉")
    target = faults.first.get_attribute("href")
    assert target is not None
    assert page.locator(target).count() == 1
    without_barriers(page)


def test_a_page_is_read_by_keyboard_from_its_first_link(page: Page) -> None:
    page.goto("/ja")
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_another_site_does_nothing_in_anybodys_name(page: Page, people: People, demo: Demo) -> None:
    """A form on another origin, posted by a browser that holds the cookie: it is nobody's request."""
    case = filed(people)
    enter(page, "suzuki")
    version = people["suzuki"].get(f"/filings/{case}")["version"]
    target = f"{demo.address}/ja/filings/{case}/do/ask_documents?seen={version}"
    form = f'<form method="post" action="{target}"><input name="/reason" value="x"><button>go</button></form>'
    page.route("http://another.test/", lambda route: route.fulfill(body=form, content_type="text/html"))
    other = page.context.new_page()
    other.route("http://another.test/", lambda route: route.fulfill(body=form, content_type="text/html"))
    other.goto("http://another.test/")
    with other.expect_navigation() as gone:
        other.get_by_role("button").click()
    assert gone.value.status == 401
    assert people["suzuki"].get(f"/filings/{case}")["version"] == version


def test_a_narrow_screen_never_scrolls_sideways(browser: Browser, demo: Demo, people: People) -> None:
    case = in_review(people)
    context = browser.new_context(base_url=demo.address, viewport={"width": 360, "height": 740}, locale="ja-JP")
    page = context.new_page()
    enter(page, "tanaka")
    for path in ("/ja", "/ja/cases", f"/ja/filings/{case}", f"/ja/filings/{case}/do/give_pre_notice"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    context.close()
