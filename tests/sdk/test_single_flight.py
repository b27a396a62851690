"""However many ask at once for a token that has ended, it is refreshed once."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from kaizen import AsyncClient, Client, Config, errors
from kaizen.sdk.stores import FileStore, MemoryStore, MySQLStore, SQLiteStore, TokenStore
from kaizen.sdk.tokens import Token, TokenKey
from tests.sdk.conftest import CLIENT, World, async_client
from tests.support.scripted_server import Reply, ScriptedServer, TokenPeer

LEAD = Reply(200, {"data": [{"id": "1", "Last_Name": "Lovelace"}]})


@pytest.fixture
def peer(server: ScriptedServer) -> TokenPeer:
    peer = TokenPeer(server)
    peer.guard("GET", "/crm/v8/Leads/1", LEAD)
    return peer


def with_store(server: ScriptedServer, store: TokenStore, *, ended: bool = True) -> Config:
    """Configure a client whose token has ended, or is about to be refused."""
    config = Config(**CLIENT, api_base_url=server.url, store=store, retries=0)
    store.save(
        Token(
            config.token_key(),
            refresh_token="1000.refresh",
            access_token="1000.ended",
            expires_at=1_000_000_000.0 if ended else 99_999_999_999.0,
        )
    )
    return config


def together(count: int, work: Callable[[], object]) -> None:
    """Do the same in many threads that start as one; raises what any of them raised."""
    start = threading.Barrier(count)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            start.wait()
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.mark.source("reference: SDK 5.5: 16 threads, one refresh")
@pytest.mark.parametrize("ended", [True, False], ids=["by the clock", "by a 401"])
def test_sixteen_threads(ended: bool, server: ScriptedServer, peer: TokenPeer) -> None:
    with Client(with_store(server, MemoryStore(), ended=ended)) as crm:
        together(16, lambda: crm.leads.get(1))

    assert peer.refreshes == 1
    assert len([call for call in server.seen("GET", "/crm/v8/Leads/1") if call.token in peer.good]) == 16


@pytest.mark.source("reference: SDK 5.3: the lock of the store separates clients that share nothing else")
def test_sixteen_clients_on_one_file(server: ScriptedServer, peer: TokenPeer, tmp_path: Path) -> None:
    config = with_store(server, FileStore(tmp_path / "tokens"))

    def once() -> None:
        with Client(config.with_options(store=FileStore(tmp_path / "tokens"))) as crm:
            crm.leads.get(1)

    together(16, once)

    assert peer.refreshes == 1


@pytest.mark.source("reference: SDK 5.5: 100 tasks, one refresh")
@pytest.mark.parametrize("ended", [True, False], ids=["by the clock", "by a 401"])
def test_a_hundred_tasks(ended: bool, server: ScriptedServer, peer: TokenPeer, tmp_path: Path) -> None:
    config = with_store(server, SQLiteStore(tmp_path / "tokens"), ended=ended)

    async def main() -> None:
        async with async_client(config) as crm, anyio.create_task_group() as tasks:
            for _ in range(100):
                tasks.start_soon(crm.leads.get, 1)

    anyio.run(main)

    assert peer.refreshes == 1


@pytest.mark.source("assumed: users of one store wait for each other, and none for ever")
def test_a_hundred_users_on_one_file(server: ScriptedServer, peer: TokenPeer, tmp_path: Path) -> None:
    store = FileStore(tmp_path / "tokens")
    config = with_store(server, store)
    [token] = store.tokens()
    users = [f"user{number}@example.com" for number in range(100)]
    for user in users:
        store.save(replace(token, key=replace(token.key, user=user)))

    async def main() -> None:
        async with async_client(config) as crm, anyio.create_task_group() as tasks:
            for user in users:
                tasks.start_soon(crm.as_user(user).leads.get, 1)

    anyio.run(main)

    assert peer.refreshes == 100


class OneAtATime(MemoryStore):
    """A store whose lock must be let go by whoever took it; nothing else ever frees it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = threading.Lock()

    def lock(self, key: TokenKey) -> AbstractContextManager[TokenStore]:  # type: ignore[override]  # its own kind
        return _Taken(self)


class _Taken(AbstractContextManager[TokenStore]):
    def __init__(self, store: OneAtATime) -> None:
        self._store = store

    def __enter__(self) -> TokenStore:
        self._store.taken.acquire()
        return self._store

    def __exit__(self, *failure: object) -> None:
        self._store.taken.release()


