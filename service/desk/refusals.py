"""The desk's own refusals, by name."""

from service.errors import Refusal, Text


def version_needed() -> Refusal:
    return Refusal(
        "version-needed",
        428,
        Text("If-Matchで見ている版を示してください。", "Say by If-Match which version you have seen."),
        next_step=Text("案件を読み直し、ETagの値を送ってください。", "Read the case again and send its ETag."),
    )


def case_moved_on() -> Refusal:
    return Refusal(
        "case-moved-on",
        412,
        Text("その間に案件が更新されました。", "The case has moved on since you read it."),
        next_step=Text("案件を読み直してください。", "Read the case again."),
    )


def step_not_lawful() -> Refusal:
    """The state is not named: an applicant may not have heard of it yet, others read it in the case."""
    return Refusal(
        "step-not-lawful",
        409,
        Text("この段階ではこの行為はできません。", "The law has no such step in this state."),
        next_step=Text("次に可能な行為はworkbenchにあります。", "The workbench lists the lawful next acts."),
    )


def guard_fails(name: str, text: Text, article: str) -> Refusal:
    return Refusal(name, 409, text, article=article)


def date_in_future() -> Refusal:
    return Refusal(
        "date-in-future",
        422,
        Text("将来の日付は記録できません。", "A legal date in the future is not recorded."),
        pointer="/happened_on",
    )


def date_needs_reason() -> Refusal:
    return Refusal(
        "date-needs-reason",
        422,
        Text("本日より前の日付には理由が必要です。", "A legal date before today needs a reason."),
        pointer="/date_reason",
        next_step=Text("理由を記入してください。", "Give the reason."),
    )


def date_before_last_event() -> Refusal:
    return Refusal(
        "date-before-last-step",
        422,
        Text("前の手続の日より前の日付です。", "The date lies before that of an earlier step."),
        pointer="/happened_on",
        next_step=Text(
            "前の手続の日付が誤りなら、先に訂正してください。", "If the earlier date is wrong, correct it first."
        ),
    )


def past_date_not_permitted() -> Refusal:
    return Refusal(
        "past-date-not-permitted",
        403,
        Text("過去の日付を記録する権限がありません。", "You may not enter a legal date before today."),
        pointer="/happened_on",
        next_step=Text("方式担当者に依頼してください。", "Ask the clerk in charge."),
    )


def already_approved() -> Refusal:
    return Refusal(
        "already-approved",
        409,
        Text(
            "あなたはすでに承認しています。別の者の承認が必要です。",
            "You have approved this already; another person must.",
        ),
    )


def idempotency_key_used() -> Refusal:
    return Refusal(
        "idempotency-key-used",
        409,
        Text("このIdempotency-Keyは別の内容で使われています。", "This Idempotency-Key was used for something else."),
        next_step=Text("新しいキーで送信してください。", "Send it with a new key."),
    )


def no_earlier_notice() -> Refusal:
    return Refusal(
        "no-earlier-notice",
        422,
        Text(
            "この出願の出願人が以前の申出について保全指定前の通知を受けた記録はありません。",
            "No applicant of this filing is known to have got a pre-designation notice on an earlier request.",
        ),
        article="ESPA 66(2)",
        pointer="/earlier_notice",
    )


def not_correctable() -> Refusal:
    return Refusal(
        "not-correctable",
        409,
        Text(
            "この記録は訂正できません（取消しは最後の手続に限ります）。",
            "This entry cannot be corrected so: only the last step can be taken back.",
        ),
        pointer="/event",
    )


def correction_needs_date() -> Refusal:
    return Refusal(
        "correction-needs-date",
        422,
        Text("正しい日付を示してください。", "Name the right date, or take the entry back."),
        pointer="/happened_on",
    )


def no_mandate() -> Refusal:
    return Refusal(
        "no-mandate",
        403,
        Text(
            "本日この行為を行う委任（専決・代決の定め）がありません。",
            "You hold no mandate today to do this act for the authority whose act it is.",
        ),
        next_step=Text(
            "委任の文書を示して保安担当者に登録を求めてください。",
            "Have the security officer enter the instrument of your mandate.",
        ),
    )
