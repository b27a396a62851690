"""What a record costs through HTTP: inserts of 100 with more and more rules, single creates, gets, and idle rules.

Everything compared runs in the same run, in turn, so that a slow minute of the machine is everybody's.
"""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import apsw

from kaizen import Client

ROUNDS = 5
CALLS = 32  #: calls of 100 rows in a round
RULES = (0, 10, 100, 1000)
LOADERS = 8  #: connections that insert side by side, as importers do
CONNECTIONS = 32
SINGLES = 40  #: single calls of each connection in a round

STAGES = ("Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost")
SOURCES = ("Advertisement", "Cold Call", "Employee Referral", "Partner", "Public Relations", "Trade Show")


def deal(number: int) -> dict[str, Any]:
    """One deal of 15 fields."""
    return {
        "Deal_Name": f"Deal {number}",
        "Stage": STAGES[number % 6],
        "Amount": 1000 + number % 5000,
        "Closing_Date": f"2026-{number % 12 + 1:02d}-15",
        "Type": "New Business" if number % 2 else "Existing Business",
        "Lead_Source": SOURCES[number % 6],
        "Next_Step": f"call {number % 97}",
        "Probability": number % 100,
        "Description": f"A deal about {number % 31} things, seen at {number % 13} places.",
        "Account_Name": None,
        "Contact_Name": None,
        "Campaign_Source": None,
        "Reason_For_Loss__s": "Price" if number % 6 == 5 else None,
        "Currency": "USD",
        "Exchange_Rate": 1,
    }


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    pid: int
    host: str
    port: int
    token: str
    client: Client

    def cpu(self) -> float:
        """CPU seconds the process has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    """Run a server on a database file of its own."""
    folder.mkdir()
    credentials = folder / "credentials.json"
    command = [sys.executable, "-m", "kaizen.cli.main", "serve", "--port", "0"]
    command += ["--database", str(folder / "kaizen.db"), "--credentials", str(credentials)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("Kaizen listens at "):
                    break
            said = json.loads(credentials.read_text())
            host, port = said["api_domain"].removeprefix("http://").split(":")
            with Client.from_credentials(credentials) as client:
                yield Server(process.pid, host, int(port), said["access_token"], client)
        finally:
            process.terminate()


def add_rules(client: Client, count: int) -> None:
    """Create rules of the usual kind: one equality, one bound; one in a hundred matches a deal in negotiation."""
    if not count:
        return
    client.settings.tags.create("Deals", "seen")
    for number in range(count):
        wanted = "Negotiation/Review" if number % 100 == 0 else f"No such stage {number}"
        client.automation.workflow_rules.create(
            {
                "name": f"rule {number}",
                "module": {"api_name": "Deals"},
                "execute_when": {"type": "create_or_edit", "details": {"repeat": True}},
                "conditions": [
                    {
                        "sequence_number": 1,
                        "criteria_details": {
                            "criteria": {
                                "group_operator": "AND",
                                "group": [
                                    {"field": {"api_name": "Stage"}, "comparator": "equal", "value": wanted},
                                    {
                                        "field": {"api_name": "Amount"},
                                        "comparator": "greater_than",
                                        "value": str(1000 + number),
                                    },
                                ],
                            }
                        },
                        "instant_actions": {"actions": [{"type": "add_tags", "details": {"tags": [{"name": "seen"}]}}]},
                    }
                ],
            }
        )


class Connection:
    """One keep-alive connection that spends as little as can be on the client's side."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection(self._server.host, self._server.port)

    async def call(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Send one request and return the body of its answer; any status but 2xx ends the benchmark."""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._server.host}:{self._server.port}\r\n"
            f"Authorization: Zoho-oauthtoken {self._server.token}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        status = await self._reader.readline()
        length = 0
        while (line := await self._reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = await self._reader.readexactly(length)
        if not status.split()[1].startswith(b"2"):
            raise SystemExit(f"{method} {path}: {status!r} {answer[:500]!r}")
        return answer

    def close(self) -> None:
        self._writer.close()


@dataclass(frozen=True)
class Stored:
    """Deals as the server stored them: what a raw insert of the same rows has to write."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]


def stored(database: Path, count: int) -> Stored:
    """Read the last deals out of the server's table, without the columns that are empty in all of them."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    cursor = connection.execute("SELECT * FROM m_deals ORDER BY id DESC LIMIT ?", (count,))
    names = [name for name, _ in cursor.get_description()]
    rows = cursor.fetchall()
    connection.close()
    kept = [i for i, name in enumerate(names) if name != "id" and any(row[i] is not None for row in rows)]
    return Stored([names[i] for i in kept], [tuple(row[i] for i in kept) for row in rows])


def raw_inserts(path: Path, deals: Stored) -> float:
    """Insert the rows with apsw alone: three indexes, batches of 100, synchronous FULL; returns seconds."""
    new = not path.exists()
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    columns = ", ".join(deals.columns)
    if new:
        connection.execute(f"CREATE TABLE deal (id INTEGER PRIMARY KEY, {columns})")
        for index, column in enumerate(("deal_name", "stage, amount", "modified_time")):
            connection.execute(f"CREATE INDEX deal_{index} ON deal ({column})")
    statement = f"INSERT INTO deal ({columns}) VALUES ({', '.join('?' * len(deals.columns))})"
    began = time.perf_counter()
    for start in range(0, len(deals.rows), 100):
        with connection:
            connection.executemany(statement, deals.rows[start : start + 100])
    took = time.perf_counter() - began
    connection.close()
    return took


async def from_many(server: Server, method: str, calls: Sequence[tuple[str, bytes]], count: int) -> float:
    """Spread calls over so many connections; returns seconds."""
    connections = [Connection(server) for _ in range(count)]
    for connection in connections:
        await connection.open()

    async def work(place: int) -> None:
        for path, body in calls[place::count]:
            await connections[place].call(method, path, body)

    began = time.perf_counter()
    await asyncio.gather(*(work(place) for place in range(count)))
    took = time.perf_counter() - began
    for connection in connections:
        connection.close()
    return took


def bench_inserts(folder: Path, servers: Mapping[int, Server]) -> None:
    """Print rows per second: raw, and through HTTP with each number of rules, over one connection and over several."""
    ways = [("raw", 0, 0), *(("http", rules, loaders) for rules in servers for loaders in (1, LOADERS))]
    seconds: dict[tuple[str, int, int], list[float]] = {way: [] for way in ways}
    cpu: dict[tuple[str, int, int], list[float]] = {way: [] for way in ways}
    number = 0
    same: Stored | None = None
    for round_ in range(ROUNDS + 1):
        rows = [deal(number + n) for n in range(100 * CALLS)]
        number += len(rows)
        calls = [("/crm/v8/Deals", json.dumps({"data": rows[n : n + 100]}).encode()) for n in range(0, len(rows), 100)]
        for way in ways:
            kind, rules, loaders = way
            if kind == "raw":
                if same is None:  # the first round warms up, and stores what the others insert raw
                    continue
                before, took = time.process_time(), raw_inserts(folder / "raw.db", same)
                used = time.process_time() - before
            else:
                before = servers[rules].cpu()
                took = asyncio.run(from_many(servers[rules], "POST", calls, loaders))
                used = servers[rules].cpu() - before
            if round_:
                seconds[way].append(took)
                cpu[way].append(used)
        same = same or stored(folder / "rules0" / "kaizen.db", len(rows))
    per_round = 100 * CALLS
    rate = {way: per_round / statistics.median(taken) for way, taken in seconds.items()}
    raw = rate["raw", 0, 0]
    print(f"\nInsert 100 Deals a call, {ROUNDS} rounds of {CALLS} calls, medians")
    print(f"  {'':>26} {'rows/s':>9} {'of raw':>8} {'of 10 rules':>12} {'CPU us/row':>11}")
    for way in ways:
        kind, rules, loaders = way
        name = "raw apsw" if kind == "raw" else f"{rules} rules, {loaders} connection{'s' if loaders > 1 else ''}"
        of_ten = "" if kind == "raw" else f"{rate[way] / rate['http', 10, loaders]:.2f}"
        spent = statistics.median(cpu[way]) / per_round * 1e6
        print(f"  {name:>26} {rate[way]:9,.0f} {rate[way] / raw:8.2f} {of_ten:>12} {spent:11.0f}")


def bench_singles(server: Server) -> None:
    """Print requests per second and CPU per request: single creates and gets from 32 connections."""
    ids = [str(record.id) for record in server.client.deals.list(fields=["Deal_Name"])]
    total = CONNECTIONS * SINGLES
    print(f"\nSingle requests from {CONNECTIONS} connections, {ROUNDS} rounds of {total}, medians")
    print(f"  {'':>12} {'requests/s':>11} {'server CPU us':>14}")
    for name in ("create", "get"):
        rates, spent = [], []
        for round_ in range(ROUNDS + 1):
            if name == "create":
                bodies = (json.dumps({"data": [deal(round_ * total + n)]}).encode() for n in range(total))
                calls = [("/crm/v8/Deals", body) for body in bodies]
            else:
                calls = [(f"/crm/v8/Deals/{ids[n % len(ids)]}", b"") for n in range(total)]
            before = server.cpu()
            took = asyncio.run(from_many(server, "POST" if name == "create" else "GET", calls, CONNECTIONS))
            if round_:  # the first warms up
                rates.append(total / took)
                spent.append((server.cpu() - before) / total * 1e6)
        print(f"  {name:>12} {statistics.median(rates):11,.0f} {statistics.median(spent):14.0f}")


def bench_updates(idle: Mapping[int, Server]) -> None:
    """Print the CPU of an update with no rule and with 100 that never match."""
    total = 600
    spent: dict[int, list[float]] = {count: [] for count in idle}
    ids = {count: [str(r.id) for r in server.client.deals.list(fields=["Deal_Name"])] for count, server in idle.items()}
    for round_ in range(ROUNDS + 1):
        for count, server in idle.items():
            before = server.cpu()
            calls = [
                (
                    f"/crm/v8/Deals/{ids[count][n % 100]}",
                    json.dumps({"data": [{"Next_Step": f"{round_} {n}"}]}).encode(),
                )
                for n in range(total)
            ]
            asyncio.run(from_many(server, "PUT", calls, CONNECTIONS))
            if round_:
                spent[count].append((server.cpu() - before) / total * 1e6)
    medians = {count: statistics.median(values) for count, values in spent.items()}
    print(f"\nUpdate one field of one Deal, {ROUNDS} rounds of {total}, medians of server CPU")
    for count, value in medians.items():
        print(f"  {count:>4} idle rules {value:8.0f} us")
    print(f"  difference per idle rule: {(medians[100] - medians[0]) / 100:.2f} us")


def main() -> None:
    """Run all."""
    with TemporaryDirectory(prefix="kaizen-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        servers = {count: stack.enter_context(served(folder / f"rules{count}")) for count in RULES}
        for count, server in servers.items():
            add_rules(server.client, count)
        bench_inserts(folder, servers)
        bench_singles(servers[0])
        bench_updates({0: servers[0], 100: servers[100]})


if __name__ == "__main__":
    main()
