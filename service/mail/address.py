"""The one grammar of a mail address here: ASCII, a dot-atom, `@`, a domain of two labels or more (RFC 5321 4.1.2, narrower). Pure.

What must hold: what passes holds no blank, no control character, no quote and no sign that a mail server could take for a further address
or a route, so that it stands in an SMTP command and in a header as it is. Not promised: that anybody reads mail there.
"""

import re

LONGEST = 180
"""Characters of a whole address; RFC 5321 would allow 254. Every fact that holds one is sealed in one step of length."""
LONGEST_LOCAL = 64

_ATOM = r"[A-Za-z0-9_+=&'~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
PATTERN = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_TOP}$"
_WHOLE = re.compile(PATTERN[1:-1], re.ASCII)


def is_address(said: str) -> bool:
    """Whether a mail may be sent there."""
    return len(said) <= LONGEST and said.find("@") <= LONGEST_LOCAL and _WHOLE.fullmatch(said) is not None
