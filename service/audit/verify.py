"""Verify a bundle of Hozen's access log offline: python -I verify.py BUNDLE --key PUBKEY [--known CHECKPOINT]...

This one file needs only Python (3.11 or newer) and the package `cryptography`. It shares no code with the service: it is a second
reading of records, tree, checkpoint and bundle, kept short so that an auditor can read it before believing it (docs/audit-format.md).

What exit status 0 proves: the holder of the log's private key signed a checkpoint over exactly these records in this order; each is in
its one valid form; no writer's numbers have a gap in the bundle; and the log still contains every checkpoint given with --known.
What it cannot prove: that a record which was never written is missing, that what a record says is true, that the key file is the
right one, or that nobody was shown another log (keep checkpoints, and compare them with others).
Exit status: 0 verified; 1 tampered with (the first bad record is named: alone where the bundle or a checkpoint kept shows which one it
is; else, where leaf hashes were made anew too, the range that holds it); 2 the input cannot be used.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from array import array
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Key = tuple[str, bytes, bytes]  # name, key id, public key
Known = dict[int, tuple[str, bytes]]  # size: file and root of a checkpoint kept from before
Writers = dict[str, tuple[int, int]]  # writer: first and last number
Checked = tuple[
    Writers, int, int, str
]  # and the size of the last known checkpoint met, where it ended, the fault or ""

LINE = 65536  # longer than any line of a bundle
HEADER = {"count", "first", "format", "left", "origin", "right", "size"}
LEAF = re.compile(rb"[0-9a-f]{64}\n")
NAME = r"[!-*,-~]+"
ID, SHA256, DAY, STATE = r"[0-9a-f]{32}", r"[0-9a-f]{64}", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[A-Z][A-Z_]{0,63}"
LABEL = r"(?:application|designated|released)(?:/[A-Za-z0-9][A-Za-z0-9_-]{0,15})?"
TOKEN = r'(?![^"]*[0-9]{5})(?=[^"]{1,64}")[A-Za-z][A-Za-z0-9]*(?:[_.:-][A-Za-z0-9]+)*'
TOKENS = rf'(?:"{TOKEN}"(?:,"{TOKEN}")*)?'
NULL_OR = '(?:null|"(?:%s)")'
FIELDS = {  # of a record; each stands in every record, in the order of the names
    "action": rf'"{TOKEN}"',
    "at": rf'"(?P<at>{DAY}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}\.[0-9]{{6}})Z"',
    "cleared_until": NULL_OR % f"(?P<until>{DAY})",
    "id": rf'"(?P<id>{ID})"',
    "label": NULL_OR % LABEL,
    "number": r"(?P<number>[1-9][0-9]{0,14})",
    "office": NULL_OR % f"{TOKEN}|{ID}",
    "outcome": r'"(?:allowed|refused|failed)"',
    "policies": rf"\[(?P<policies>{TOKENS})\]",
    "roles": rf"\[(?P<roles>{TOKENS})\]",
    "status": r"(?:null|[1-5][0-9]{2})",
    "step": rf'(?:null|{{"from":"(?:{STATE})?","happened_on":"(?P<day>{DAY})","name":"{TOKEN}","to":"{STATE}"}})',
    "v": "1",
    "what": r'"(?:act|read|list|export|refusal|request|release|relabel|attest|revoke|sign|start)"',
    "writer": rf'"(?P<writer>{ID})"',
    **dict.fromkeys(("case", "part", "person", "request"), NULL_OR % ID),
    **dict.fromkeys(("digest", "policy_set", "snapshot"), NULL_OR % SHA256),
    **dict.fromkeys(("kind", "purpose", "reason"), NULL_OR % TOKEN),
}
RECORD = re.compile("{" + ",".join(f'"{name}":{FIELDS[name]}' for name in sorted(FIELDS)) + "}")


class Unusable(Exception):
    """The input is not what the program needs: exit status 2."""


class Tampered(Exception):
    """The bundle is not what was signed: exit status 1."""


class Tree:
    """RFC 6962 by complete subtrees: a stack of (number of leaves, hash); equal neighbours become one."""

    def __init__(self) -> None:
        self.stack: list[tuple[int, bytes]] = []
        self.size = 0

    def add(self, node: bytes, width: int = 1) -> None:
        self.size += width
        while self.stack and self.stack[-1][0] == width:
            node = hashlib.sha256(b"\x01" + self.stack.pop()[1] + node).digest()
            width *= 2
        self.stack.append((width, node))

    def fill(self, size: int, nodes: list[str]) -> None:
        """Grow to `size` by subtrees, each as large as can stand there: exactly these nodes are needed."""
        for node in nodes:
            width = 1 << max((size - self.size).bit_length() - 1, 0)
            while self.size % width:
                width //= 2
            self.add(bytes.fromhex(node), width)
        if self.size != size:
            raise Tampered("header: left and right are not those of the range")

    def root(self) -> bytes:
        node = self.stack[-1][1] if self.stack else hashlib.sha256(b"").digest()
        for _, left in reversed(self.stack[:-1]):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node


def groups(pattern: str, text: str) -> tuple[str, ...]:
    """The groups of the whole text; ValueError where it has another form."""
    match = re.fullmatch(pattern, text)
    if match is None:
        raise ValueError("another form")
    return match.groups()


def decode64(text: str, size: int) -> bytes:
    """The bytes of the one base64 text of `size` bytes; ValueError for any other text."""
    data = base64.b64decode(text, validate=True)
    if len(data) != size or base64.b64encode(data).decode() != text:
        raise ValueError("not the base64 of a hash, key or signature")
    return data


def read_key(path: str) -> Key:
    """A signed-note verifier key: name+hash+key, one line."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            name, id, text = groups(rf"({NAME})\+([0-9a-f]{{8}})\+([^\n]+)\n?", file.read(LINE))
        data = decode64(text, 33)
        if data[:1] != b"\x01" or hashlib.sha256(name.encode() + b"\n" + data).hexdigest()[:8] != id:
            raise ValueError("not an Ed25519 key under this name")
    except (OSError, ValueError) as fault:
        raise Unusable(f"{path}: not a public key line: {fault}") from None
    return name, bytes.fromhex(id), data[1:]


