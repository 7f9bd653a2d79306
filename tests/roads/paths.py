"""The ways along the everyday roads, on a morning in August 2026: together they take every row, and meet every guard before it holds."""

from datetime import date
from typing import Any

from tests.roads.hands import MEETS, WHY
from tests.roads.walks import Path, Step

TODAY = date(2026, 8, 3)
"""A Monday. What was filed on the first of May could be sent until Saturday; its applicant may ask until today (Holidays Act 2)."""
DATED = {"date_reason": WHY}


def _on(month: int, day: int, year: int = 2026) -> dict[str, Any]:
    """A legal date that lies before today."""
    return {**DATED, "happened_on": date(year, month, day).isoformat()}


def _steps(*acts: str | Step) -> list[Step]:
    return [Step(act) if isinstance(act, str) else act for act in acts]


def no(act: str, guard: str, **own: Any) -> Step:
    """An act that its guard refuses."""
    return Step(act, own, guard)


JUNE = date(2026, 6, 1)
CERTIFICATE = ("hold_priority_certificate", "release_priority_certificate")
STARTS = ("translation_filed", "reference_documents_filed", "missing_part_completed", "divided", "converted")
LAPSE = Step("lapse", _on(8, 2))

SCREENING = (
    Path("filing", _steps(no("exclude_pct", "pct-national"), "request_review", "start", "send"), back=True),
    Path("filing", _steps(no("start", "not-pct-national"), "exclude_pct"), application="pct-national", back=True),
    Path(
        "filing",
        _steps(
            *STARTS, *CERTIFICATE, "ask_documents", "answer_demand", "correct_classification", "transfer_right",
            no("lapse", "sending-period-over"), no("send", "has-ground-for-sending", inventions=[{"claim": 1}]),
            no("judge_not_to_send", "no-ground-for-sending-left", inventions=[MEETS]), "judge_not_to_send",
            no("give_non_sending_notice", "non-sending-notice-requested"), "request_non_sending_notice",
            "give_non_sending_notice",
            *CERTIFICATE, "transfer_right",
        ),
    ),
    Path("filing", _steps("request_non_sending_notice", "withdraw", no("notify_pm_of_exit", "exit-after-sending-not-told"))),
    Path("filing", _steps("abandon", no("notify_pm_of_exit", "exit-after-sending-not-told"))),
    Path("filing", _steps("dismiss")),
    Path(
        "filing",
        _steps(no("request_non_sending_notice", "within-request-period"), no("send", "start-day-known")),
        application="foreign-language",
    ),
    # Before the Order there was no item: Suppl. Art. 2.
    Path(
        "filing",
        _steps(
            "translation_filed", no("ask_documents", "items-of-the-order"), no("send", "items-of-the-order"),
            no("judge_not_to_send", "items-of-the-order", inventions=[MEETS]),
        ),
        date(2024, 4, 1),
        "foreign-language",
    ),
    Path(
        "filing",
        _steps(no("send", "within-sending-period"), LAPSE, "request_non_sending_notice", *CERTIFICATE, "transfer_right"),
        date(2026, 5, 1),
    ),
    Path("filing", _steps(LAPSE, no("request_non_sending_notice", "within-request-period")), date(2026, 4, 30)),
    Path("filing", _steps("judge_not_to_send", no("request_non_sending_notice", "within-request-period")), date(2026, 4, 30)),
)  # fmt: skip

SENT = (
    Path(
        "filing",
        _steps(
            "send", no("dismiss", "pm-told-of-dismissal"),
            no("notify_pm_of_transfer", "transfer-after-sending-not-told"),
            no("notice_breach", "sending-notice-given", until="2026-08-20"),
            no("find_dismissal_proper", "sending-notice-given"),
            no("dismiss_for_breach", "dismissal-found-proper"), "sending_notice_dispatched", *CERTIFICATE,
            no("notice_breach", "sets-explanation-period", until="2026-08-03"),
            no("find_dismissal_proper", "breach-explanation-period-over"),
            "transfer_right", "notify_pm_of_transfer", "tell_of_coming_dismissal", "dismiss",
        ),
    ),
    Path("filing", _steps("send", "withdraw", "notify_pm_of_exit")),
    Path("filing", _steps("send", "abandon", "notify_pm_of_exit")),
    # 78(5)-(7): the reasons, a time to explain that is over, the finding, the dismissal.
    Path(
        "filing",
        _steps(
            Step("send", _on(6, 10)), Step("sending_notice_dispatched", _on(6, 11)),
            Step("notice_breach", {**_on(6, 20), "until": "2026-07-01"}), "explain", "find_dismissal_proper",
            "dismiss_for_breach",
        ),
        JUNE,
    ),
    # 66(3): the day its notice was dispatched may be entered as late as the review has come.
    Path(
        "filing",
        _steps(
            "send", "receive", "sending_notice_dispatched", "hear_applicant", "give_pre_notice",
            "sending_notice_dispatched",
            "file_document", "sending_notice_dispatched", "ask_correction", "sending_notice_dispatched",
            Step("notice_termination", {"until": "2026-08-20"}), "sending_notice_dispatched",
        ),
    ),
)  # fmt: skip

OUT_OF_SCOPE = (
    # 78(4)-(7): an international application is never sent; its breach is noticed once the Prime Minister was told of it.
    Path(
        "filing",
        _steps(
            no("dismiss_for_breach", "dismissal-found-proper"), Step("tell_pm_of_pct_hit", _on(6, 2)),
            no("notice_breach", "sets-explanation-period", until="2026-08-03"),
            no("find_dismissal_proper", "breach-explanation-period-over"),
            Step("notice_breach", {**_on(6, 20), "until": "2026-07-01"}), "transfer_right", "explain",
            "find_dismissal_proper",
            "dismiss_for_breach",
        ),
        JUNE,
        "pct-national",
    ),
)  # fmt: skip

CONFIRMING = (
    Path(
        "confirmation",
        _steps(
            no("answer_demand", "something-asked"), no("reject_on_formality", "may-reject", ground="form"),
            "ask_for_more",
            no("accept_request", "nothing-awaited"), "answer_demand", "later_filing", "accept_request",
            no("answer_demand", "something-asked"), no("reject_on_formality", "may-reject", ground="form"),
            "ask_for_more", "answer_demand",
            "later_filing", no("refer", "meets-an-item", inventions=[{"claim": 1}]),
            no("refer", "items-of-the-order", **_on(4, 1, 2024)), "refer",
            no("answer_demand", "something-asked"), "later_filing", "answer_referral",
            no("answer_demand", "something-asked"), "later_filing",
            "pass_on_answer", "later_filing",
        ),
    ),
    Path("confirmation", _steps("cancel", "later_filing")),
    Path("confirmation", _steps("accept_request", "ask_for_more", "refer", "answer_demand", "cancel")),
    Path("confirmation", _steps("accept_request", "ask_for_more", "refer", "answer_referral", "answer_demand", "cancel")),
    Path("confirmation", _steps("accept_request", "cancel")),
    Path("confirmation", _steps("accept_request", "answer_not_applicable", "later_filing")),
    Path("confirmation", _steps("accept_request", "reject_on_formality")),
    Path("confirmation", _steps("reject_on_formality", "later_filing")),
)  # fmt: skip

PATHS = (*SCREENING, *SENT, *OUT_OF_SCOPE, *CONFIRMING)
