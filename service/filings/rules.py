"""Guards of the filing's road: each one expression with a name, over plain facts. No session, no clock, no person."""

from service.filings.facts import Facts
from service.workflow import Rule, rule


@rule(
    "国際特許出願（特許法184条の3）は第66条の対象外です。",
    "A PCT national-phase application is outside Art. 66.",
    "ESPA 66(5)",
)
def not_pct_national(f: Facts) -> bool:
    return f.application != "pct-national"


@rule("国際特許出願でない出願です。", "The application is not a PCT national-phase application.", "ESPA 66(5)")
def pct_national(f: Facts) -> bool:
    return f.application == "pct-national"


@rule(
    "出願日に施行されている令12条1項にその号はありません。",
    "The Order in force on the filing date has no such item.",
    "ESPA 66(1), 66(11), Order 12(1)",
)
def items_of_the_order(f: Facts) -> bool:
    return not f.judgment.unknown


@rule(
    "送付には、一つの発明が一つの号の全部（問いがあればそのすべて）に該当する旨の判断か、出願人の今回又は以前の申出（66条2項）が必要です。",
    "Sending needs one invention that meets one item whole, every question it puts answered yes, or the applicant's request, now or before"
    " (66(2)).",
    "ESPA 66(1), 66(2)",
)
def has_ground_for_sending(f: Facts) -> bool:
    return bool(f.judgment.met) or f.last("request_review") is not None or f.earlier_notice


@rule(
    "号の全部に該当する発明があります。審査の必要がないことが明らかな理由（66条1項ただし書）を示してください。",
    "An invention meets an item whole: name why review is clearly unnecessary (66(1), proviso).",
    "ESPA 66(1)",
)
def no_ground_for_sending_left(f: Facts) -> bool:
    return not f.judgment.met or bool(f.unnecessary)


@rule(
    "この案件は一件ずつ判断します。",
    "This case is judged by itself.",
    "ESPA 66(1)",
)
def judged_by_itself(f: Facts) -> bool:
    return not (f.bulk and (f.for_person or f.matched))


@rule(
    "期間の起算日（翻訳文の提出、分割、変更などの日）がまだ登録されていません。",
    "The day the period is counted from (translation, division, conversion ...) is not recorded yet.",
    "ESPA 66(4)",
)
def start_day_known(f: Facts) -> bool:
    return f.sending_due is not None


@rule("送付の期限（3月）を過ぎています。", "The three months for sending have passed.", "ESPA 66(1), Order 13")
def within_sending_period(f: Facts) -> bool:
    return f.sending_due is not None and f.happened_on <= f.sending_due


@rule(
    "不送付通知の請求の期限を過ぎています。", "The period for asking for the non-sending notice is over.", "ESPA 66(10)"
)
def within_request_period(f: Facts) -> bool:
    return f.request_due is not None and f.happened_on <= f.request_due


@rule(
    "送付の期限（3月）はまだ過ぎていません。", "The three months for sending have not passed.", "ESPA 66(7), Order 13"
)
def sending_period_over(f: Facts) -> bool:
    return f.sending_due is not None and f.sending_due < f.happened_on <= f.today


@rule("不送付通知の請求がありません。", "No non-sending notice has been asked for.", "ESPA 66(10)")
def non_sending_notice_requested(f: Facts) -> bool:
    return f.last("request_non_sending_notice") is not None


@rule("出願人の意見を聴いていません。", "The applicant has not been heard.", "CAO Order 3")
def applicant_heard(f: Facts) -> bool:
    return f.last("hear_applicant") is not None


@rule(
    "延長の前に出願人の意見を聴いていません。",
    "The applicant has not been heard before this extension.",
    "ESPA 70(3), CAO Order 8",
)
def applicant_heard_again(f: Facts) -> bool:
    return any(p.name == "hear_applicant" for p in f.since("designate", "extend"))


@rule(
    "保全対象発明となり得る発明を少なくとも一つ示す必要があります。",
    "A pre-designation notice names at least one invention.",
    "ESPA 67(9), CAO Order 4",
)
def names_a_candidate_invention(f: Facts) -> bool:
    return f.inventions >= 1


@rule(
    "66条2項前段の申出による審査でない限り、事前の通知（67条9項）より前に打切りの理由はありません。",
    "Before the pre-designation notice only an abusive request (66(2), first sentence) is a ground for termination.",
    "ESPA 69(1)",
)
def reviewed_at_applicants_request(f: Facts) -> bool:
    return f.last("request_review") is not None


@rule("指定する発明を少なくとも一つ示す必要があります。", "A designation names at least one invention.", "ESPA 70(1)")
def names_an_invention(f: Facts) -> bool:
    return f.inventions >= 1


@rule(
    "指定の期間は指定の日から起算して1年以内です。",
    "The designation lasts at most one year, counting from its day.",
    "ESPA 70(2)",
)
def ends_within_a_year(f: Facts) -> bool:
    return f.until is not None and f.latest_until is not None and f.happened_on <= f.until <= f.latest_until


