"""A whole server inside the test, and one in a process of its own."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode

import pytest

from kaizen.vocabulary.scopes import EVERYTHING
from tests.support.services import postgres_database

if TYPE_CHECKING:
    # At run time the server is imported by those tests that start one.
    from kaizen.model.people import User
    from kaizen.model.values import Id
    from kaizen.server.app import Server
    from kaizen.server.settings import Settings
    from kaizen.store.unit_of_work import Unit

#: A Monday morning, when every fresh server starts.
START = "2026-01-05T09:00:00+00:00"
_SEED = "kaizen"


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @cached_property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.content)

    def codes(self, key: str = "data") -> list[str]:
        """The codes of the elements under a wrapper key."""
        return [row["code"] for row in self.json[key]]

    def details(self, key: str = "data", index: int = 0) -> dict[str, Any]:
        """The details of one element under a wrapper key."""
        found: dict[str, Any] = self.json[key][index]["details"]
        return found

    @property
    def problem(self) -> tuple[int, str]:
        """The status and the code of an answer that is one refusal."""
        return self.status, str(self.json["code"])


class Crm:
    """A server in this process, and a client of it that knows how to ask."""

    def __init__(self, settings: "Settings", request_log: Any = None) -> None:
        from kaizen.server.app import build

        self.server: Server = build(settings, request_log)
        self._runner = asyncio.Runner()
        self.store = self.server.store
        self.user: User = self.store.read_now(lambda unit: next(iter(unit.users.values())))
        self.access_token = self.token(*EVERYTHING)

    # -- asking

    def get(self, path: str, params: Mapping[str, object] | None = None, **how: Any) -> Reply:
        """GET a path below /crm/{version}."""
        return self.crm("GET", path, None, params, **how)

    def post(self, path: str, body: object = None, params: Mapping[str, object] | None = None, **how: Any) -> Reply:
        """POST a body to a path below /crm/{version}."""
        return self.crm("POST", path, body, params, **how)

    def put(self, path: str, body: object = None, params: Mapping[str, object] | None = None, **how: Any) -> Reply:
        """PUT a body to a path below /crm/{version}."""
        return self.crm("PUT", path, body, params, **how)

    def delete(self, path: str, params: Mapping[str, object] | None = None, **how: Any) -> Reply:
        """DELETE a path below /crm/{version}."""
        return self.crm("DELETE", path, None, params, **how)

    def crm(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, object] | None = None,
        *,
        version: str = "v8",
        **how: Any,
    ) -> Reply:
        """Ask the CRM API."""
        return self.ask(method, f"/crm/{version}/{path}", body, params, **how)

    def control(
        self, method: str, path: str, body: object = None, params: Mapping[str, object] | None = None, **how: Any
    ) -> Reply:
        """Ask the server's own API."""
        return self.ask(method, f"/kaizen/v1/{path}", body, params, **how)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        params: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request: bytes as they are, anything else as JSON. `token`: another one; "": none."""
        token = self.access_token if token is None else token
        sent = {"host": "crm.test", **({"authorization": f"Zoho-oauthtoken {token}"} if token else {})}
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if content:
            sent["content-length"] = str(len(content))
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        query = urlencode({name: value for name, value in (params or {}).items() if value is not None})
        return self._runner.run(self._ask(method, path, query, sent, content))

    def send(self, scope: Mapping[str, Any], messages: list[dict[str, Any]]) -> Reply:
        """Send a request in the pieces given, as a network would."""
        return self._runner.run(self._exchange(dict(scope), messages))

    # -- being somebody

    def token(self, *scopes: str, user_id: "Id | None" = None) -> str:
        """Return an access token with exactly these scopes."""

        def work(unit: "Unit") -> str:
            user = unit.users[user_id] if user_id is not None else self.user
            (client, *_) = unit.clients()
            return self.server.tokens.issue(unit, client, user, scopes)[1]

        return self.store.write_now(work)

    # -- time

    def advance(self, **steps: int) -> Any:
        """Advance the virtual clock and return what was carried out."""
        reply = self.control("POST", "clock", {"advance": steps})
        assert reply.status == 200, reply.content
        return reply.json

    def set_clock(self, moment: str) -> Any:
        """Set the virtual clock and return what was carried out."""
        reply = self.control("POST", "clock", {"set": moment})
        assert reply.status == 200, reply.content
        return reply.json

    def settle(self) -> None:
        """Carry out what is due now."""
        self._runner.run(self.server.worker.settle())

    def close(self) -> None:
        """Stop the server."""
        self.server.close()
        self._runner.close()

    async def _ask(self, method: str, path: str, query: str, headers: Mapping[str, str], content: bytes) -> Reply:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": quote(path, safe="/%").encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        return await self._exchange(scope, [{"type": "http.request", "body": content, "more_body": False}])

    async def _exchange(self, scope: dict[str, Any], messages: list[dict[str, Any]]) -> Reply:
        coming = iter(messages)
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            message = next(coming, None)
            if message is not None:
                return message
            if messages[-1].get("more_body"):
                return {"type": "http.disconnect"}
            await asyncio.Event().wait()  # the client waits for its answer
            raise AssertionError

        async def send(message: Any) -> None:
            sent.append(message)

        await self.server.app(scope, receive, send)
        if scope["method"] != "GET":
            # A running server does this in the background.
            await self.server.worker.settle()
        start = sent[0]
        found = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], found, b"".join(message.get("body", b"") for message in sent[1:]))


def settings_for(database: str, **changed: Any) -> "Settings":
    """Return the settings of a test's server."""
    from kaizen.server.settings import Settings

    given = {"database": database, "clock": START, "seed": _SEED, "org_name": "Kaizen Tests", **changed}
    return Settings(**given)


