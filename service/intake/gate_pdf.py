"""PDF at the gate: active content, embedded files, encryption and second readings are found by qpdf in a process of its own.

What must hold: the document reaches that process through a pipe, never a file; it runs with little memory and time, may write no file and
open none but its own program; whatever it does not call clean is refused. A hostile document can at most end it.
"""

import subprocess
import sys
from pathlib import Path

from service.intake.formats.refused import Refused

CHECKER = Path(__file__).with_name("gate_pdf_checker.py")
TEXTS = {
    "pdf-broken": ("PDFの構造が正しくありません。", "The PDF's structure does not hold."),
    "pdf-encrypted": ("暗号化されたPDFです。", "The PDF is encrypted."),
    "pdf-active": ("PDFにスクリプト等の動作が含まれています。", "The PDF holds scripts or other actions."),
    "pdf-attachment": ("PDFにファイルが埋め込まれています。", "Files are embedded in the PDF."),
    "pdf-outside": ("PDFが外部のファイルを参照しています。", "The PDF refers to a file outside."),
    "pdf-too-large": ("PDFの頁または部品が多すぎます。", "The PDF has too many pages or objects."),
    "polyglot": ("複数の種類として読めるファイルです。", "The file can be read as more than one type."),
}


def check(view: memoryview) -> tuple[str, ...]:
    """Raises Refused."""
    check_end(view)
    check_objects(view)
    return ("end", "structure", "no-action", "no-attachment", "not-encrypted")


def check_end(view: memoryview) -> None:
    """Nothing but blanks behind the last %%EOF. Raises Refused polyglot, pdf-broken."""
    data = bytes(view[-2048:])
    at = data.rfind(b"%%EOF")
    if at < 0:
        raise refused("pdf-broken")
    if data[at + 5 :].strip(b" \t\r\n\x00"):
        raise refused("polyglot")


def check_objects(view: memoryview) -> None:
    """Ask the checker. Raises Refused."""
    command = [sys.executable, "-I", str(CHECKER)]
    done = subprocess.run(command, input=view, capture_output=True, check=False, env={}, cwd="/")
    said = done.stdout.decode("ascii", "replace")
    if done.returncode != 0 or said != "clean":
        raise refused(said if said in TEXTS else "pdf-broken")


def refused(name: str) -> Refused:
    """The refusal of this name."""
    return Refused(name, *TEXTS[name])
