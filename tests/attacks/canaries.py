"""Marks that no text has by chance, every form in which they could lie somewhere, and the search for them byte by byte."""

import base64
import os
import random
import string
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

LATIN = "QZKANARYXJ"
KANJI = "鱶鸞彁龕驫"
"""What every mark begins with, so that one search finds them all; what follows says which one it is."""


@dataclass(frozen=True)
class Hit:
    """A mark found: where, in which form, and the bytes around it."""

    where: str
    form: str
    around: bytes


class Marks:
    """Makes marks, each once; `made` counts them."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.made = 0

    def both(self) -> str:
        """One Latin and one Japanese mark, as a field of a filing may hold them."""
        return f"{self.latin()}と{self.kanji()}"

    def latin(self) -> str:
        self.made += 1
        return LATIN + "".join(self._dice.choices(string.ascii_uppercase, k=8))

    def kanji(self) -> str:
        self.made += 1
        return KANJI + "".join(self._dice.choices("亜唖娃阿哀愛挨姶逢葵茜穐悪握渥", k=6))


def forms() -> dict[str, bytes]:
    """Every form of the two beginnings that is searched for."""
    found: dict[str, bytes] = {}
    for word in (LATIN, LATIN.lower(), KANJI):
        wide = unicodedata.normalize("NFKC", word)
        assert wide == word
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp932", "euc-jp"):
            found[f"{word} {encoding}"] = word.encode(encoding)
        for encoding in ("utf-8", "utf-16-le", "cp932"):
            raw = word.encode(encoding)
            found[f"{word} {encoding} hex"] = raw.hex().encode()
            found[f"{word} {encoding} HEX"] = raw.hex().upper().encode()
            found |= {f"{word} {encoding} base64+{n}": b for n, b in enumerate(_base64(raw, False))}
            found |= {f"{word} {encoding} base64url+{n}": b for n, b in enumerate(_base64(raw, True))}
        found[f"{word} percent"] = quote(word).encode()
        found[f"{word} json"] = "".join(f"\\u{ord(c):04x}" for c in word).encode()
        found[f"{word} octal"] = "".join(f"\\{b:03o}" for b in word.encode()).encode()
        found[f"{word} entities"] = "".join(f"&#{ord(c)};" for c in word).encode()
    full = "".join(chr(ord(c) + 0xFEE0) for c in LATIN)
    found |= {"full-width utf-8": full.encode(), "full-width cp932": full.encode("cp932")}
    return {name: raw for name, raw in found.items() if len(raw) >= 8}


def _base64(raw: bytes, url: bool) -> Iterator[bytes]:
    """What stands in base64 wherever the bytes begin: the letters that hang on them alone, at each of three offsets."""
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    for offset in range(3):
        whole = encode(b"\0" * offset + raw)
        first = -(-8 * offset // 6)
        yield whole[first : 8 * (offset + len(raw)) // 6]


FORMS = forms()


def search(where: str, data: bytes) -> list[Hit]:
    """Every form of a mark in `data`."""
    found = []
    for form, raw in FORMS.items():
        at = data.find(raw)
        if at >= 0:
            found.append(Hit(where, form, data[max(0, at - 40) : at + 60]))
    return found


def search_files(paths: Iterable[Path]) -> tuple[list[Hit], int, int]:
    """Hits, files and bytes searched; what went away meanwhile is passed over. Names are searched too."""
    hits, files, size = [], 0, 0
    for path in paths:
        hits += search(f"name of {path.name}", os.fsencode(path.name))
        try:
            data = path.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        files, size = files + 1, size + len(data)
        hits += search(str(path), data)
    return hits, files, size


def files_under(*folders: Path) -> Iterator[Path]:
    """Every regular file."""
    for folder in folders:
        for root, _, names in os.walk(folder):
            yield from (p for p in (Path(root, n) for n in names) if p.is_file() and not p.is_symlink())


def of_processes(pids: Iterable[int]) -> Iterator[Path]:
    """What the kernel shows of a process: environment, command line, and the files it holds open, deleted ones too."""
    for pid in pids:
        proc = Path(f"/proc/{pid}")
        yield from (proc / "environ", proc / "cmdline")
        for opened, target in _opened(proc):
            if target.startswith("/") and not target.startswith(("/dev/", "/proc/")) and opened.is_file():
                yield opened


def _opened(proc: Path) -> list[tuple[Path, str]]:
    """The descriptors of a process and what they are; none of one that has ended."""
    try:
        return [(fd, str(fd.readlink())) for fd in (proc / "fd").iterdir()]
    except (FileNotFoundError, ProcessLookupError):
        return []
