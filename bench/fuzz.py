"""Send wrong requests to every operation that is served, and report answers of 5xx and requests that hang.

The server runs in this process. Not among those of `make bench`, since it compares nothing:
`python -m bench.fuzz [--requests 100000] [--seed 1] [--db sqlite|postgres] [--postgres URL]`.
The same seed sends the same requests; each one that fails is printed as a curl command.
"""

import argparse
import asyncio
import json
import logging
import os
import random
import shlex
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, unquote_to_bytes
from uuid import uuid4

import psycopg

from kaizen.server.accounts_api import SERVED
from kaizen.server.app import Server, build
from kaizen.server.ledger import ledger_rows
from kaizen.server.routes import control_routes, crm_routes
from kaizen.server.settings import Settings
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.scopes import EVERYTHING

SECONDS = 10.0  #: a request that takes longer hangs
START = "2026-01-05T09:00:00+00:00"
POSTGRES = os.environ.get("KAIZEN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
PLACE = "http://127.0.0.1:8700"

VERSIONS = ("v2", "v2.1", "v3", "v4", "v5", "v6", "v7", "v8", "v8", "v8", "v8", "v9", "8", "v")
MODULES = (
    "Leads",
    "Contacts",
    "Accounts",
    "Deals",
    "Tasks",
    "Calls",
    "Events",
    "Notes",
    "Products",
    "Quotes",
    "nobody",
)
FIELDS = ("id", "Last_Name", "Company", "Email", "Phone", "Amount", "Stage", "Closing_Date", "Account_Name", "Owner")
FIELDS += ("Tag", "Created_Time", "Modified_Time", "Deal_Name", "name", "$append_values", "Product_Details")
PARAMETERS = ("fields", "page", "per_page", "page_token", "sort_by", "sort_order", "ids", "criteria", "word", "phone")
PARAMETERS += (
    "email",
    "cvid",
    "type",
    "module",
    "converted",
    "territory_id",
    "feature_name",
    "tag_names",
    "over_write",
)
WRAPPERS = ("data", "users", "roles", "profiles", "fields", "tags", "workflow_rules", "field_updates", "tasks")
WRAPPERS += (
    "email_notifications",
    "business_hours",
    "holidays",
    "select_query",
    "advance",
    "set",
    "duplicate_check_fields",
)
TEXTS: tuple[str, ...] = (
    "",
    " ",
    "a",
    "null",
    "true",
    "x" * 3_000,
    "\x00",
    "é\u0301",
    "\u202e",
    "😀",
    "'; --",
    "%",
    "_%\\",
)
TEXTS += ("(Last_Name:equals:a)", "((Amount:between:1,2)and(Stage:in:a,b))", "((((", "(id:equals:9)", "2026-02-30")
TEXTS += (
    "2026-01-05T09:00:00+99:99",
    "0000-00-00",
    "1e999",
    "-1",
    "1",
    "2",
    "100000000000000000",
    "9" * 400,
    "${x}",
    "../..",
)
TEXTS += ("select id from Leads where id is not null", "select COUNT(id) from Deals group by Stage", "select", "\ud800")
NUMBERS = (0, 1, -1, 0.5, 10**17, 2**63, -(2**63) - 1, 10**400, 1e308, 4876876000000100001)
#: JSON that no encoder of ours writes.
RAW = (
    b"",
    b"{",
    b"null",
    b"[]",
    b'"',
    b"\xff\xfe",
    b"\x00",
    b'{"data":[{"Last_Name":"\\ud800"}]}',
    b'{"data":1e99999}',
)
RAW += (b"[" * 5_000, b'{"data":' * 600 + b"1" + b"}" * 600, b'{"data":[],"data":{}}', b'{"data":NaN}', b"a=b&data=%ff")
HEADERS = (("if-modified-since", "yesterday"), ("if-modified-since", "2026-01-05T09:00:00+99:99"))
HEADERS += (
    ("content-type", "text/xml"),
    ("content-encoding", "gzip"),
    ("x-external", "Leads.\xff"),
    ("accept", "\x00"),
)
HEADERS += (("authorization", ""), ("authorization", "Zoho-oauthtoken \xff"), ("x-forwarded-host", "["), ("host", ""))
HEADERS += (("content-length", "-1"), ("x-request-id", "\n"), ("x-crm-org", "9" * 99), ("forwarded", 'host="'))


@dataclass(frozen=True)
class Sent:
    """One request."""

    method: str
    path: str  #: as on the wire
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def curl(self) -> str:
        """Return a command that sends it again; $TOKEN stands for an access token."""
        target = f"{PLACE}{self.path}" + (f"?{self.query}" if self.query else "")
        lines = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in self.headers]
        if all(name != "authorization" for name, _ in self.headers):
            lines.append('-H "Authorization: Zoho-oauthtoken $TOKEN"')
        # The body goes through printf, since it may hold bytes that are no text.
        octal = "".join(f"\\{byte:03o}" for byte in self.body)
        sent = f"printf '{octal}' | " if self.body else ""
        data = ["--data-binary @-"] if self.body else []
        return f"{sent}curl -s --path-as-is -X {self.method} {' '.join([*lines, *data, shlex.quote(target)])}"


