"""A real mail server on loopback with TLS, and worse ones: each in a thread of its own, on a free port."""

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Served
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Took:
    """What a server took. says: instead of 250, after which the mail is not taken."""

    mails: list[tuple[str, str, bytes]] = field(default_factory=list)
    says: str = ""
    refuses: str = ""

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuses and self.refuses in address:
            return f"550 5.1.1 <{address}> unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.says:
            return self.says
        self.mails += [(envelope.mail_from, to, envelope.original_content) for to in envelope.rcpt_tos]
        return "250 taken"


def certificate(folder: Path, name: str = "127.0.0.1") -> tuple[Path, Path]:
    """A self-signed certificate for an address, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sink")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=400))
        .not_valid_after(now + datetime.timedelta(days=400))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    cert, secret = folder / f"{name}.pem", folder / f"{name}.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Sink(Controller):
    def __init__(self, took: Took, context: ssl.SSLContext | None, port: int) -> None:
        super().__init__(took, hostname="127.0.0.1", port=port)
        self._context = context

    def factory(self) -> Served:
        return Served(
            self.handler, hostname="sink", tls_context=self._context, require_starttls=self._context is not None
        )


@contextlib.contextmanager
def served(took: Took, cert: Path | None, key: Path | None, port: int = 0) -> Iterator[int]:
    """The server, until left; its port. Without a certificate it speaks in clear."""
    context = None
    if cert is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
    sink = _Sink(took, context, port or free_port())
    sink.start()
    try:
        yield sink.port
    finally:
        sink.stop()


@contextlib.contextmanager
def hostile(greets: bytes | None) -> Iterator[int]:
    """A server that says this to whoever comes and to each line; None: nothing, ever; b"": hangs up."""
    ear = socket.create_server(("127.0.0.1", 0))
    lines: list[socket.socket] = []

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = ear.accept()
                if greets == b"":
                    line.close()
                    continue
                lines.append(line)
                threading.Thread(target=_answer, args=(line, greets), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield ear.getsockname()[1]
    finally:
        ear.shutdown(socket.SHUT_RDWR)
        ear.close()
        for line in lines:
            line.close()
        thread.join()


def _answer(line: socket.socket, greets: bytes | None) -> None:
    with contextlib.suppress(OSError):
        while greets is not None:
            line.sendall(greets)
            if not line.recv(65536):
                return