@rule("延長は満了日の翌日から1年以内です。", "An extension adds at most one year to the last day.", "ESPA 70(3)")
def extends_by_at_most_a_year(f: Facts) -> bool:
    end, until, latest = f.designation_end, f.until, f.latest_until
    return end is not None and until is not None and latest is not None and end < until <= latest


@rule(
    "延長の決定は指定の期間の末日までにします。",
    "The decision to extend is made by the last day of the period.",
    "ESPA 70(3)",
)
def decided_in_time(f: Facts) -> bool:
    return f.designation_end is not None and f.happened_on <= f.designation_end


@rule("指定の期間はまだ満了していません。", "The designation period has not ended.", "ESPA 70(2)")
def designation_over(f: Facts) -> bool:
    return f.designation_end is not None and f.designation_end < f.happened_on <= f.today


@rule(
    "弁明書の提出期限（通知の日より後の日）を定めてください。",
    "A period for the written explanation must be set, ending after the day of the notice.",
    "ESPA 69(2), 73(7), 74(3), 78(6)",
)
def sets_explanation_period(f: Facts) -> bool:
    return f.until is not None and f.until > f.happened_on


@rule("弁明の期間がまだ終わっていません。", "The period for the written explanation is not over.", "ESPA 69(2)")
def explanation_period_over(f: Facts) -> bool:
    return _period_over(f, "notice_termination")


@rule(
    "違反の理由の通知がないか、弁明の期間がまだ終わっていません。",
    "No reasons for the breach were notified, or the period for the written explanation is not over.",
    "ESPA 73(7), 74(3), 78(6)",
)
def breach_explanation_period_over(f: Facts) -> bool:
    return _period_over(f, "notice_breach")


def _period_over(f: Facts, notice: str) -> bool:
    """The period set by the latest notice of this name has ended before the act, whether or not an explanation came."""
    last = f.last(notice)
    return last is not None and last.until is not None and last.until < f.happened_on


@rule(
    "送付した旨の通知（66条3項）が発せられていません。",
    "The sending notice (66(3)) has not been dispatched.",
    "ESPA 78(5)",
)
def sending_notice_given(f: Facts) -> bool:
    return f.last("sending_notice_dispatched") is not None


@rule(
    "国際出願についての内閣総理大臣への通知（78条4項）がありません。",
    "The Prime Minister has not been told of the PCT application (78(4)).",
    "ESPA 78(5)",
)
def pm_told_of_pct_hit(f: Facts) -> bool:
    return f.last("tell_pm_of_pct_hit") is not None


@rule(
    "却下が相当である旨の通知がありません。", "There is no notice that dismissal is proper.", "ESPA 73(6), 74(2), 78(5)"
)
def dismissal_found_proper(f: Facts) -> bool:
    return f.last("find_dismissal_proper", "set_dismissal_pending") is not None


@rule("内閣総理大臣への事前の通知がありません。", "The Prime Minister has not been told beforehand.", "ESPA 66(9)")
def pm_told_of_dismissal(f: Facts) -> bool:
    return f.last("tell_of_coming_dismissal") is not None


@rule(
    "送付後の放棄又は取下げで、内閣総理大臣に通知していないものがありません。",
    "There is no withdrawal or abandonment after sending of which the Prime Minister has not been told.",
    "ESPA 66(8)",
)
def exit_after_sending_not_told(f: Facts) -> bool:
    left = f.last("withdraw", "abandon", "notify_pm_of_exit")
    return left is not None and left.name != "notify_pm_of_exit" and left.source != "PRIMARY_REVIEW"


@rule(
    "送付から71条又は77条2項の通知までに届け出られた承継で、内閣総理大臣に通知していないものがありません。",
    "There is no transfer, notified between sending and the notice of 71 or 77(2), of which the Prime Minister has not been told.",
    "ESPA 66(8)",
)
def transfer_after_sending_not_told(f: Facts) -> bool:
    return any(p.name == "transfer_right" and p.source in SENT_TO_PM for p in f.since("notify_pm_of_transfer"))


SENT_TO_PM = frozenset(
    "SENT UNDER_REVIEW PRE_NOTICE DOCS_FILED CORRECTION_ASKED TERMINATION_NOTICED TERMINATED DESIGNATED LIFTED EXPIRED".split()
)
"""States from sending until the notice of 71 or 77(2)."""


def came_from(state: str) -> Rule:
    """The guard that the termination notice was given in `state`: the review goes back to where it stood."""

    def holds(f: Facts) -> bool:
        notice = f.last("notice_termination")
        return notice is not None and notice.source == state

    holds.__name__ = f"came_from_{state.lower()}"
    return rule("通知の前の段階に戻ります。", "The review goes back to where it stood before the notice.", "ESPA 69")(
        holds
    )
