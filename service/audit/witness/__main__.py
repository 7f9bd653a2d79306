"""The witness's command line and its HTTP: see the folder's own page (`__init__.py`)."""

import sys
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from . import __doc__ as page
from .memory import Witness
from .statement import DECIMAL, NotCosigned

MOST = 64 * 1024
"""Bytes of a request: 63 hashes and a note with some signatures are 8 KiB."""
PATIENCE = 10.0
"""Seconds a client may be silent."""


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 on loopback: POST /add-checkpoint and nothing else."""

    witness: Witness
    protocol_version, server_version, sys_version, timeout = "HTTP/1.1", "witness", "", PATIENCE

    def do_POST(self) -> None:
        length = self.headers.get("content-length")
        if wrong := _wrong(self.path, length):
            self.close_connection = True
            return self._say(wrong, "text/plain", b"")
        try:
            return self._say(200, "text/plain; charset=utf-8", self.witness.add(self.rfile.read(int(length or 0))))
        except NotCosigned as refused:
            return self._say(refused.status, *refused.answer())
        except (OSError, ValueError) as fault:
            self.log_error("nothing cosigned: %s", fault)
            return self._say(503, "text/plain", b"nothing was cosigned\n")

    def _say(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _wrong(path: str, length: str | None) -> int | None:
    """The status of a request that is not read at all; None for one that is."""
    if path != "/add-checkpoint":
        return 404
    if length is None:
        return 411
    if not DECIMAL.fullmatch(length):
        return 400
    return 413 if int(length) > MOST else None


def server(witness: Witness, host: str, port: int) -> ThreadingHTTPServer:
    """Bound, not yet serving. Raises ValueError for an address that is not this machine's own, OSError."""
    if not ip_address(host).is_loopback:
        raise ValueError("a loopback address: TLS and the outside stand before it")
    return ThreadingHTTPServer((host, port), type("Handler", (_Handler,), {"witness": witness}))


def main(arguments: Sequence[str]) -> int:
    """The command line; the exit code."""
    match list(arguments):
        case ["init", folder, name]:
            print(Witness.init(Path(folder), name).public(), end="")
        case ["trust", folder, keyfile]:
            Witness(Path(folder)).trust(Path(keyfile).read_text())
        case ["serve", folder, address]:
            host, _, port = address.rpartition(":")
            with server(Witness(Path(folder)), host.strip("[]"), int(port)) as http:
                print(f"http://{host}:{http.server_port}/add-checkpoint", flush=True)
                http.serve_forever()
        case ["sign", folder]:
            sys.stdout.buffer.write(Witness(Path(folder)).add(sys.stdin.buffer.read(MOST)))
        case _:
            print(page, file=sys.stderr)
            return 2
    return 0


def run(arguments: Sequence[str]) -> int:
    """As `main`; a refusal or a fault in words on standard error, and its exit code."""
    try:
        return main(arguments)
    except KeyboardInterrupt:
        return 0
    except NotCosigned as refused:
        told = f" (last cosigned: {refused.size})" if refused.size is not None else ""
        print(f"{refused.status}: {refused}{told}", file=sys.stderr)
        return 1
    except (OSError, ValueError) as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
