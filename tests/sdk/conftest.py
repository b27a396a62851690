"""Fixtures for the tests of the SDK: a scripted peer, clients that talk to it without waiting, and a real server."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from kaizen import AsyncClient, Client, Config
from kaizen.sdk.stores import MemoryStore
from kaizen.sdk.surroundings import Surroundings
from kaizen.sdk.tokens import Token
from tests.support.mariadb import mariadb
from tests.support.scripted_server import ScriptedServer, scripted_server
from tests.support.server import START, KaizenProcess
from tests.support.waiting import Sdk

__all__ = ["mariadb"]

USER = "ada@example.com"
CLIENT: Final[dict[str, Any]] = {
    "client_id": "1000.CLIENTID",
    "client_secret": "the-client-secret",
    "current_user_email": USER,
}


@dataclass
class World:
    """A machine whose clock stands where the test puts it, and where sleeping takes no time."""

    now: float = 1_700_000_000.0
    naps: list[float] = field(default_factory=list)

    @property
    def surroundings(self) -> Surroundings:
        return Surroundings(
            clock=lambda: self.now,
            monotonic=lambda: self.now,
            sleep=self.sleep,
            async_sleep=self.sleep_async,
            rng=lambda: 0.0,
        )

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def config(server: ScriptedServer, world: World) -> Config:
    """A configuration whose user has an access token that nobody has refused yet."""
    settings: dict[str, Any] = {**CLIENT, "api_base_url": server.url, "surroundings": world.surroundings}
    key = Config(**settings).token_key()
    token = Token(key, refresh_token="1000.refresh", access_token="1000.first", expires_at=world.now + 3600)
    return Config(**settings, store=MemoryStore([token]))


@pytest.fixture
def crm(config: Config) -> Iterator[Client]:
    with Client(config) as client:
        yield client


@contextlib.asynccontextmanager
async def async_client(config: Config) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(config) as client:
        yield client


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def sdk(request: pytest.FixtureRequest) -> Iterator[Sdk]:
    """The SDK, once for threads and once for tasks."""
    opened = Sdk(asynchronous=request.param)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def kaizen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KaizenProcess]:
    """A server in a process of its own, with a virtual clock; the tests of a file share it, so each names its own."""
    process = KaizenProcess(tmp_path_factory.mktemp("kaizen"), "--clock", START)
    yield process
    process.close()


@pytest.fixture
def real(kaizen: KaizenProcess, sdk: Sdk) -> Any:
    """A client of either form on the shared server, with all scopes."""
    return sdk.client(Config.from_credentials(kaizen.database.with_name("credentials.json")))
