"""What stands before the root of an XML document, cut out before any parser sees it.

Promises: no DOCTYPE, declaration, instruction or comment before the root is left; a document that declares entities
(but unparsed images, NDATA, which USPTO files of 2001 to 2004 do) is refused; every scan is linear in the length of
the text.
"""

import re

from service.intake.formats import refused

_TOKEN = re.compile(r"""["'\[\]>]|<!--|<\?|<!ENTITY\b""")


def cut_prolog(text: str) -> str:
    """`text` without XML declaration, comments before the root and DOCTYPE; as many lines as before, so that lines
    still count.

    Raises Refused `entity-declared` for any entity but an unparsed (NDATA) one, `not-readable-xml` for a prolog
    without end.
    """
    at = end_of_prolog(text)
    return "\n" * text.count("\n", 0, at) + text[at:]


def end_of_prolog(text: str) -> int:
    """Where the root begins. Raises as `cut_prolog`."""
    at = 0
    while True:
        at += len(text[at : at + 4096]) - len(text[at : at + 4096].lstrip())
        if text.startswith("<?", at):
            at = _after(text, "?>", at)
        elif text.startswith("<!--", at):
            at = _after(text, "-->", at)
        elif text.startswith("<!DOCTYPE", at):
            at = _after_doctype(text, at + 9)
        elif at < len(text) and text[at].isspace():
            continue
        else:
            return at


def _after(text: str, mark: str, start: int) -> int:
    end = text.find(mark, start)
    if end < 0:
        raise refused.not_xml()
    return end + len(mark)


def _after_doctype(text: str, at: int) -> int:
    inside, entity = False, ""
    while found := _TOKEN.search(text, at):
        token = found[0]
        entity += text[at : found.start()] if entity else ""
        at = found.end()
        if token in "\"'":
            at = _after(text, token, at)
        elif token in ("<!--", "<?"):
            at = _after(text, "-->" if token == "<!--" else "?>", at)
        elif token == "<!ENTITY":
            entity = token
        elif token in "[]":
            inside = token == "["
        elif not inside:
            return at
        elif entity:
            if not re.search(r"\bNDATA\b", entity):
                raise refused.entity_declared()
            entity = ""
    raise refused.not_xml()