@pytest.fixture(scope="session")
def organisation_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a fresh organisation, to be copied."""
    from kaizen.server.app import build

    path = tmp_path_factory.mktemp("template") / "kaizen.db"
    build(settings_for(str(path))).close()
    return path


MakeCrm = Callable[..., Crm]


@pytest.fixture
def make_crm(organisation_file: Path, tmp_path: Path) -> Iterator[MakeCrm]:
    """Start servers with settings of their own, each on a fresh organisation."""
    running: list[Crm] = []

    def make(request_log: Any = None, **changed: Any) -> Crm:
        database = tmp_path / f"kaizen{len(running)}.db"
        shutil.copy(organisation_file, database)
        # Another seed than the copied organisation was made with: its secrets must not come again.
        settings = settings_for(str(database), **{"seed": f"{_SEED} {len(running)}", **changed})
        running.append(Crm(settings, request_log))
        return running[-1]

    yield make
    for crm in running:
        crm.close()


@pytest.fixture
def crm(make_crm: MakeCrm) -> Crm:
    """A fresh server with a virtual clock."""
    return make_crm()


@pytest.fixture(scope="session")
def organisation_database() -> Iterator[str]:
    """The name of a PostgreSQL database with a fresh organisation, to be copied."""
    from kaizen.server.app import build

    with postgres_database() as url:
        build(settings_for(url)).close()
        yield url.rsplit("/", 1)[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def crm_on(request: pytest.FixtureRequest) -> Iterator[Crm]:
    """A fresh server with a virtual clock, on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("crm")
        return
    with postgres_database(request.getfixturevalue("organisation_database")) as url:
        crm = Crm(settings_for(url, seed=f"{_SEED} postgresql"))
        try:
            yield crm
        finally:
            crm.close()


class KaizenProcess:
    """A server in a process of its own, on loopback."""

    def __init__(self, directory: Path, *arguments: str, database: str = "") -> None:
        self.database = directory / "process.db"
        self._url = database or str(self.database)
        self._credentials = directory / "credentials.json"
        self._arguments = arguments
        self._start()

    def _start(self) -> None:
        command = [sys.executable, "-m", "kaizen.cli.main", "serve", "--port", "0"]
        database = [] if "--ephemeral" in self._arguments else ["--database", self._url]
        files = [*database, "--credentials", str(self._credentials)]
        self._process = subprocess.Popen(
            [*command, *files, *self._arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Nobody reads on, and a pipe that is full would hold the server.
            env={"KAIZEN_LOG_REQUESTS": "false", **os.environ},
        )
        assert self._process.stdout is not None
        lines = []
        for line in self._process.stdout:
            lines.append(line)
            if line.startswith("Kaizen listens at "):
                self.url = line.split()[3]
                return
        self._end()
        raise AssertionError(f"the server did not start:\n{''.join(lines)}")

    def read_lines(self, count: int) -> list[str]:
        """Read what the server says next."""
        assert self._process.stdout is not None
        return [self._process.stdout.readline().rstrip() for _ in range(count)]

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def credentials(self) -> dict[str, str]:
        """What the server wrote for its clients."""
        found: dict[str, str] = json.loads(self._credentials.read_text())
        return found

    def stop(self) -> int:
        """Ask the process to end, and return its exit status."""
        self._process.terminate()
        return self._end()

    def kill(self) -> None:
        """End the process without warning."""
        self._process.kill()
        self._end()

    def restart(self) -> None:
        """Start again on the same database."""
        self._start()

    def close(self) -> None:
        """End the process if it still runs."""
        if self._process.poll() is None:
            self.kill()

    def _end(self) -> int:
        assert self._process.stdout is not None
        status = self._process.wait(30)
        self._process.stdout.close()
        return status


StartKaizen = Callable[..., KaizenProcess]


@pytest.fixture
def start_kaizen(tmp_path: Path) -> Iterator[StartKaizen]:
    """Start servers in processes of their own, with more arguments for `kaizen serve`."""
    running: list[KaizenProcess] = []

    def start(*arguments: str, database: str = "") -> KaizenProcess:
        directory = tmp_path / f"server{len(running)}"
        directory.mkdir()
        running.append(KaizenProcess(directory, *arguments, database=database))
        return running[-1]

    yield start
    for process in running:
        process.close()


@pytest.fixture
def kaizen_process(start_kaizen: StartKaizen) -> KaizenProcess:
    """A server in a process of its own, with a virtual clock."""
    return start_kaizen("--clock", START)


__all__ = [
    "START",
    "Crm",
    "KaizenProcess",
    "MakeCrm",
    "Reply",
    "StartKaizen",
    "crm",
    "crm_on",
    "kaizen_process",
    "make_crm",
    "organisation_database",
    "organisation_file",
    "settings_for",
    "start_kaizen",
]
