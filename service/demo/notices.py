"""The applicant receives each notice of a case, and reads it as PDF where the fonts for it are installed."""

from collections.abc import Callable
from itertools import pairwise

from service.demo.client import Person

NOT_RENDERABLE = 503
"""The machine has no Pango or no Noto CJK: the notices stand, and only their PDF waits for the operator."""


def receive(applicant: Person, office: Person, case: str, held: Callable[[str, bool], None]) -> int:
    """Confirm receipt of every notice of the case; how many."""
    base = f"/filings/{case}/notices"
    notices = applicant.get(base)["notices"]
    held("notices stand in the order of their days", all(a["day"] <= b["day"] for a, b in pairwise(notices)))
    for notice in notices:
        path = f"{base}/{notice['id']}"
        shut = applicant.ask("GET", path)
        held(
            "a notice opens once its receipt is confirmed",
            (shut.status_code, shut.json()["name"]) == (409, "notice-not-received"),
        )
        held("receipt is confirmed", applicant.ask("POST", f"{path}/receive").status_code == 200)
        held("a notice is a PDF", applicant.status(path) in (200, NOT_RENDERABLE))
    for notice in office.get(base)["notices"]:
        proof = office.get(f"{base}/{notice['id']}/service")
        held("the office has proof of each receipt", [p["person"] for p in proof] == [str(applicant.id)])
    return len(notices)
