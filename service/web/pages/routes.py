"""The pages by address: /ja/... and /en/... with the same paths. Routes ask the API and draw; they decide nothing."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from service import clock
from service.errors import Text, not_found
from service.filings.bodies import BODIES, CorrectBody
from service.filings.words import ActBody
from service.foreign.shapes import BODIES as CONFIRMATION_BODIES
from service.forms.checking import Fault, check
from service.forms.html import html
from service.forms.normal import normal
from service.forms.post import posted
from service.forms.schema import Form, forms
from service.law.screening import screen
from service.law.symbols import spelled
from service.web.pages.door import people
from service.web.pages.fields import fields_of
from service.web.pages.inner import Answer, ask
from service.web.pages.paths import Kind, Lang
from service.web.pages.show import page
from service.web.pages.words import LANGS, word
from service.web.problems import language

router = APIRouter(tags=["pages"], include_in_schema=False)
Opening = Literal["filing", "cao-meti-3"]
OPENINGS = {
    "filing": ("/filings/entered", "filing", "filings"),
    "cao-meti-3": ("/confirmations", "form", "confirmations"),
}
"""Forms that begin a case: where they are sent, under which name, what comes of them."""
SYMBOLS = 200
FILES = {path.name: path.read_bytes() for path in (Path(__file__).parent / "static").iterdir()}


@router.get("/", name="page-entry")
async def entry(request: Request) -> Response:
    """To the first page, in the reader's language."""
    return RedirectResponse(f"/{language(request)}", 303)


@router.get("/{lang:lang}", name="page-first")
async def first(request: Request, lang: Lang) -> Response:
    """What this is, and where each kind of user begins; of a demo, whom one may become, each with a first task."""
    return page(request, lang, "first.html", people=await people(request))


@router.get("/{lang:lang}/cases", name="page-cases")
async def cases(
    request: Request,
    lang: Lang,
    kind: Kind = "filings",
    after: str | None = None,
    due_to: str | None = None,
    state: str | None = None,
) -> Response:
    """My cases, in the order of what is due."""
    said = {"after": after, "due_to": due_to if kind == "filings" else None, "state": state, "limit": "50"}
    found = await ask(request, "GET", f"/{kind}", query=urlencode({k: v for k, v in said.items() if v}))
    if not found.ok:
        return refused(request, lang, found)
    shown = found.json()
    return page(
        request,
        lang,
        "cases.html",
        kind=kind,
        rows=shown[kind],
        next=shown["next"],
        due_to=due_to or "",
        state=state or "",
    )


@router.get("/{lang:lang}/{kind:kind}/{case}", name="page-case")
async def case_page(request: Request, lang: Lang, kind: Kind, case: UUID) -> Response:
    """One case on one screen: clocks with their reason, notices, papers, history, next lawful acts."""
    base = f"/{kind}/{case}"
    seen = await ask(request, "GET", base)
    if not seen.ok:
        return refused(request, lang, seen)
    bench = await ask(request, "GET", f"{base}/workbench")
    notices = await ask(request, "GET", f"{base}/notices")
    ban = await ask(request, "GET", f"{base}/foreign-filing")
    links = await ask(request, "GET", f"{base}/links")
    acts = bench.json()["acts"] if bench.ok else []
    earlier = await ask(request, "GET", f"{base}/earlier-notices") if any(a["act"] == "send" for a in acts) else None
    return page(
        request,
        lang,
        "case.html",
        kind=kind,
        case=seen.json(),
        acts=acts,
        notices=notices.json()["notices"] if notices.ok else [],
        ban=ban.json() if ban.ok else None,
        links=links.json()["links"] if links.ok else [],
        earlier=earlier.json()["notices"] if earlier and earlier.ok else [],
        me=_me(request),
    )


@router.get("/{lang:lang}/{kind:kind}/{case}/parts/{part}", name="page-part")
async def part_page(request: Request, lang: Lang, kind: Kind, case: UUID, part: UUID) -> Response:
    """One paper, with its mark; the reading is a record."""
    found = await ask(request, "GET", f"/{kind}/{case}/parts/{part}")
    if not found.ok:
        return refused(request, lang, found)
    return page(request, lang, "part.html", kind=kind, case=case, part=found.json())


@router.get("/{lang:lang}/{kind:kind}/{case}/notices/{notice}", name="page-notice")
async def notice_file(request: Request, lang: Lang, kind: Kind, case: UUID, notice: UUID) -> Response:
    """A notice as PDF."""
    found = await ask(request, "GET", f"/{kind}/{case}/notices/{notice}")
    if not found.ok:
        return refused(request, lang, found)
    told = {k: v for k, v in found.headers.items() if k in ("content-type", "content-disposition")}
    return Response(found.body, headers=told)


@router.post("/{lang:lang}/{kind:kind}/{case}/notices/{notice}/receive", name="page-receive")
async def receive(request: Request, lang: Lang, kind: Kind, case: UUID, notice: UUID) -> Response:
    """Confirm receipt of a notice."""
    done = await ask(request, "POST", f"/{kind}/{case}/notices/{notice}/receive")
    return RedirectResponse(f"/{lang}/{kind}/{case}#notices", 303) if done.ok else refused(request, lang, done)


@router.get("/{lang:lang}/{kind:kind}/{case}/do/{act}", name="page-act")
async def act_page(request: Request, lang: Lang, kind: Kind, case: UUID, act: str) -> Response:
    """The form of a lawful next act."""
    return await _act_form(request, lang, kind, case, act, {}, ())


