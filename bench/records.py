"""What a record costs through HTTP: inserts of 100 with more and more rules, single creates, gets, and idle rules.

Everything compared runs in the same run, in turn, so that a slow minute of the machine is everybody's.
Of the rules one in a hundred matches a deal: of ten rules, one matches each tenth deal; of a thousand, ten match each.
Each server holds 10,000 accounts. Inserts are measured from a few thousand deals on and from 100,000 on: the smaller
the tables, the less of a raw insert are its indexes, and the more of ours is Python.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import apsw
import uvloop

from bench.raw import Raw
from kaizen import Client

ROUNDS = 5
CALLS = 32  #: calls of 100 rows in a round
WARMING = 8  #: calls before them, because meanwhile the other servers had the processor's caches
RULES = (0, 10, 100, 1000)
ACCOUNTS = 10_000
DEALS = (3_200, 100_000)  #: with so many the inserts begin
LOADERS = 8  #: connections that insert side by side, as importers do
CONNECTIONS = 32
NO_RULES, IDLE_RULES, TRIGGERED_RULES = "no rules", "100 idle rules", "100 triggered rules"
SINGLES = 40  #: single calls of each connection in a round

STAGES = ("Qualification", "Needs Analysis", "Proposal/Price Quote", "Negotiation/Review", "Closed Won", "Closed Lost")
RARE, *COMMON = STAGES  #: one deal in ten is in the first
SOURCES = ("Advertisement", "Cold Call", "Employee Referral", "Partner", "Public Relations", "Trade Show")


def deal(dice: random.Random, number: int, accounts: Sequence[str]) -> dict[str, Any]:
    """One deal of 15 fields, with one of the accounts."""
    stage = RARE if dice.random() < 0.1 else dice.choice(COMMON)
    return {
        "Deal_Name": f"Deal {dice.randrange(10**9)}-{number}",
        "Stage": stage,
        "Amount": dice.randrange(1_000, 100_000),
        "Closing_Date": f"2026-{dice.randrange(1, 13):02d}-15",
        "Type": dice.choice(("New Business", "Existing Business")),
        "Lead_Source": dice.choice(SOURCES),
        "Next_Step": f"call {dice.randrange(100)}",
        "Probability": dice.randrange(100),
        "Description": f"A deal about {dice.randrange(31)} things, seen at {dice.randrange(13)} places.",
        "Account_Name": {"id": dice.choice(accounts)},
        "Contact_Name": None,
        "Campaign_Source": None,
        "Reason_For_Loss__s": "Price" if stage == "Closed Lost" else None,
        "Currency": "USD",
        "Exchange_Rate": 1,
    }


def calls_of(rows: Sequence[Mapping[str, Any]], module: str = "Deals") -> list[tuple[str, bytes]]:
    """Write calls that insert 100 rows each."""
    parts = (rows[first : first + 100] for first in range(0, len(rows), 100))
    return [(f"/crm/v8/{module}", json.dumps({"data": part}).encode()) for part in parts]


@dataclass(frozen=True)
class Server:
    """A server in a process of its own."""

    pid: int
    host: str
    port: int
    token: str
    client: Client
    database: Path
    accounts: list[str]  #: ids

    def deals(self, number: int, count: int) -> list[tuple[str, bytes]]:
        """Write calls that insert deals; the same numbers are the same deals on every server, but for ids."""
        dice = random.Random(number)
        return calls_of([deal(dice, number + n, self.accounts) for n in range(count)])

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
                server = Server(process.pid, host, int(port), said["access_token"], client, folder / "kaizen.db", [])
                add_accounts(server)
                yield server
        finally:
            process.terminate()


def add_accounts(server: Server) -> None:
    """Give a server its accounts."""
    accounts = calls_of([{"Account_Name": f"Account {number}"} for number in range(ACCOUNTS)], "Accounts")
    uvloop.run(from_many(server, "POST", accounts, LOADERS))
    connection = apsw.Connection(str(server.database), flags=apsw.SQLITE_OPEN_READONLY)
    server.accounts.extend(str(number) for (number,) in connection.execute("SELECT id FROM m_accounts ORDER BY id"))
    connection.close()


def fill(server: Server, deals: int) -> None:
    """Give a server deals until it has at least so many."""
    connection = apsw.Connection(str(server.database), flags=apsw.SQLITE_OPEN_READONLY)
    ((there,),) = connection.execute("SELECT count(*) FROM m_deals")
    connection.close()
    for first in range(there, deals, 10_000):
        uvloop.run(from_many(server, "POST", server.deals(first, min(10_000, deals - first)), LOADERS))


def awaited(number: int, count: int) -> str:
    """Name the stage that one of so many rules waits for: one rule in a hundred matches a deal, whatever its stage."""
    place = number // (count // 100) if count >= 100 else number
    met = STAGES if count >= 100 else (RARE,)
    return met[place] if place < len(met) else f"No such stage {number}"


ANY_STEP = {"field": {"api_name": "Next_Step"}, "comparator": "equal", "value": "${ANYVALUE}"}


def add_rules(client: Client, count: int, *, idle: bool = False, triggered: bool = False) -> None:
    """Create rules of the usual kind: one equality, one bound.

    Idle ones match no deal; triggered ones wait for a change of the next step, and match none either.
    """
    if not count:
        return
    client.settings.tags.create("Deals", "seen")
    when = {"type": "create_or_edit", "details": {"repeat": True}}
    if triggered:
        when = {"type": "field_update", "details": {"criteria": ANY_STEP, "repeat": True}}
    for number in range(count):
        wanted = f"No such stage {number}" if idle or triggered else awaited(number, count)
        client.automation.workflow_rules.create(
            {
                "name": f"rule {number}",
                "module": {"api_name": "Deals"},
                "execute_when": when,
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
                                        "value": str(number),
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
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = head.split(None, 2)[1]
        length = int(head.partition("\r\ncontent-length:")[2].partition("\r\n")[0])
        answer = await self._reader.readexactly(length)
        if not status.startswith("2"):
            raise SystemExit(f"{method} {path}: {status} {answer[:500]!r}")
        return answer

    def close(self) -> None:
        self._writer.close()


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


def bench_inserts(path: Path, servers: Mapping[int, Server], deals: int) -> None:
    """Print rows per second: raw, and through HTTP with each number of rules, over one connection and over several."""
    ways = [(rules, loaders) for rules in servers for loaders in (1, LOADERS)]
    seconds: dict[tuple[int, int], list[float]] = {way: [] for way in ways}
    cpu: dict[tuple[int, int], list[float]] = {way: [] for way in ways}
    raw_seconds: list[float] = []
    for server in servers.values():
        fill(server, deals)
    measured = servers[10]
    raw = Raw(path, measured.database)
    per_round, number = 100 * CALLS, deals
    for round_ in range(ROUNDS + 1):
        for way in ways:
            server, loaders = servers[way[0]], way[1]
            calls = server.deals(number, per_round + 100 * WARMING)
            number += 100 * len(calls)
            uvloop.run(from_many(server, "POST", calls[:WARMING], loaders))
            if server is measured:
                raw.insert()
            before = server.cpu()
            took = uvloop.run(from_many(server, "POST", calls[WARMING:], loaders))
            used = server.cpu() - before
            again = raw.insert() if server is measured else None
            if round_:  # the first warms up
                seconds[way].append(took)
                cpu[way].append(used)
                raw_seconds += [again] if again is not None else []
    rate = {way: per_round / statistics.median(taken) for way, taken in seconds.items()}
    at_best = per_round / statistics.median(raw_seconds)
    print(f"\nInsert 100 Deals a call from {deals:,} deals on, {ROUNDS} rounds of {CALLS} calls, medians")
    print(f"  {'':>26} {'rows/s':>9} {'of raw':>8} {'of 10 rules':>12} {'CPU us/row':>11}")
    print(f"  {'raw apsw':>26} {at_best:9,.0f} {1:8.2f}")
    for rules, loaders in ways:
        name = f"{rules} rules, {loaders} connection{'s' if loaders > 1 else ''}"
        spent = statistics.median(cpu[rules, loaders]) / per_round * 1e6
        found = rate[rules, loaders]
        print(f"  {name:>26} {found:9,.0f} {found / at_best:8.2f} {found / rate[10, loaders]:12.2f} {spent:11.0f}")


def ids_of(server: Server) -> list[str]:
    """Name some deals."""
    return [str(record.id) for record in islice(server.client.deals.list(fields=["Deal_Name"]), 2_000)]


def bench_singles(server: Server) -> None:
    """Print requests per second and CPU per request: single creates and gets from 32 connections."""
    ids = ids_of(server)
    total = CONNECTIONS * SINGLES
    print(f"\nSingle requests from {CONNECTIONS} connections, {ROUNDS} rounds of {total}, medians")
    print(f"  {'':>12} {'requests/s':>11} {'server CPU us':>14}")
    for name in ("create", "get"):
        rates, spent = [], []
        for round_ in range(ROUNDS + 1):
            if name == "create":
                dice = random.Random(round_)
                rows = (deal(dice, round_ * total + n, server.accounts) for n in range(total))
                calls = [("/crm/v8/Deals", json.dumps({"data": [row]}).encode()) for row in rows]
            else:
                calls = [(f"/crm/v8/Deals/{ids[n % len(ids)]}", b"") for n in range(total)]
            before = server.cpu()
            took = uvloop.run(from_many(server, "POST" if name == "create" else "GET", calls, CONNECTIONS))
            if round_:  # the first warms up
                rates.append(total / took)
                spent.append((server.cpu() - before) / total * 1e6)
        print(f"  {name:>12} {statistics.median(rates):11,.0f} {statistics.median(spent):14.0f}")


def bench_updates(alike: Mapping[str, Server]) -> None:
    """Print the CPU of an update with no rule, and with 100 that never match: idle ones, and ones it triggers."""
    total = 600
    spent: dict[str, list[float]] = {name: [] for name in alike}
    ids = {name: ids_of(server) for name, server in alike.items()}
    for round_ in range(ROUNDS + 1):
        for name, server in alike.items():
            before = server.cpu()
            calls = [
                (
                    f"/crm/v8/Deals/{ids[name][n % 100]}",
                    json.dumps({"data": [{"Next_Step": f"{round_} {n}"}]}).encode(),
                )
                for n in range(total)
            ]
            uvloop.run(from_many(server, "PUT", calls, CONNECTIONS))
            if round_:
                spent[name].append((server.cpu() - before) / total * 1e6)
    medians = {name: statistics.median(values) for name, values in spent.items()}
    print(f"\nUpdate one field of one Deal, {ROUNDS} rounds of {total}, medians of server CPU")
    for name, value in medians.items():
        print(f"  {name:>20} {value:8.0f} us, {(value - medians[NO_RULES]) / 100:6.2f} us a rule")


def main() -> None:
    """Run all."""
    with TemporaryDirectory(prefix="kaizen-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        servers = {count: stack.enter_context(served(folder / f"rules{count}")) for count in RULES}
        for count, server in servers.items():
            add_rules(server.client, count)
        for deals in DEALS:
            bench_inserts(folder / f"raw{deals}.db", servers, deals)
        bench_singles(servers[0])
        alike = {name: stack.enter_context(served(folder / name)) for name in (NO_RULES, IDLE_RULES, TRIGGERED_RULES)}
        for rules, server in alike.items():
            count = 0 if rules == NO_RULES else 100
            add_rules(server.client, count, idle=rules == IDLE_RULES, triggered=rules == TRIGGERED_RULES)
            fill(server, 2_000)
        bench_updates(alike)


if __name__ == "__main__":
    main()
