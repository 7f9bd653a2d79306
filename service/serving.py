"""Serves the web process with uvicorn: one application for each process, no access log (records are the log)."""

import asyncio
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from service import app, opening
from service import settings as s
from service.errors import Text


def application() -> FastAPI:
    """The web application of this process's settings."""
    settings = s.load(s.WebSettings)
    return app.build(lambda: opening.web_house(settings), demo=settings.root == "demo", issuer=settings.issuer)


def serve_web(settings: s.WebSettings, workers: int) -> None:
    """Serve until told to stop. Raises StartRefused: port-taken, and what `opening.ready_to_serve` raises."""
    signal.signal(signal.SIGTERM, _end)  # uvicorn ends gracefully, then hands the signal on to this
    signal.signal(signal.SIGINT, _end)
    where = _place(settings.listen)
    asyncio.run(opening.ready_to_serve(settings))
    uvicorn.run(
        "service.serving:application",
        factory=True,
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        **where,  # type: ignore[arg-type]
    )


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)


def _place(listen: str) -> dict[str, object]:
    """uvicorn's words for the address, tried once. Raises StartRefused port-taken."""
    if listen.startswith("/"):
        with socket.socket(socket.AF_UNIX) as probe:
            if Path(listen).exists() and probe.connect_ex(listen) == 0:
                raise _taken(listen)
        return {"uds": listen}
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError:
            raise _taken(listen) from None
    return {"host": host, "port": int(port)}


def _taken(listen: str) -> s.StartRefused:
    return s.StartRefused("port-taken", Text(f"{listen} は使用中です。", f"{listen} is taken."))
