"""What `hozen run` shows: the walk with its progress, a table a person understands, and how to enter afterwards."""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.demo.client import Person, Unexpected
from service.demo.people import PEOPLE
from service.demo.run import Demo, running
from service.demo.walk import Walk
from service.errors import Text
from service.settings import RunSettings, StartRefused, load

SAMPLES = Path(__file__).resolve().parent / "samples"


def run(*, once: bool, as_json: bool) -> int:
    """`hozen run`; the exit status. With `as_json` the last line of standard output is the summary, whatever happened."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    said: dict[str, object] = {"ok": False}
    try:
        return show(load(RunSettings), said, once=once, as_json=as_json)
    except StartRefused as refused:
        sys.stderr.write(f"{refused}\n")
        said["refused"] = refused.name
        return 2
    except KeyboardInterrupt:
        said |= {"ok": False, "refused": "interrupted"}
        return 130
    finally:
        if as_json:
            sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
            sys.stdout.flush()


def show(settings: RunSettings, said: dict[str, object], *, once: bool, as_json: bool) -> int:
    """Run the demo and fill the summary; 0 only if every step of the walk held. Raises StartRefused, KeyboardInterrupt."""
    console = Console(stderr=as_json, soft_wrap=True)
    _look(settings.docs)
    console.print("[bold]Hozen 保全[/] デモ / demo: 架空の人と書類です。 Invented people and documents.")
    with running(settings) as demo, _undisturbed():
        console.print(
            f"PostgreSQL {demo.server.version} ({demo.server.programs}), data in {demo.server.home}; demo files in {demo.folder}"
        )
        bundle, key = demo.folder / "access-log.bundle", demo.folder / "log.pub"
        with httpx2.Client(base_url=demo.address, timeout=60) as http:
            people = {p.name: Person(http, demo.issuer, p.name) for p in PEOPLE}
            walk = Walk(people, settings.docs or SAMPLES, console.print)
            take(walk, bundle, key, lambda w, n: _progress(console, w, n), console.print)
        _table(walk, demo, console)
        for fault in walk.result.faults:
            console.print(f"[red]did not hold[/]: {fault}")
        said |= walk.counts() | {"bundle": str(bundle), "key": str(key)}
        if not once:
            stay(demo, console)
    return 0 if not walk.result.faults else 1


def _look(docs: Path | None) -> None:
    """Raises StartRefused docs-absent, docs-empty: before anything is started."""
    if docs is None:
        return
    if not docs.exists():
        raise StartRefused("docs-absent", Text(f"DOCS がありません: {docs}", f"There is no such DOCS: {docs}"))
    if docs.is_dir() and not any(p.is_file() and p.suffix != ".md" for p in docs.rglob("*")):
        raise StartRefused("docs-empty", Text(f"DOCS に書類がありません: {docs}", f"DOCS holds no document: {docs}"))


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Whoever asks twice for the end does not interrupt the end itself: processes are stopped in their order."""
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


Progressing = Callable[[str, int], AbstractContextManager[Callable[[], None]]]


@contextmanager
def quietly(what: str, total: int) -> Iterator[Callable[[], None]]:
    """No progress shown."""
    yield lambda: None


def take(
    walk: Walk, bundle: Path, key: Path, progress: Progressing = quietly, say: Callable[[str], None] = lambda _: None
) -> None:
    """The walk, step by step; what the service answers unexpectedly ends it and is told."""
    try:
        documents = walk.documents()
        with progress("提出 file", len(documents)) as step:
            walk.file(documents, step)
        with progress("一次審査 screen and decide", len(walk.result.filed)) as step:
            walk.screen(step)
        walk.lapse()
        sent = [f for f in walk.result.filed if f.state == "SENT"]
        chosen = next((f for f in sent if "designated" in f.name), sent[0] if sent else None)
        chosen = chosen or walk.requested(documents)
        if chosen is None:
            say("出願がないため、保全指定は行いません。 Nothing was filed, so nothing is designated.")
        else:
            say(f"保全審査・指定・閲覧・延長・解除 review, designation, reading, extension, lifting: {chosen.name}")
            walk.designate(chosen)
            walk.read(chosen)
            walk.release(chosen)
        say("事前確認 prior confirmation: 申出・確認・回答 asked, answered for the Prime Minister, read")
        walk.confirm()
        walk.export(bundle, key)
    except Unexpected as unexpected:
        walk.result.faults.append(str(unexpected))
    except httpx2.TransportError as error:
        walk.result.faults.append(f"the service does not answer: {type(error).__name__}")


@contextmanager
def _progress(console: Console, what: str, total: int) -> Iterator[Callable[[], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


def _table(walk: Walk, demo: Demo, console: Console) -> None:
    table = Table(title="出願と結果 / filings and what became of them")
    for column in ("書類 documents", "形式 format", "判定 screening", "状態 state"):
        table.add_column(column)
    for filed in [*walk.result.filed, *walk.result.besides]:
        table.add_row(filed.name, filed.format, filed.outcome, filed.state)
    for name, refused in walk.result.refused:
        table.add_row(name, "-", f"受理せず refused: {refused}", "-")
    console.print(table)
    r = walk.result
    console.print(
        f"閲覧 reads of the designated parts: {r.read_allowed} allowed, {r.read_refused} refused as they must be. "
        f"記録 records in the verified log: {r.records}.\nbundle {demo.folder / 'access-log.bundle'}, key {demo.folder / 'log.pub'}"
    )


def stay(demo: Demo, console: Console) -> None:
    """Say how to enter, and wait for the end."""
    console.print(
        f"\nサービス / service: [bold]{demo.address}[/] (API: {demo.address}/openapi.json). Ctrl-C で終了 / ends it."
    )
    for person in PEOPLE:
        console.print(f"  {person.name:10} {person.said}")
    console.print(
        f'入り方 / to enter as one of them:\n  TOKEN=$(curl -s -X POST "{demo.issuer}/token?person=tanaka" | '
        "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"access_token\"])')\n"
        f'  curl -s -H "Authorization: Bearer $TOKEN" {demo.address}/filings'
    )
    try:
        signal.pause()
    except KeyboardInterrupt:
        console.print("終了します。 Ending.")
