"""A notice as PDF (WeasyPrint). Pure: the same notice gives the same bytes, in any process with the same fonts and libraries.

What must hold: nothing is fetched, no address and no file; one that is named aborts the rendering. No time and nothing random stands in
the file.
Not promised: the same bytes under other fonts or another WeasyPrint; what is proven is the act's paper (receipt), of which this is a view.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NoReturn

from service.errors import Refusal, Text
from service.notices.layout import FAMILY, Notice, html

RENDERING = ThreadPoolExecutor(1, thread_name_prefix="notices")
"""Beside the event loop, one at a time: layout is pure Python and holds the interpreter."""


async def rendered(notice: Notice) -> bytes:
    """The PDF. Raises Refusal notices-not-renderable (503) where Pango or the fonts are not installed."""
    return await asyncio.get_running_loop().run_in_executor(RENDERING, pdf, notice)


def pdf(notice: Notice) -> bytes:
    """As `rendered`, here and now."""
    return pdf_of(html(notice))


def pdf_of(document: str) -> bytes:
    """The PDF of an HTML document that names nothing outside itself. Raises Refusal notices-not-renderable; RuntimeError where it does."""
    page, font_config, fetcher, fetch_error = _engine()
    try:
        laid_out = page(string=document, url_fetcher=fetcher()).render(font_config=font_config())
        made: bytes = laid_out.write_pdf(pdf_identifier=b"hozen notice")
    except fetch_error:
        raise RuntimeError("a notice names something outside itself") from None
    if any(font.family != FAMILY for font in laid_out.fonts.values()):
        raise _not_renderable()
    return made


@cache
def _engine() -> tuple[Any, Any, Any, type[BaseException]]:
    """WeasyPrint, loaded with the first notice: it needs Pango, without which the service starts all the same."""
    try:
        from weasyprint import HTML  # type: ignore[import-untyped]
        from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]
        from weasyprint.urls import FatalURLFetchingError, URLFetcher  # type: ignore[import-untyped]
    except OSError:
        raise _not_renderable() from None

    class Refusing(URLFetcher):  # type: ignore[misc]
        """Fetches nothing."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=(), fail_on_errors=True)

        def fetch(self, url: str, headers: Any = None) -> NoReturn:
            raise PermissionError("nothing is fetched")

    return HTML, FontConfiguration, Refusing, FatalURLFetchingError


def _not_renderable() -> Refusal:
    return Refusal(
        "notices-not-renderable",
        503,
        Text(
            "通知書の字体（Noto CJK）又は Pango がありません。",
            "Pango or the fonts of notices (Noto CJK) are not installed.",
        ),
        next_step=Text(
            "通知の行為は有効です。管理者が libpango と fonts-noto-cjk を入れれば読めます。",
            "The notice stands. It can be read once the operator has installed libpango and fonts-noto-cjk.",
        ),
    )