@pytest.mark.source("assumed: a task that is given up must not keep the lock from the others")
def test_a_cancelled_task_leaves_no_lock_behind(server: ScriptedServer, peer: TokenPeer) -> None:
    store = OneAtATime()
    config = with_store(server, store)

    async def main() -> None:
        async with AsyncClient(config) as crm:
            store.taken.acquire()  # as another process would
            task = asyncio.create_task(crm.leads.get(1))
            await anyio.wait_all_tasks_blocked()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            # A thread still waits for the lock on behalf of the task; it gets it now, and must not keep it.
            store.taken.release()
            await crm.leads.get(1)

    asyncio.run(main())

    assert peer.refreshes == 1
    assert not store.taken.locked()


CALLER = """
import json, sys
from kaizen import Client
from kaizen.sdk.stores import FileStore, MySQLStore, SQLiteStore
kind, where, options = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
store = {"file": FileStore, "sqlite": SQLiteStore, "mysql": MySQLStore}[kind](**where)
with Client(store=store, **options) as crm:
    print("ready", flush=True)
    sys.stdin.readline()
    print(crm.leads.get(1)["Last_Name"], flush=True)
"""


@pytest.mark.source("reference: SDK 5.5: 8 processes, one refresh")
@pytest.mark.parametrize("kind", ["file", "sqlite", "mysql"])
def test_eight_processes(
    kind: str, server: ScriptedServer, peer: TokenPeer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    where: dict[str, Any] = {"path": str(tmp_path / "tokens")}
    if kind == "mysql":
        where = request.getfixturevalue("mariadb")
    made: dict[str, Any] = {"file": FileStore, "sqlite": SQLiteStore, "mysql": MySQLStore}
    store: TokenStore = made[kind](**where)
    config = with_store(server, store)
    options = json.dumps({**CLIENT, "api_base_url": server.url})
    command = [sys.executable, "-c", CALLER, kind, json.dumps(where), options]
    processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        said = [process.communicate(timeout=100)[0] for process in _released(processes)]
    finally:
        for process in processes:
            process.kill()
            process.wait()

    assert said == ["Lovelace\n"] * 8
    assert peer.refreshes == 1
    kept = store.find(config.token_key())
    assert kept is not None
    assert kept.access_token in peer.good


@pytest.mark.source("reference: SDK 5.3: the advisory window: one refreshes, the others go on")
def test_near_its_end_a_token_is_refreshed_by_one_while_the_others_use_it(server: ScriptedServer, world: World) -> None:
    peer = TokenPeer(server)
    peer.good.add("1000.ending")
    peer.guard("GET", "/crm/v8/Leads/1", LEAD)
    store = MemoryStore()
    config = with_store(server, store).with_options(surroundings=world.surroundings)
    store.save(
        replace(
            store.tokens()[0],
            access_token="1000.ending",
            issued_at=world.now - 3400,
            expires_at=world.now + 200,
        )
    )

    with Client(config) as crm:
        together(8, lambda: crm.leads.get(1))

    assert peer.refreshes == 1


@pytest.mark.source("reference: SDK 5.3: one refresh and one retry, no more")
def test_a_token_that_is_refused_again_is_told(server: ScriptedServer, crm: Client) -> None:
    TokenPeer(server)
    server.on("GET", "/crm/v8/Leads/1", Reply(401, {"code": "INVALID_TOKEN", "message": "invalid oauth token"}))

    with pytest.raises(errors.TokenExpired):
        crm.leads.get(1)

    assert len(server.seen("GET", "/crm/v8/Leads/1")) == 2
    assert len(server.seen("POST", "/oauth/v2/token")) == 1


@pytest.mark.source("reference: SDK 5.3: only a refused token is renewed")
def test_a_missing_scope_is_not_refreshed_away(server: ScriptedServer, crm: Client) -> None:
    server.on("GET", "/crm/v8/Leads/1", Reply(401, {"code": "OAUTH_SCOPE_MISMATCH", "message": "Unauthorized"}))

    with pytest.raises(errors.ScopeMismatch):
        crm.leads.get(1)

    assert server.seen("POST", "/oauth/v2/token") == []


@pytest.mark.source("reference: SDK 5.3: at most 8 refreshes in ten minutes; assumed: turning the clock starts anew")
def test_a_client_gone_wild_is_stopped_but_a_turned_clock_is_not(server: ScriptedServer, crm: Client) -> None:
    peer = TokenPeer(server)
    peer.guard("GET", "/crm/v8/Leads/1", LEAD)
    peer.guard("POST", "/kaizen/v1/clock", Reply(200, {"now": "2017-01-02T09:00:00Z"}))

    for _ in range(20):  # as a replay of twenty days does
        crm.control.clock.advance(days=1)
        peer.withdraw()
    assert peer.refreshes == 20

    for _ in range(7):
        crm.leads.get(1)
        peer.withdraw()
    with pytest.raises(errors.RefreshLimitReached):
        for _ in range(3):
            crm.leads.get(1)
            peer.withdraw()


def _released(processes: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Let all of them go before anyone waits for the first."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return processes
