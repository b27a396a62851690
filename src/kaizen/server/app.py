"""The composition root: a server is put together here and nowhere else."""

import random
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaizen.accounts.clients import NewClient
from kaizen.accounts.secrets import Chance
from kaizen.accounts.tokens import TokenService
from kaizen.automation.rule_loader import build_book
from kaizen.records.pipeline import Pipeline
from kaizen.records.reactions.due_actions import sweep
from kaizen.records.writer import AutomationSettings
from kaizen.server import accounts_api, ledger
from kaizen.server.accounts_api import AccountsServer, json_response
from kaizen.server.clock import Clock, ClockError, SystemClock, VirtualClock, read_moment
from kaizen.server.clock_memory import ClockMemory, remember, remembered
from kaizen.server.control.clock import ClockControl
from kaizen.server.credentials_file import CredentialsFile
from kaizen.server.delivery import MailTransport, SmtpTransport
from kaizen.server.first_start import FirstStart, page_key
from kaizen.server.http.asgi import Api
from kaizen.server.http.call import Entry
from kaizen.server.http.kernel import Kernel
from kaizen.server.http.table import RouteTable
from kaizen.server.logs import Tell
from kaizen.server.probes import Probes
from kaizen.server.public_address import PublicAddress, networks
from kaizen.server.purging import Purger
from kaizen.server.refusal_log import RefusalLog
from kaizen.server.routes import control_routes, crm_routes
from kaizen.server.settings import Settings, SettingsError
from kaizen.server.token_limits import limits_of
from kaizen.server.watching.access_log import AccessLog
from kaizen.server.watching.exchange import Watch
from kaizen.server.watching.metrics import Metrics
from kaizen.server.worker import Worker
from kaizen.store import EPHEMERAL, Database, open_store
from kaizen.store.read_limits import ReadLimits


@dataclass(frozen=True)
class Server:
    """Everything that runs in one process."""

    settings: Settings
    store: Database
    clock: Clock
    tokens: TokenService
    worker: Worker
    purger: Purger
    app: Api  #: the ASGI application; its lifespan starts and stops the worker
    chance: Chance
    created: NewClient | None  #: the first client, when this start created the organisation
    clock_goes_on: bool  #: a virtual clock stands where the last server left it, not where it was asked to start

    async def start(self) -> None:
        """Begin to carry out what is due, and to remove what is too old."""
        self.worker.start()
        self.purger.start()

    async def stop(self) -> None:
        """Stop what runs in the background; the store stays open."""
        await self.purger.stop()
        await self.worker.stop()

    def close(self) -> None:
        """Finish the writes and let go of the database."""
        self.store.close()


def open_database(settings: Settings, clock: Clock, *, serving: bool = False) -> Database:
    """Open the database that the settings name, `serving` alone if it is a SQLite file; raises StoreError."""
    where = EPHEMERAL if settings.ephemeral else settings.database
    limits = ReadLimits(settings.read_seconds, time.monotonic)
    return open_store(where, clock=clock.now, build_book=build_book, limits=limits, serving=serving)


def is_used(settings: Settings) -> bool:
    """Return whether the database already holds an organisation; raises StoreError."""
    store = open_database(settings, SystemClock(time.time))
    try:
        return not store.is_new
    finally:
        store.close()


def clock_of(settings: Settings) -> Clock:
    """Make the server's clock."""
    if not settings.clock:
        return SystemClock(time.time)
    try:
        return VirtualClock(read_moment(settings.clock))
    except ClockError as error:
        raise SettingsError(f"clock: {error}") from error


def chance_of(settings: Settings) -> Chance:
    """Return the source of ids and secrets; a seed makes it repeat itself."""
    if not settings.seed:
        return secrets.token_hex
    source = random.Random(settings.seed)  # noqa: S311 - asked for by a test that wants to see the same twice
    return lambda size: source.randbytes(size).hex()


def build(settings: Settings, tell: Tell | None = None) -> Server:
    """Put a server together; raises SettingsError, StoreError and CredentialsError.

    `tell` writes a line for each request; None: there are no such lines.
    """
    clock, chance = clock_of(settings), chance_of(settings)
    store = open_database(settings, clock, serving=True)
    try:
        _claim_credentials(settings, store)
        created = store.write_now(FirstStart(settings, chance)) if store.is_new else None
        asked = clock.now()
        _go_on(store, clock)
        moved = clock.virtual and clock.now() != asked
        return _assemble(settings, store, clock, chance, created, tell, clock_goes_on=moved)
    except BaseException:
        store.close()
        raise


