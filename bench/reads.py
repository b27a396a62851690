"""What reading costs beside the bare select: one deal alone and a page of 200, as the application answers them.

Bare is what no server can do without: the same rows and columns from the same file by apsw, as dictionaries under the
names of the fields, encoded as JSON. Neither side has a socket.
"""

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Self

import apsw
import msgspec

from bench.measure import medians_of, table
from bench.records import calls_of, deal
from kaizen.server.app import Server, build
from kaizen.server.settings import Settings
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.scopes import EVERYTHING

DEALS = 10_000
GETS = 500  #: in one round
PAGES = 20
FIELDS = (
    "Deal_Name,Stage,Amount,Closing_Date,Type,Lead_Source,Next_Step,Probability,Account_Name,Owner,"
    "Created_Time,Modified_Time,Created_By,Modified_By"
)


class Refused(SystemExit):
    """An answer that no benchmark expects; it ends the run unless that catches it."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


class Caller:
    """Calls the application of a server without a socket."""

    def __init__(self, server: Server) -> None:
        self._app = server.app
        self._loop = asyncio.new_event_loop()
        token = server.store.write_now(partial(_token, server)).encode()
        self._headers = [(b"host", b"127.0.0.1"), (b"authorization", b"Bearer " + token)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()

    def call(self, method: str, path: str, query: str = "", body: bytes = b"") -> bytes:
        """Send a request and return the body of its answer."""
        return self._loop.run_until_complete(self._call(method, path, query, body))

    def gets(self, *asked: tuple[str, str]) -> None:
        """Send requests one after the other."""

        async def all_of_them() -> None:
            for path, query in asked:
                await self._call("GET", path, query, b"")

        self._loop.run_until_complete(all_of_them())

    async def _call(self, method: str, path: str, query: str, body: bytes) -> bytes:
        sent: list[Any] = []

        coming = [body]

        async def receive() -> dict[str, Any]:
            if not coming:
                await asyncio.Event().wait()  # the client waits for its answer
            coming.clear()
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [*self._headers, (b"content-length", str(len(body)).encode())] if body else self._headers
        about = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
        await self._app({**about, "client": ("127.0.0.1", 1)}, receive, send)
        if sent[0]["status"] >= 300:
            status = sent[0]["status"]
            raise Refused(status, f"{method} {path}: {status} {sent[1]['body']!r}")
        content: bytes = sent[1]["body"]
        return content


def _token(server: Server, unit: Unit) -> str:
    (client, *_), (user, *_) = unit.clients(), unit.users.values()
    return server.tokens.issue(unit, client, user, EVERYTHING)[1]


class Bare:
    """Selects and encodes, and nothing else."""

    def __init__(self, server: Server, path: Path) -> None:
        module = server.store.read_now(lambda unit: unit.catalog.by_name["Deals"])
        self._connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self._encode = msgspec.json.Encoder().encode
        columns = {field.api_name: field.column for field in module.stored}
        shown = ("id", *FIELDS.split(","))
        self._one = _select(columns, columns) + " WHERE id = ?"
        self._page = _select(columns, shown) + " ORDER BY id DESC LIMIT 201"
        self._keys, self._shown = tuple(columns), shown

    def get(self, record_id: int) -> bytes:
        """Answer one record."""
        return self._answer(self._one, (record_id,), self._keys)

    def page(self) -> bytes:
        """Answer a page."""
        return self._answer(self._page, (), self._shown)

    def _answer(self, statement: str, values: tuple[Any, ...], keys: tuple[str, ...]) -> bytes:
        with self._connection:
            rows = self._connection.execute(statement, values).fetchall()
        return self._encode({"data": [dict(zip(keys, row, strict=True)) for row in rows]})


def _select(columns: dict[str, str], names: Any) -> str:
    listed = ", ".join(f'"{columns[name]}"' for name in names)
    return f"SELECT {listed} FROM m_deals"


def add_deals(caller: Caller) -> list[str]:
    """Add accounts and deals; returns the ids of the deals."""
    dice, ids = Random(1), dict[str, list[str]]()
    accounts = [{"Account_Name": f"Account {number}"} for number in range(1_000)]
    for module in ("Accounts", "Deals"):
        rows = accounts if module == "Accounts" else [deal(dice, n, ids["Accounts"]) for n in range(DEALS)]
        answers = [json.loads(caller.call("POST", path, "", body)) for path, body in calls_of(rows, module)]
        ids[module] = [each["details"]["id"] for answer in answers for each in answer["data"]]
    return ids["Deals"]


def main() -> None:
    """Compare the server with the bare select."""
    with TemporaryDirectory(prefix="kaizen-bench-") as name:
        path = Path(name, "kaizen.db")
        server = build(Settings(database=str(path)))
        try:
            caller = Caller(server)
            ids = add_deals(caller)
            bare, some = Bare(server, path), Random(2).sample(ids, GETS)
            gets = [(f"/crm/v8/Deals/{number}", "") for number in some]
            pages = [("/crm/v8/Deals", f"fields={FIELDS}")] * PAGES
            ways: dict[str, Callable[[], object]] = {
                "get one": lambda: caller.gets(*gets),
                "get one, bare": lambda: [bare.get(int(number)) for number in some],
                "page of 200": lambda: caller.gets(*pages),
                "page of 200, bare": lambda: [bare.page() for _ in pages],
            }
            found = medians_of(ways)
        finally:
            server.close()
    rows = []
    for what, count in (("get one", GETS), ("page of 200", PAGES)):
        ours, least = found[what] / count * 1e6, found[f"{what}, bare"] / count * 1e6
        rows.append((what, ours, least, ours / least))
    print(table(("", "CPU us", "bare", "ratio"), rows))


if __name__ == "__main__":
    main()
