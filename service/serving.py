"""Serves the web process with uvicorn: one application for each process, no access log (records are the log)."""

import uvicorn
from fastapi import FastAPI

from service import app, opening
from service import settings as s


def application() -> FastAPI:
    """The web application of this process's settings."""
    settings = s.load(s.WebSettings)
    return app.build(lambda: opening.web_house(settings), demo=settings.root == "demo")


def serve_web(settings: s.WebSettings, workers: int) -> None:
    """Serve until told to stop."""
    if settings.listen.startswith("/"):
        where: dict[str, object] = {"uds": settings.listen}
    else:
        host, _, port = settings.listen.rpartition(":")
        where = {"host": host.strip("[]"), "port": int(port)}
    uvicorn.run(
        "service.serving:application", factory=True, workers=workers, access_log=False, log_level="warning", server_header=False, **where  # type: ignore[arg-type]
    )
