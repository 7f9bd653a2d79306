"""Weaker verifiers, planted to see that the attacks of P3 find them: the verifier's own text with one line changed in each."""

import inspect
from types import ModuleType

from service.audit import verify

FAULTS: dict[str, tuple[str, str]] = {
    "the signature is not verified": (".verify(signature[4:], body.encode())", ""),
    "any key id will do": ("if signature[:4] != key[1]:", "if False:"),
    "any signer's name will do": ("if not origin == signer == key[0]:", "if origin != key[0]:"),
    "base64 may have a second form": ("if len(data) != size or base64.b64encode(data).decode() != text:", "if len(data) != size:"),
    "the header need not be the checkpoint's": (
        'if (origin, size) != (header["origin"], header["size"]) or end > size:',
        "if end > size:",
    ),
    "the header may have another form": ("if not (canonical and numbers and hashes)", "if not (numbers and hashes)"),
    "the header may say more": ("or header.keys() != HEADER or", "or"),
    "the format is not read": ('header["format"] != "hozen-bundle-v1"', "False"),
    "numbers may be floats": ("type(header[n]) is int and ", ""),
    "the root is not compared": ("if tree.root() != root:\n        beside", "if False:\n        beside"),
    "what follows is not looked at": ("if line or extra > 0 else", "if False else"),
    "a line that follows is not looked at": ("if line or extra > 0 else", "if extra > 0 else"),
    "leaf hashes too many are not looked at": ("if line or extra > 0 else", "if line else"),
    "leaf hashes are believed": (
        "leaf = hashlib.sha256(b\"\\x00\" + line[:-1]).digest()\n",
        "leaf = bytes.fromhex((leaves.readline(LINE) or b'00').decode()); leaves.seek(-65, 1)\n",
    ),
    "leaf hashes are not compared": ('if leaves.readline(LINE) != leaf.hex().encode() + b"\\n":', "if False:"),
    "every second leaf hash is compared": (
        'if leaves.readline(LINE) != leaf.hex().encode() + b"\\n":',
        'if leaves.readline(LINE) != leaf.hex().encode() + b"\\n" and index % 2:',
    ),
    "leaf hashes are compared to eight digits": (
        'if leaves.readline(LINE) != leaf.hex().encode() + b"\\n":',
        "if leaves.readline(LINE)[:8] != leaf.hex().encode()[:8]:",
    ),
    "leaf hashes in capitals will do": (
        'if leaves.readline(LINE) != leaf.hex().encode() + b"\\n":',
        'if leaves.readline(LINE).lower() != leaf.hex().encode() + b"\\n":',
    ),
    "one record is always named": ("if sound == index or is_sure(path, start, header, root)", "if True"),
    "one record is never named": ("if sound == index or is_sure(path, start, header, root)", "if False"),
    "leaf hashes alone make sure": ("for own in (False, True):", "for own in (False,):"),
    "records alone make sure": ("for own in (False, True):", "for own in (True,):"),
    "the record after it is named": ('place = f"{index}" if', 'place = f"{index + 1}" if'),
    "checkpoints that hold are forgotten": ("sound = index if tree.size in known else sound", "sound = first"),
    "checkpoints kept are not compared": ("if tree.size in known and tree.root() != known[tree.size][1]:", "if False:"),
    "a range to the end is named": ("in {sound}..{end - 1}", "in {sound}..999999"),
    "a range from the start is named": ("in {sound}..{end - 1}", "in 0..{end - 1}"),
    "nothing is said of the place": ('raise Tampered(f"first bad record: {place}: {fault}")', 'raise Tampered("bad")'),
    "faults of records are let pass": ("    if fault:\n        place", "    if fault and index == end:\n        place"),
}  # fmt: skip


def weaker(name: str) -> ModuleType:
    """The verifier with one fault. Raises AssertionError where its text no longer has the line."""
    was, now = FAULTS[name]
    source = inspect.getsource(verify)
    assert source.count(was) == 1, f"the verifier no longer says {was!r}"
    module = ModuleType("weaker_verifier")
    exec(compile(source.replace(was, now), "weaker_verifier", "exec"), module.__dict__)
    return module