def read_note(note: bytes, key: Key) -> tuple[str, int, bytes]:
    """(origin, size, root) of a checkpoint note signed by `key`."""
    form = rf"({NAME}\n(?:0|[1-9][0-9]{{0,18}})\n[^\n]+\n)\n\u2014 ({NAME}) ([^\n]+)\n"
    try:
        body, signer, text = groups(form, note.decode("utf-8"))
        origin, size, root = body.split("\n")[:3]
        head, signature = decode64(root, 32), decode64(text, 68)
    except ValueError:
        raise Tampered("checkpoint: not in its one valid form") from None
    if not origin == signer == key[0]:
        raise Unusable(f"the checkpoint is of the log {origin!r}, the key of {key[0]!r}")
    try:
        if signature[:4] != key[1]:
            raise InvalidSignature
        Ed25519PublicKey.from_public_bytes(key[2]).verify(signature[4:], body.encode())
    except InvalidSignature:
        raise Tampered("checkpoint: not signed by this key") from None
    return origin, int(size), head


def read_known(paths: list[str], key: Key) -> Known:
    known: Known = {}
    for path in paths:
        try:
            with open(path, "rb") as file:
                _, size, root = read_note(file.read(LINE), key)
        except (OSError, Tampered) as fault:
            raise Unusable(f"{path}: {fault}") from None
        if known.setdefault(size, (path, root))[1] != root:
            raise Tampered(f"fork: {path} and {known[size][0]} are signed and differ")
    return known


def read_header(line: bytes) -> dict[str, Any]:
    try:
        header: dict[str, Any] = json.loads(line.decode("ascii"))
        canonical = json.dumps(header, sort_keys=True, separators=(",", ":")).encode() + b"\n" == line
        numbers = all(type(header[n]) is int and 0 <= header[n] < 2**53 for n in ("count", "first", "size"))
        hashes = all(re.fullmatch(SHA256, node) for node in [] + header["left"] + header["right"])
        if not (canonical and numbers and hashes) or header.keys() != HEADER or header["format"] != "hozen-bundle-v1":
            raise ValueError("another form")
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        raise Unusable("not a bundle: the first line is no header of hozen-bundle-v1") from None
    return header


def pass_leaves(file: BinaryIO, count: int) -> int:
    """Go on to the first record; how many leaf hashes there are beyond `count`."""
    passed, start, line = 0, file.tell(), file.readline(LINE)
    while line[:1] not in (b"{", b"") and (passed < count or LEAF.fullmatch(line)):
        passed, start, line = passed + 1, file.tell(), file.readline(LINE)
    file.seek(start)
    return passed - count


def fault_of(line: bytes, first: int, writers: Writers, ids: "array[int]") -> str:
    """What is wrong with a record: its form, its id, its number; "" when nothing is."""
    match = RECORD.fullmatch(line.decode("latin-1"))
    if match is None:
        return "not a record in its one valid form"
    try:
        for day in filter(None, match.group("at", "until", "day")):
            datetime.fromisoformat(day)
    except ValueError:
        return "a date that no calendar has"
    for name, most in (("policies", 64), ("roles", 16)):
        listed = match[name].split(",") if match[name] else []
        if len(listed) > most or listed != sorted(set(listed)):
            return f"its {name} are not in their one order"
    writer, number = match["writer"], int(match["number"])
    start, last = writers.get(writer, (1, 0) if first == 0 else (number, number - 1))
    if number != last + 1:
        return f"number {number} of writer {writer} stands where {last + 1} belongs"
    writers[writer] = start, number
    return "its id stands before it already" if stands(match["id"], ids) else ""


def stands(id: str, ids: "array[int]") -> bool:
    """Whether the id was met before: a table of ids folded to 64 bits, so that memory does not grow with the records' length."""
    folded = (int(id[:16], 16) ^ int(id[16:], 16)) or 1
    place = folded % len(ids)
    while ids[place] not in (0, folded):
        place = (place + 1) % len(ids)
    met, ids[place] = ids[place] == folded, folded
    return met