@router.post("/{lang:lang}/{kind:kind}/{case}/do/{act}", name="page-do")
async def do(
    request: Request, lang: Lang, kind: Kind, case: UUID, act: str, seen: Annotated[int, Query(ge=1, lt=2**31)]
) -> Response:
    """Do it, on the version that the form was made for; what does not hold is told at its field, and nothing typed is lost."""
    schema = fields_of(_body(kind, act))
    said = normal(posted(await request.body(), schema), schema) or {}
    done = await ask(
        request, "POST", f"/{kind}/{case}/{act.replace('_', '-')}", said, headers={"if-match": f'"{seen}"'}
    )
    if done.ok:
        return RedirectResponse(f"/{lang}/{kind}/{case}", 303)
    return await _act_form(request, lang, kind, case, act, said, faults_of(done), done)


async def _act_form(
    request: Request,
    lang: Lang,
    kind: Kind,
    case: UUID,
    act: str,
    said: Any,
    faults: Sequence[Fault],
    done: Answer | None = None,
) -> Response:
    """The form of an act, with what was typed and what does not hold."""
    bench = await ask(request, "GET", f"/{kind}/{case}/workbench")
    if not bench.ok:
        return refused(request, lang, bench)
    found = next((a for a in bench.json()["acts"] if a["act"] == act), None)
    if found is None:
        raise not_found()
    drawn = html(Form(act, date.min, fields_of(_body(kind, act)), ""), said, faults, lang)
    problem = done.json() if done is not None and not faults else None
    status = 200 if done is None else done.status
    seen = bench.json()["version"]
    return page(
        request,
        lang,
        "act.html",
        status,
        kind=kind,
        case=case,
        act=found,
        seen=seen,
        fields=drawn,
        problem=problem,
    )


@router.get("/{lang:lang}/new/{code}", name="page-new")
async def new(request: Request, lang: Lang, code: Opening) -> Response:
    """A form that begins a case: an application entered by hand, a prior confirmation."""
    return _new_form(request, lang, code, uuid4().hex, {}, ())


@router.post("/{lang:lang}/new/{code}", name="page-begin")
async def begin(
    request: Request, lang: Lang, code: Opening, key: Annotated[str, Query(pattern="^[0-9a-f]{32}$")]
) -> Response:
    """Judge what was typed; without a fault, send it. The same page sent twice begins one case."""
    form = forms().on(code, clock.today())
    said = posted(await request.body(), form.schema)
    checked = check(form, said, clock.today())
    if checked.faults:
        return _new_form(request, lang, code, key, said, checked.faults, 422)
    route, field, kind = OPENINGS[code]
    body: dict[str, Any] = {field: said}
    if code == "filing":
        told = await ask(request, "POST", "/filings/entered/read-back", body)
        if not told.ok:
            return refused(request, lang, told)
        body["read_back"] = told.json()["digest"]
    done = await ask(request, "POST", route, body, headers={"idempotency-key": key})
    if not done.ok:
        return refused(request, lang, done)
    return RedirectResponse(f"/{lang}/{kind}/{done.json()['case']}", 303)


def _new_form(
    request: Request, lang: Lang, code: str, key: str, said: Any, faults: Sequence[Fault], status: int = 200
) -> Response:
    form = forms().on(code, clock.today())
    drawn = html(form, said, faults, lang)
    return page(request, lang, "new.html", status, form=form, code=code, key=key, fields=drawn)


@router.get("/{lang:lang}/self-check", name="page-self-check")
async def self_check(request: Request, lang: Lang) -> Response:
    """Symbols to be compared with the fields; nobody signs in for it."""
    return page(request, lang, "self_check.html", symbols="", found=None)


@router.post("/{lang:lang}/self-check", name="page-checked")
async def self_checked(request: Request, lang: Lang) -> Response:
    """Which fields the symbols meet by the Order of today; nothing is stored, and no address holds them."""
    schema = {"type": "object", "properties": {"symbols": {"type": "string", "maxLength": 4000}}}
    said = str((posted(await request.body(), schema) or {}).get("symbols", ""))[:4000]
    symbols = [s for line in said.splitlines()[:SYMBOLS] for s in spelled(line)]
    found = screen(symbols, clock.today()).to_json() if symbols else None
    return page(request, lang, "self_check.html", symbols=said, found=found)


@router.get("/static/{name}", name="page-static")
async def static(name: str) -> Response:
    """The style sheet and the like: constant bytes, kept by the browser."""
    if name not in FILES:
        raise not_found()
    return Response(FILES[name], media_type="text/css", headers={"cache-control": "max-age=3600"})


def refused(request: Request, lang: Lang, answer: Answer) -> Response:
    """A refusal as a page: what it is, the article, what to do next."""
    return page(request, lang, "refused.html", answer.status, problem=answer.json())


def faults_of(answer: Answer) -> list[Fault]:
    """The faults of a refusal, each at its field; none where it speaks of the whole act."""
    problem = answer.json()
    return [_fault(f, problem) for f in problem.get("faults", ())] or (
        [_fault(problem, problem)] if problem.get("pointer") else []
    )


def _fault(said: dict[str, Any], problem: dict[str, Any]) -> Fault:
    """A fault in words: its own, or what its kind is called here."""
    name = said.get("fault", problem["name"])
    text = Text(**(said.get("text") or {lang: word(lang, "faults", name) for lang in LANGS}))
    fix = Text(**(said.get("next_step") or problem.get("next_step") or {"ja": "", "en": ""}))
    return Fault(said["pointer"], name, said.get("article") or problem.get("article") or "", text, fix)


def _body(kind: Kind, act: str) -> type[ActBody]:
    """What the route of the act takes."""
    if act == "correct":
        return CorrectBody
    return (BODIES if kind == "filings" else CONFIRMATION_BODIES).get(act, ActBody)


def _me(request: Request) -> str:
    """The reader's pseudonym, as it was decided on."""
    decision = request.scope["caller"].decision
    return str(decision.person) if decision else ""
