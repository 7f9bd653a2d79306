"""The parts of a page's address: its language, and the kind of case. Anything else is no page (404)."""

from typing import Literal

from starlette.convertors import StringConvertor, register_url_convertor

Lang = Literal["ja", "en"]
Kind = Literal["filings", "confirmations"]


class _Lang(StringConvertor):
    regex = "ja|en"


class _Kind(StringConvertor):
    regex = "filings|confirmations"


register_url_convertor("lang", _Lang())
register_url_convertor("kind", _Kind())
