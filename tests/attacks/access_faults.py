"""Faults planted in the policies, each a change of one text: who gets too much, who too little. P14 must find every one."""

from dataclasses import dataclass
from pathlib import Path

from service.access.decide import Policies
from service.access.policy_set import check, read_files

FOLDER = Path(__file__).resolve().parents[2] / "policies" / "access"


@dataclass(frozen=True)
class Fault:
    """Each edit: in a file, what stands there and what it becomes. actions: where it shows."""

    edits: tuple[tuple[str, str, str], ...]
    actions: tuple[str, ...]


FAULTS = {
    "clearance is not looked at": Fault(
        (
            (
                "everyone.cedar",
                "unless {\n  (principal.cleared_until >= context.today",
                "unless {\n  (principal.cleared_until >= 0",
            ),
        ),
        ("read_content",),
    ),
    "clearance ends a day too early": Fault(
        (
            (
                "everyone.cedar",
                "unless {\n  (principal.cleared_until >= context.today",
                "unless {\n  (principal.cleared_until > context.today",
            ),
        ),
        ("read_content",),
    ),
    "compartments are not looked at": Fault(
        (
            (
                "everyone.cedar",
                "&& principal.compartments.containsAll(resource.compartments)) ||",
                "&& !principal.compartments.isEmpty()) ||",
            ),
        ),
        ("read_content",),
    ),
    "one compartment opens all": Fault(
        (
            (
                "everyone.cedar",
                "unless { principal.cleared_until >= context.today && principal.compartments.containsAll(context.to_compartments) };",
                "unless { principal.cleared_until >= context.today };",
            ),
        ),
        ("relabel",),
    ),
    "every applicant is this case's applicant": Fault(
        (
            (
                "applicant.cedar",
                'action in Action::"applicant_acts", resource is Case)\n'
                'when { principal.roles.contains("applicant") && context.work.contains("applicant") };',
                'action in Action::"applicant_acts", resource is Case)\n'
                'when { principal.roles.contains("applicant") };',
            ),
        ),
        ("withdraw", "abandon", "explain"),
    ),
    "a work without its post is enough": Fault(
        (
            (
                "reviewer.cedar",
                'Action::"read_content"], resource is Part)\nwhen { principal.roles.contains("reviewer") && ',
                'Action::"read_content"], resource is Part)\nwhen { ',
            ),
        ),
        ("read_content", "know"),
    ),
    "the applicant reads what the offices say": Fault(
        (("applicant.cedar", '(resource.audience == "party" || resource.audience == "review_party")', "true"),),
        ("know", "read_content"),
    ),
    "papers of the offices leave them": Fault(
        (
            (
                "everyone.cedar",
                'unless { principal.offices.containsAny(["jpo", "cao", "agency"]) };',
                'unless { principal.offices.containsAny(["jpo", "cao", "agency", "expert"]) };',
            ),
        ),
        ("know", "read_content"),
    ),
    "the clerk reads papers of the review": Fault(
        (
            (
                "clerk.cedar",
                'context.work.contains("intake") && resource.audience == "party" };',
                'context.work.contains("intake") && resource.audience != "review" };',
            ),
        ),
        ("know", "read_content"),
    ),
    "the head of section reads content": Fault(
        (
            (
                "section_head.cedar",
                'action == Action::"know", resource is Part)',
                'action in [Action::"know", Action::"read_content"], resource is Part)',
            ),
        ),
        ("read_content",),
    ),
    "disclosure of one thing shows all": Fault(
        (
            (
                "everyone.cedar",
                "unless { context.granted.contains(resource.document) };",
                "unless { !context.granted.isEmpty() };",
            ),
            ("expert.cedar", "context.granted.contains(resource.document)", "!context.granted.isEmpty()"),
        ),
        ("read_content", "know"),
    ),
    "a reviewer decides": Fault(
        (
            (
                "everyone.cedar",
                'forbid (principal, action in [Action::"decision_acts", Action::"relabel"], resource)',
                'forbid (principal, action in [Action::"relabel"], resource)',
            ),
        ),
        ("designate", "lift", "extend"),
    ),
    "two hats in one case": Fault(
        (
            (
                "everyone.cedar",
                '"intake", "screening", "head", "review", "decision", "review_head", "consultation", "expertise"])\n}\nunless',
                '"intake", "screening", "head", "decision", "review_head", "consultation", "expertise"])\n}\nunless',
            ),
        ),
        ("read_case", "workbench", "explain", "withdraw"),
    ),
    "screening and review in one hand": Fault(
        (
            (
                "everyone.cedar",
                'context.work.containsAny(["intake", "screening", "head"]) &&\n',
                'context.work.containsAny(["intake", "head"]) &&\n',
            ),
        ),
        ("read_case", "workbench", "send", "designate"),
    ),
    "an auditor takes steps": Fault(
        (
            (
                "everyone.cedar",
                'resource is Case\n)\nwhen { principal.roles.containsAny(["operator", "security_officer", "auditor"]) };',
                'resource is Case\n)\nwhen { principal.roles.containsAny(["operator", "security_officer"]) };',
            ),
        ),
        ("withdraw", "explain", "abandon"),
    ),
    "who administers audits": Fault(
        (
            (
                "everyone.cedar",
                'when { principal.roles.containsAny(["operator", "security_officer"]) };',
                'when { principal.roles.containsAny(["operator"]) };',
            ),
        ),
        ("read_records", "export_records"),
    ),
    "one gives to oneself": Fault(
        (
            (
                "everyone.cedar",
                'forbid (principal, action in [Action::"attest", Action::"revoke"], resource is Fact)',
                'forbid (principal, action in [Action::"attest"], resource is Fact)',
            ),
        ),
        ("revoke",),
    ),
    "an uncleared head discloses": Fault(
        (
            (
                "everyone.cedar",
                '@id("no-clearance-no-granting")\n@basis("house rule: nobody gives another what he could not open himself")\n'
                'forbid (principal, action in [Action::"attest", Action::"attest_by_rule"],',
                '@id("no-clearance-no-granting")\n@basis("house rule: nobody gives another what he could not open himself")\n'
                'forbid (principal, action in [Action::"revoke", Action::"attest_by_rule"],',
            ),
        ),
        ("attest",),
    ),
    "an attorney gives up without express power": Fault(
        (
            (
                "attorney.cedar",
                'context.work.containsAll(["attorney", "special_powers"])',
                'context.work.contains("attorney")',
            ),
        ),
        ("withdraw", "abandon"),
    ),
    "an attorney says who else acts": Fault(
        (
            (
                "applicant.cedar",
                '"change_parties", resource is Case)\nwhen { principal.roles.contains("applicant") && context.work.contains("applicant")',
                '"change_parties", resource is Case)\nwhen { principal.roles.contains("applicant")',
            ),
        ),
        ("change_parties",),
    ),
    "a party passes the right on by himself": Fault(
        (
            (
                "applicant.cedar",
                '["attorney", "special_powers", "representative"].contains(resource.work)',
                '["applicant", "attorney", "special_powers", "representative"].contains(resource.work)',
            ),
        ),
        ("attest_by_rule", "revoke_by_rule"),
    ),
    "a clerk makes himself the successor": Fault(
        (("clerk.cedar", "  !resource.of_self && resource.kind", "  resource.kind"),),
        ("attest_by_rule", "revoke_by_rule"),
    ),
    "the rule makes a judge of him who files": Fault(
        (
            (
                "everyone.cedar",
                'unless { ["applicant", "intake"].contains(resource.work) };',
                'unless { ["applicant", "intake", "screening"].contains(resource.work) };',
            ),
        ),
        ("attest_by_rule",),
    ),
    "sending assigns more than the review": Fault(
        (
            (
                "screening_examiner.cedar",
                '["review", "decision", "review_head"].contains(resource.work)',
                '["review", "decision", "review_head", "screening"].contains(resource.work)',
            ),
        ),
        ("attest_by_rule",),
    ),
    "designation from any state": Fault(
        (
            (
                "decider.cedar",
                ' && context.to_label == "designated" && resource.state == "DOCS_FILED"',
                ' && context.to_label == "designated"',
            ),
        ),
        ("relabel",),
    ),
    "release while designated": Fault(
        (
            (
                "decider.cedar",
                '["LIFTED", "EXPIRED"].contains(resource.state)',
                '["LIFTED", "EXPIRED", "DESIGNATED"].contains(resource.state)',
            ),
        ),
        ("relabel",),
    ),
    "an act stands in the wrong group": Fault(
        (
            ("schema.cedarschema", "action designate, ", "action "),
            ("schema.cedarschema", "action receive, ", "action designate, receive, "),
        ),
        ("designate", "lift"),
    ),
    "the timer reads the case": Fault(
        (
            (
                "service_persons.cedar",
                'action == Action::"know", resource is Case)',
                'action in [Action::"know", Action::"read_case"], resource is Case)',
            ),
        ),
        ("read_case",),
    ),
    "a reviewer loses his dates": Fault(
        (("reviewer.cedar", '[Action::"correct", Action::"backdate"]', '[Action::"correct"]'),), ("backdate",)
    ),
    "the opinion is for the Patent Office too": Fault(
        (
            ("documents.toml", '"opinion", ', ""),
            ("documents.toml", '"screening", ', '"screening", "opinion", '),
        ),
        ("know", "read_content"),
    ),
    "a demand answered in review is for all": Fault(
        (("documents.toml", '"act-answer_demand", "act-file_document"', '"act-file_document"'),),
        ("know", "read_content"),
    ),
    "nobody lists": Fault((("anyone.cedar", '"consulted_officer", "expert"', '"expert"'),), ("list_filings",)),
}


def planted(fault: Fault) -> Policies:
    """The policies with this fault."""
    files = read_files(FOLDER)
    for name, old, new in fault.edits:
        text = files[name].decode()
        assert old in text, "the text to change is no more there"
        files[name] = text.replace(old, new, 1).encode()
    return Policies(check(files))
