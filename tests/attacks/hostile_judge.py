"""Judges each hostile file as the service would, in a fork of its own, and prints one JSON line for each: what was said, and what it did.

python -m tests.attacks.hostile_judge SEED [one]: with `one`, the first of each kind alone. did: files opened to be written, names
removed or made, addresses asked for, programs started (the gate's own checker aside), as an audit hook of the interpreter sees them.
grew: peak of memory beyond the beginning, bytes; checker: the same of the gate's checker, beyond that of an empty one.
"""

import json
import os
import random
import resource
import sys
from pathlib import Path
from typing import Any

from service.errors import Refusal
from service.intake.archives import members
from service.intake.formats import read_filing
from service.intake.gate import judge
from service.intake.gate_pdf import CHECKER
from tests.attacks.hostile_files import every, honest

WATCHED = (
    "os.remove",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "socket.",
)
did: list[str] = []


def watch(event: str, args: tuple[Any, ...]) -> None:
    """The audit hook."""
    if (
        event == "open"
        and not isinstance(args[0], int)
        and isinstance(args[2], int)
        and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
    ):
        did.append(f"open {args[0]}")
    elif event == "subprocess.Popen" and list(args[1])[-1] != str(CHECKER):
        did.append(f"run {args[0]}")
    elif event.startswith(WATCHED):
        did.append(event)


def said_of(name: str, data: bytes) -> str:
    """The refusal's name, or "" where the file was let in and read."""
    try:
        found = members(name, data) if data[:2] == b"PK" else [(name, data)]
        texts = {}
        for own, content in found:
            if judge(own, content).media_type in ("application/xml", "text/plain"):
                texts[own] = content
        if texts:
            read_filing(texts)
    except Refusal as refusal:
        return refusal.name
    return ""


def peak() -> int:
    return next(
        int(x.split()[1]) * 1024 for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("VmHWM")
    )


def checker() -> int:
    """The largest peak among the processes that this one started, bytes."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def in_a_fork(name: str, data: bytes) -> dict[str, Any]:
    """What one file brought about."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        os.close(read)
        Path("/proc/self/clear_refs").write_text("5")
        before = peak()
        did.clear()
        said = said_of(name, data)
        told = json.dumps({"said": said, "did": did, "grew": peak() - before, "checker": checker()}).encode()
        os.write(write, told[:60_000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(told) if told else {"said": f"died {status}", "did": [], "grew": 0, "checker": 0}


def main(seed: str, one: bool) -> None:
    judge("warm.txt", b"warm")
    sys.addaudithook(watch)
    kinds: set[str] = set()
    for must, files in (("in", honest), ("out", every)):
        for kind, name, data in files(random.Random(seed)):
            if one and must == "out" and kind in kinds:
                continue
            kinds.add(kind)
            told = in_a_fork(name, data)
            print(json.dumps({"must": must, "kind": kind, "name": name, "size": len(data), **told}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:] == ["one"])
