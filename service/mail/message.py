"""The one mail that this service sends: something awaits you. Pure.

What must hold: all messages of one installation are equal in length, and equal byte for byte but for To, X-Padding (which evens To out),
Date and Message-ID. Nothing in one says why it was sent: no case, number, title, name, act or hour of an act; Date is the round's hour.
Not promised: that a mail server on the way adds nothing; and the command that names the address to the server is as long as the address.
"""

import base64
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from uuid import UUID

from service.mail.address import LONGEST, is_address

LINE = 76
SUBJECT = "保全：お知らせがあります / Hozen: something awaits you"
BODY = """\
あなた宛てのものが Hozen（保全）にあります。サービスにサインインしてご確認ください。
このメールは誰にでも同じ内容で送られます。案件・番号・題名・氏名は記されていません。
このメールから期間が進むことはありません。返信はできません。

Something awaits you in Hozen. Sign in to the service and look.
This mail is the same for everybody: it names no case, number, title or person.
No period runs from it, and nobody reads an answer to it.

{shows}
"""


def message(sender: str, shows: str, to: str, at: datetime, unique: UUID) -> bytes:
    """The whole message, ASCII with CR LF. shows: the service's address; at: the round's hour, aware; unique: random.

    Raises ValueError for what is no address.
    """
    if not is_address(to) or not is_address(sender):
        raise ValueError("no mail address")
    body = base64.b64encode(BODY.format(shows=shows).replace("\n", "\r\n").encode()).decode()
    lines = [
        f"From: Hozen <{sender}>",
        f"To: {to}",
        "Subject: " + Header(SUBJECT, "utf-8", header_name="Subject").encode(linesep="\r\n"),
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{unique.hex}@{sender.partition('@')[2]}>",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "X-Padding: " + "x" * (1 + LONGEST - len(to)),
        "",
        *(body[n : n + LINE] for n in range(0, len(body), LINE)),
        "",
    ]
    return "\r\n".join(lines).encode("ascii")
