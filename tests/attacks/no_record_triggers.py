"""Where the making of a record fails in PostgreSQL itself: a trigger on the table of records, or the state of the service's writers.

The trigger raises what PostgreSQL raises, keeps no row, ends its own backend, or sleeps; at the INSERT or at the COMMIT.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from service.audit.writer import BatchedWriter
from tests.attacks.inside import Service
from tests.attacks.no_record_faults import Armed

LAID = """
create table injected (how text not null, nth bigint not null, on_ boolean not null, at_commit boolean not null);
create sequence injected_hits;
create function injects() returns trigger language plpgsql security definer as $$
declare f injected; n bigint;
begin
  select * into f from injected;
  if not found or f.at_commit <> (tg_when = 'AFTER') then return new; end if;
  n := nextval('injected_hits');
  if n < f.nth or (n > f.nth and not f.on_) then return new; end if;
  if f.how = 'none' then return null; end if;
  if f.how = 'sleeps' then perform pg_sleep(30); end if;
  if f.how = 'dies' then perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); end if;
  raise exception 'injected' using errcode = f.how;
end $$;
create trigger injects before insert on records for each row execute function injects();
create constraint trigger injects_at_commit after insert on records deferrable initially deferred for each row execute function injects();
"""
HITS = "select (is_called and last_value >= $1)::integer from injected_hits"
ASLEEP = "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
CODES = (
    "53000", "53100", "53200", "53300", "53400", "54000", "55000", "55P03", "57000", "57014", "57P01", "57P02", "57P03", "57P05", "58000",
    "58030", "40001", "40P01", "40000", "08006", "XX000", "XX001", "XX002", "25006", "25P03", "42501", "42P01", "23505", "23514", "22023",
    "P0001",
)  # fmt: skip
AT_COMMIT = (*(code for code in CODES if not code.startswith("23")), "dies")
"""A constraint that fails at COMMIT is a race between acts, and is told as one."""


@dataclass(frozen=True)
class Trigger:
    """A fault in the database."""

    name: str
    how: str
    at_commit: bool = False
    in_doubt: bool = False
    cancels: bool = False
    slow: bool = False

    @asynccontextmanager
    async def armed(self, service: Service, nth: int, on: bool) -> AsyncIterator[Armed]:
        admin, armed = service.world.admin, Armed(service, nth, on)
        await admin.execute("select setval('injected_hits', 1, false)")
        await admin.execute("insert into injected values ($1, $2, $3, $4)", self.how, nth, on, self.at_commit)
        try:
            yield armed
        finally:
            armed.fired = await admin.fetchval(HITS, nth)
            await admin.execute("delete from injected")
            await admin.execute(ASLEEP)


@dataclass(frozen=True)
class Standing:
    """What stands in the way already when the requests come. Whether it stood in anybody's way is seen by a 503."""

    name: str
    lays: Callable[[Service], AbstractAsyncContextManager[None]]
    in_doubt: bool = False
    cancels: bool = False
    slow: bool = False

    @asynccontextmanager
    async def armed(self, service: Service, nth: int, on: bool) -> AsyncIterator[Armed]:
        async with self.lays(service):
            yield Armed(service, nth, on)


Writer = Callable[[Service], BatchedWriter]


def _stopped(which: Writer) -> Callable[[Service], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lays(service: Service) -> AsyncIterator[None]:
        await which(service).stop()
        yield
        which(service).start()

    return lays


def _full(which: Writer) -> Callable[[Service], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lays(service: Service) -> AsyncIterator[None]:
        writer = which(service)
        limit, writer._queue_limit = writer._queue_limit, 0
        yield
        writer._queue_limit = limit

    return lays


def _unreachable(which: Writer) -> Callable[[Service], AbstractAsyncContextManager[None]]:
    """Its connection is gone, and no other is had."""

    async def refused() -> Any:
        raise ConnectionRefusedError(111, "refused")

    @asynccontextmanager
    async def lays(service: Service) -> AsyncIterator[None]:
        writer = which(service)
        true, writer._connect = writer._connect, refused
        if writer._connection is not None:
            writer._connection.terminate()
        yield
        writer._connect = true

    return lays


def _killed(role: str) -> Callable[[Service], AbstractAsyncContextManager[None]]:
    """Every connection of the role is ended, as a restart would: which of them has noticed when the request comes is left to chance."""

    @asynccontextmanager
    async def lays(service: Service) -> AsyncIterator[None]:
        await service.world.admin.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and datname = current_database()",
            role,
        )
        yield

    return lays


def _revoked(role: str) -> Callable[[Service], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lays(service: Service) -> AsyncIterator[None]:
        await service.world.admin.execute(f"revoke insert (id, writer, number, body) on records from {role}")
        try:
            yield
        finally:
            await service.world.admin.execute(f"grant insert (id, writer, number, body) on records to {role}")

    return lays


@asynccontextmanager
async def _locked(service: Service) -> AsyncIterator[None]:
    async with service.world.locked("records", "exclusive"):
        yield


WRITERS: dict[str, Writer] = {"web": lambda s: s.house.writer, "keyholder": lambda s: s.world.writer}
TRIGGERS = (
    *(Trigger(f"{code} at insert", code) for code in CODES),
    *(Trigger(f"{code} at commit", code, at_commit=True) for code in AT_COMMIT),
    Trigger("no row is kept", "none"),
    Trigger("the backend ends itself", "dies"),
    Trigger("the statement sleeps", "sleeps", slow=True),
    Trigger("the commit sleeps", "sleeps", at_commit=True, slow=True),
)
STANDING = (
    *(Standing(f"{name}'s writer is stopped", _stopped(w)) for name, w in WRITERS.items()),
    *(Standing(f"{name}'s queue is full", _full(w)) for name, w in WRITERS.items()),
    *(Standing(f"{name}'s writer reaches nothing", _unreachable(w)) for name, w in WRITERS.items()),
    *(Standing(f"connections of {role} are ended", _killed(role)) for role in ("hozen_web", "hozen_keyholder")),
    *(Standing(f"{role} lost its right", _revoked(role)) for role in ("hozen_web", "hozen_keyholder")),
    Standing("records are locked", _locked, slow=True),
)