def _claim_credentials(settings: Settings, store: Database) -> None:
    """Refuse a credentials file of another organisation before anything is made whose secret it would have held."""
    if settings.credentials:
        org_id = None if store.is_new else store.read_now(lambda unit: unit.organisation.zgid)
        database = "the ephemeral database" if settings.ephemeral else settings.database_shown
        CredentialsFile(Path(settings.credentials)).claim(org_id, database)


def _go_on(store: Database, clock: Clock) -> None:
    """Let a virtual clock go on where the last one stood, and note which kind of clock runs now."""
    before = store.read_now(remembered)
    if isinstance(clock, VirtualClock) and before is not None and before.virtual:
        clock.set(max(before.moment, clock.now()))
    if isinstance(clock, SystemClock) and before is not None and not before.virtual:
        clock.was(before.moment)
    store.write_now(lambda unit: remember(unit, ClockMemory(clock.virtual, clock.now())))


def _assemble(
    settings: Settings,
    store: Database,
    clock: Clock,
    chance: Chance,
    created: NewClient | None,
    tell: Tell | None,
    *,
    clock_goes_on: bool,
) -> Server:
    automation = AutomationSettings(settings.cascade, deliver_mail=settings.smtp is not None)
    pipeline = Pipeline(automation)
    metrics = Metrics(store)
    worker = Worker(
        store, clock, lambda unit, limit: sweep(unit, pipeline, limit), _mail_transport(settings), metrics.reacted
    )
    purger = Purger(store, clock, settings.keep)
    limits = store.read_now(lambda unit: limits_of(settings, unit, virtual=clock.virtual))
    tokens = TokenService(limits, chance)
    address = _address(settings)
    refusals = RefusalLog(time.monotonic)
    key = store.read_now(page_key)

    def kernel(table: RouteTable, prefix: str) -> Kernel:
        return Kernel(
            store=store,
            table=table,
            prefix=prefix,
            address=address,
            refusals=refusals,
            page_key=key,
            automation=automation,
            body_limit=settings.body_limit,
            queued=worker.wake,
            reacted=metrics.reacted,
        )

    control: list[Entry] = [*control_routes(), *ClockControl(clock, worker, store).routes()]
    server: Server

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await server.start()
        try:
            yield
        finally:
            await server.stop()

    rest = Starlette(
        routes=[
            *AccountsServer(store, tokens, address, refusals).routes(),
            *Probes(store, metrics, settings.metrics.token, time.monotonic).routes(),
            _about(clock),
        ],
        exception_handlers=dict.fromkeys(accounts_api.REFUSALS, accounts_api.refused),
        lifespan=lifespan,
    )
    # Another source than that of ids, so that a seed gives the same ones however many requests came before.
    watch = Watch(
        time.perf_counter, chance_of(settings)(4), (metrics,) if tell is None else (metrics, AccessLog(tell, address))
    )
    app = Api(kernel(_crm_table(), "/crm/{version}/"), kernel(RouteTable(control), "/kaizen/v1/"), rest, watch)
    server = Server(settings, store, clock, tokens, worker, purger, app, chance, created, clock_goes_on)
    return server


@cache
def _crm_table() -> RouteTable:
    """Return the table of the CRM API, which is the same for every server of a process."""
    served = crm_routes()
    return RouteTable([*served, *ledger.unserved(served)])


def _about(clock: Clock) -> Route:
    """Return the address that says what this is."""

    async def about(_: Request) -> Response:
        return json_response(
            {"name": "Kaizen CRM", "version": version("kaizen-crm"), "clock": "virtual" if clock.virtual else "machine"}
        )

    return Route("/kaizen/v1", about)


def _mail_transport(settings: Settings) -> MailTransport | None:
    return SmtpTransport(settings.smtp, socket.gethostname()) if settings.smtp else None


def _address(settings: Settings) -> PublicAddress:
    public = settings.public_url.rstrip("/")
    return PublicAddress(public, f"{settings.host}:{settings.port}", networks(settings.proxies))