@dataclass
class Report:
    """What came of a run."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[tuple[str, Sent]] = field(default_factory=list)  #: what happened, and the request
    slowest: float = 0.0


def targets() -> list[tuple[str, str]]:
    """Return the method and the path pattern of each operation that is served."""
    rows = [row.operation for row in ledger_rows(crm_routes(), SERVED) if row.route is not None]
    found = [(o.method, o.path if o.path.startswith("/") else f"/crm/{{version}}/{o.path}") for o in rows]
    return [*found, *((r.method, f"/kaizen/v1/{r.pattern}") for r in control_routes())]


class Generator:
    """Makes requests: of right shape in part, with what is wrong at some places."""

    def __init__(self, seed: int, ids: Sequence[str]) -> None:
        self._dice = random.Random(seed)
        self._ids = (*ids, "0", "1", "-1", "abc", "9" * 40, "4876876000000100001")
        self._targets = targets()

    def request(self) -> Sent:
        """Make the next one."""
        dice = self._dice
        method, pattern = dice.choice(self._targets)
        if dice.random() < 0.03:
            method = dice.choice(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"))
        parts = [self._segment(part) for part in pattern.strip("/").split("/")]
        query = "&".join(f"{dice.choice(PARAMETERS)}={self._quoted(self._text())}" for _ in range(dice.randrange(4)))
        body = b"" if method in ("GET", "DELETE") and dice.random() < 0.9 else self._body(pattern)
        headers = (dice.choice(HEADERS),) if dice.random() < 0.08 else ()
        return Sent(method, "/" + "/".join(parts), query, headers, body)

    def _segment(self, part: str) -> str:
        dice = self._dice
        if not part.startswith("{"):
            return part
        if dice.random() < 0.08:
            return dice.choice(
                ("%2F", "%00", "%FF", "..", "a%2Fb", "%ED%A0%80", "%", self._quoted(self._text()) or "%20")
            )
        name = part.lower()
        if "version" in name:
            return dice.choice(VERSIONS)
        return dice.choice(MODULES if "module" in name else self._ids)

    def _text(self) -> str:
        dice = self._dice
        kind = dice.randrange(4)
        if kind == 0:
            return ",".join(dice.choices(FIELDS, k=dice.randrange(1, 4)))
        return dice.choice((TEXTS, self._ids, MODULES)[kind - 1])

    @staticmethod
    def _quoted(text: str) -> str:
        return quote(text.encode("utf-8", "surrogatepass"), safe="")

    def _body(self, pattern: str) -> bytes:
        dice = self._dice
        if dice.random() < 0.1:
            return dice.choice(RAW)
        family = next((word for word in pattern.split("/") if word in WRAPPERS), "data")
        wrapper = family if dice.random() < 0.8 else dice.choice(WRAPPERS)
        value = [self._record() for _ in range(dice.randrange(3))] if dice.random() < 0.8 else self._value(0)
        return json.dumps(
            {wrapper: value, **({dice.choice(WRAPPERS): self._value(0)} if dice.random() < 0.2 else {})}
        ).encode()

    def _record(self) -> dict[str, Any]:
        dice = self._dice
        right = {
            "Last_Name": "Boyle",
            "Company": "Zylker",
            "Deal_Name": "Engine",
            "Stage": "Qualification",
            "name": "n",
        }
        wrong = {dice.choice(FIELDS): self._value(0) for _ in range(dice.randrange(4))}
        return {**right, **wrong} if dice.random() < 0.7 else wrong

    def _value(self, depth: int) -> Any:
        dice = self._dice
        kind = dice.randrange(7 if depth < 4 else 5)
        if kind == 5:
            return [self._value(depth + 1) for _ in range(dice.randrange(3))]
        if kind == 6:
            return {dice.choice((*FIELDS, "add", "type", "")): self._value(depth + 1) for _ in range(dice.randrange(3))}
        return (
            self._text(),
            dice.choice(NUMBERS),
            dice.choice((True, False, None)),
            dice.choice(self._ids),
            self._text(),
        )[kind]


async def exchange(server: Server, sent: Sent, token: str) -> int:
    """Send one request through ASGI and return the status."""
    given = {"host": "127.0.0.1:8700", "authorization": f"Zoho-oauthtoken {token}", **dict(sent.headers)}
    headers = {"content-length": str(len(sent.body)), **given} if sent.body else given
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": unquote_to_bytes(sent.path).decode("utf-8", "replace"),
        "raw_path": sent.path.encode(),
        "root_path": "",
        "query_string": sent.query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8700),
    }
    coming = iter([{"type": "http.request", "body": sent.body, "more_body": False}])
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        if (message := next(coming, None)) is not None:
            return message
        await asyncio.Event().wait()  # the client waits for its answer
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await server.app(scope, receive, send)
    return statuses[0]


async def run(server: Server, count: int, seed: int, seconds: float = SECONDS) -> Report:
    """Send so many requests, one after the other."""

    def prepare(unit: Unit) -> tuple[str, list[str]]:
        (client, *_), user = unit.clients(), next(iter(unit.users.values()))
        _, token = server.tokens.issue(unit, client, user, tuple(EVERYTHING))
        return token, [str(user.id), str(unit.catalog.by_name["Leads"].id)]

    token, ids = server.store.write_now(prepare)
    made, report = Generator(seed, ids), Report()
    for _ in range(count):
        sent, begun = made.request(), time.monotonic()
        try:
            status = await asyncio.wait_for(exchange(server, sent, token), seconds)
            report.statuses[status] += 1
            if status >= 500 and status != 501:
                report.failures.append((str(status), sent))
        except TimeoutError:
            report.failures.append((f"no answer in {seconds:g} s", sent))
        except Exception as error:  # whatever leaves the application is what the run looks for
            report.failures.append((repr(error), sent))
        report.slowest = max(report.slowest, time.monotonic() - begun)
    return report


@contextmanager
def database(kind: str, postgres: str) -> Iterator[str]:
    """Make a new database, and remove it afterwards."""
    if kind == "sqlite":
        with TemporaryDirectory() as folder:
            yield str(Path(folder) / "fuzz.db")
        return
    name = f"kaizen_fuzz_{uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{postgres.rsplit('/', 1)[0]}/{name}"
        finally:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def fuzz(kind: str, count: int, seed: int, postgres: str = POSTGRES) -> Report:
    """Run on a new database."""
    with database(kind, postgres) as where:
        server = build(Settings(database=where, clock=START, seed="fuzz"))
        try:
            return asyncio.run(run(server, count, seed))
        finally:
            server.close()


def main() -> None:
    """Run, print the figures and what failed, and exit with 1 if anything did."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--db", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default=POSTGRES, help="where a database may be created")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    begun = time.monotonic()
    report = fuzz(asked.db, asked.requests, asked.seed, asked.postgres)
    for what, sent in report.failures:
        print(f"{what}\n  {sent.curl()}")
    shown = ", ".join(f"{status}: {number:,}" for status, number in sorted(report.statuses.items()))
    print(f"{asked.requests:,} requests on {asked.db}, seed {asked.seed}, {time.monotonic() - begun:.0f} s; {shown}")
    print(f"{len(report.failures):,} failed; the slowest took {report.slowest:.2f} s")
    sys.exit(bool(report.failures))


if __name__ == "__main__":
    main()
