"""What a command has that works beside the service, on its database and with the worker's token; and how it says that it cannot."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from uuid import uuid4

import typer

from service import opening
from service import settings as s
from service.commands.saying import refuse
from service.errors import Refusal
from service.keyholder.answers import Caller
from service.keyholder.calls import Keyholder
from service.keyholder.client import KeyholderClient
from service.sealing.wrap import LabelKeys
from service.store import Store

T = TypeVar("T")


@asynccontextmanager
async def rooms() -> AsyncIterator[tuple[Store, Keyholder, LabelKeys, Caller]]:
    """What the worker has, with its token."""
    settings = s.load(s.WorkerSettings)
    store = await Store.open(settings.database("hozen_worker"), size=2)
    client = KeyholderClient(settings.keyholder_socket)
    try:
        token = opening.worker_token(settings.worker_token_file)
        yield store, Keyholder(client), opening.public_keys(settings), Caller(token, uuid4())
    finally:
        await client.close()
        await store.close()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run it; a refusal is told by its name. Exit code 2."""
    try:
        return asyncio.run(work)
    except s.StartRefused as refused:
        typer.echo(str(refused), err=True)
    except Refusal as refusal:
        refuse(refusal)
    except OSError as away:
        typer.echo(f"database-away: データベースに届きません / the database is out of reach: {away}", err=True)
    raise typer.Exit(2)