def check_records(path: str, start: int, first: int, end: int, tree: Tree, known: Known) -> Checked:
    """Every record against its leaf hash, the growing tree against the checkpoints kept, up to the first fault."""
    writers, sound = Writers(), first
    with open(path, "rb") as file, open(path, "rb") as leaves:
        ids = array("Q", bytes(16 * min(end - first, file.seek(0, 2) // 65) + 16))
        file.seek(start)
        leaves.seek(start)
        extra = pass_leaves(file, end - first)
        for index in range(first, end + 1):
            if tree.size in known and tree.root() != known[tree.size][1]:
                raise Tampered(
                    f"fork: {known[tree.size][0]} knew another log; {between(sound, index, sound == first > 0)}"
                )
            sound = index if tree.size in known else sound
            line = file.readline(LINE)
            if index == end:
                break
            leaf = hashlib.sha256(b"\x00" + line[:-1]).digest()
            if not line.endswith(b"\n"):
                return writers, sound, index, "missing or cut off"
            if leaves.readline(LINE) != leaf.hex().encode() + b"\n":
                return writers, sound, index, "its bytes do not give its leaf hash"
            if fault := fault_of(line[:-1], first, writers, ids):
                return writers, sound, index, fault
            tree.add(leaf)
    return writers, sound, end, "the header counts no such record" if line or extra > 0 else ""


def check_bundle(path: str, key: Key, known: Known) -> tuple[dict[str, Any], bytes, Writers]:
    """Header, checkpoint, records, root. Returns header, root and the numbers of each writer."""
    with open(path, "rb") as file:
        header = read_header(file.readline(LINE))
        origin, size, root = read_note(b"".join(file.readline(LINE) for _ in range(5)), key)
        start = file.tell()
    first, end = header["first"], header["first"] + header["count"]
    if (origin, size) != (header["origin"], header["size"]) or end > size:
        raise Tampered("header: not that of the checkpoint")
    for kept, (name, kept_root) in known.items():
        if kept > size:
            raise Tampered(f"rollback: the log ends at {size} records, {name} knew {kept}")
        if kept == size and kept_root != root:
            raise Tampered(f"fork: {name} has another root for the same {size} records")
        if kept != size and not first <= kept <= end:
            raise Unusable(f"{name}: to compare, the bundle must begin at or before {kept} and end at or after it")
    tree = Tree()
    tree.fill(first, header["left"])
    writers, sound, index, fault = check_records(path, start, first, end, tree, known)
    if fault and index == end:
        tree.fill(size, header["right"])  # a count that is not that of the range is the header's fault, not a record's
    if fault:
        place = f"{index}" if sound == index or is_sure(path, start, header, root) else f"in {sound}..{index}: {index}"
        raise Tampered(f"first bad record: {place}: {fault}")
    tree.fill(size, header["right"])
    if tree.root() != root:
        beside = bool(header["left"] or header["right"])
        raise Tampered(f"root: the records do not give the signed root; {between(sound, end, beside)}")
    return header, root, writers


def is_sure(path: str, start: int, header: dict[str, Any], root: bytes) -> bool:
    """Whether the leaf hashes listed, or those of the records, are the signed ones: the first that disagree are then the first bad ones."""
    for own in (False, True):
        tree = Tree()
        with open(path, "rb") as file:
            file.seek(start)
            _ = own and pass_leaves(file, header["count"])
            try:
                tree.fill(header["first"], header["left"])
                for line in islice(file, header["count"]):
                    tree.add(hashlib.sha256(b"\x00" + line[:-1]).digest() if own else bytes.fromhex(line.decode()))
                tree.fill(header["size"], header["right"])
            except (Tampered, ValueError):
                continue
        if tree.root() == root:
            return True
    return False


def between(sound: int, end: int, beside: bool) -> str:
    doubt = ", or none: a hash beside them" if beside else ""
    return f"first bad record: in {sound}..{end - 1}{doubt}" if end > sound else "no record here is bad"


def main(argv: list[str] | None = None) -> int:
    """The program; returns its exit status. Raises SystemExit for --help (0) and for mistaken arguments (2)."""
    parser = argparse.ArgumentParser("verify.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("bundle", metavar="BUNDLE", help="the file to verify")
    parser.add_argument("--key", required=True, metavar="PUBKEY", help="the log's public key, from its owner")
    parser.add_argument("--known", action="append", default=[], metavar="CHECKPOINT", help="kept from before")
    asked = parser.parse_args(argv)
    try:
        key = read_key(asked.key)
        known = read_known(asked.known, key)
        header, root, writers = check_bundle(asked.bundle, key, known)
    except Tampered as finding:
        print(f"TAMPERED: {finding}")
        return 1
    except (Unusable, OSError) as fault:
        print(f"UNUSABLE: {fault}", file=sys.stderr)
        return 2
    print(f"VERIFIED: {header['origin']}\nrecords: {header['count']} from {header['first']} of {header['size']}")
    print(f"root: {root.hex()}\ncheckpoints compared: {len(known)}\nwriters: {len(writers)}")
    for writer, (start, last) in writers.items():
        print(f"  {writer} {start}..{last}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
