"""What a request costs while others ask for the worst: a point read beside nine reads of everything.

The server runs in a process of its own. Not among those of `make bench`, since it fills a database:
`python -m bench.others [--leads 100000] [--seconds 15] [postgresql://...]`; the PostgreSQL database must be empty.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any
from urllib.parse import quote, urlsplit

from bench.measure import table
from kaizen.model.values import Id, Values
from kaizen.server.app import build
from kaizen.server.settings import Settings
from kaizen.store import Database
from kaizen.store.unit_of_work import Unit

GOAL = 5.0  #: times the lone median
BATCH = 5_000


def coql(text: str) -> tuple[str, str, bytes]:
    """Ask a query."""
    return "POST", "/crm/v8/coql", json.dumps({"select_query": text}).encode()


#: Each of them looks at every lead.
WORST = (
    coql("select Company, COUNT(id) from Leads where Last_Name is not null group by Company"),
    coql("select SUM(Annual_Revenue), MAX(Annual_Revenue) from Leads where City like '%q%'"),
    coql("select Last_Name from Leads where Street like '%9 nowhere%' order by Company desc"),
    coql("select Last_Name from Leads where Last_Name is not null order by City, Company limit 2000 offset 90000"),
    ("GET", "/crm/v8/Leads/search?word=nobodyatall", b""),
    ("GET", "/crm/v8/Leads/search?phone=5550199999", b""),
    ("GET", f"/crm/v8/Leads/search?criteria={quote('(Street:equals:nowhere)')}", b""),
    ("GET", f"/crm/v8/Leads/actions/count?criteria={quote('(City:starts_with:q)')}", b""),
    ("GET", "/crm/v2/Leads?sort_by=Company&sort_order=asc&page=400&per_page=200", b""),
)


def fill(
    store: Database, count: int, *, there: int = 0, make: Callable[[int, Id, int], Values] | None = None
) -> list[Id]:
    """Write leads until there are so many, and return the ids of some; `make`: of a number, owner and moment."""
    some: list[Id] = []
    values = make or lead

    def write(unit: Unit, first: int) -> None:
        module, (owner, *_) = unit.catalog.by_name["Leads"], unit.users
        rows = [(unit.new_id(), values(number, owner, unit.now)) for number in range(first, min(first + BATCH, count))]
        unit.insert(module, rows)
        some.append(rows[0][0])

    for first in range(there, count, BATCH):
        store.write_now(lambda unit, first=first: write(unit, first))
    return some


def lead(number: int, owner: Id, now: int) -> dict[str, Any]:
    """Make the values of a lead."""
    return {
        "Last_Name": f"Lovelace {number}",
        "First_Name": "Ada",
        "Company": f"Company {number * 7919 % 1000}",
        "Email": f"ada{number}@example.com",
        "Phone": f"+1 555 01 {number:07}",
        "City": f"City {number * 31 % 500}",
        "Street": f"{number} Main Street",
        "Annual_Revenue": number % 100_000,
        "Owner": owner,
        "Created_Time": now + number,
        "Modified_Time": now + number,
    }


@contextmanager
def served(database: str, directory: Path) -> Iterator[tuple[str, str]]:
    """Serve a database, and give the address and an access token."""
    credentials = directory / "credentials.json"
    command = [sys.executable, "-m", "kaizen.cli.main", "serve", "--port", "0", "--database", database]
    with subprocess.Popen(
        [*command, "--credentials", str(credentials)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("Kaizen listens at "):
                    break
            yield line.split()[3], json.loads(credentials.read_text())["access_token"]
        finally:
            process.terminate()


class Client:
    """One connection to the server."""

    def __init__(self, address: str, token: str) -> None:
        parts = urlsplit(address)
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=120)
        self._headers = {"authorization": f"Zoho-oauthtoken {token}"}

    def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, float]:
        """Send a request; return the status and the seconds that it took."""
        begun = time.perf_counter()
        self._connection.request(method, path, body or None, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - begun


def worst_of(address: str, token: str, at: int, end: Event, answers: Counter[int]) -> None:
    """Ask for the worst until the end."""
    client = Client(address, token)
    while not end.is_set():
        answers[client.ask(*WORST[at])[0]] += 1


def timed(client: Client, asked: list[tuple[str, str, bytes]], seconds: float) -> list[float]:
    """Send requests one after the other for some seconds, and return what each took."""
    end, took, at = time.perf_counter() + seconds, list[float](), 0
    while time.perf_counter() < end:
        status, each = client.ask(*asked[at % len(asked)])
        if status >= 300:
            raise SystemExit(f"{asked[at % len(asked)]}: {status}")
        took.append(each)
        at += 1
        time.sleep(0.005)  # like clients that come by themselves, not one after the other
    return took


def main() -> None:
    """Fill, serve, ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database", nargs="?", default="")
    parser.add_argument("--leads", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=15)
    given = parser.parse_args()
    with TemporaryDirectory() as directory:
        database = given.database or str(Path(directory, "kaizen.db"))
        server = build(Settings(database=database))
        ids = fill(server.store, given.leads)
        server.close()
        with served(database, Path(directory)) as (address, token):
            report(address, token, ids, given.leads, given.seconds)


def report(address: str, token: str, ids: list[Id], leads: int, seconds: float) -> None:
    """Ask alone, then beside the worst."""
    client = Client(address, token)
    lead_body = json.dumps({"data": [{"Last_Name": "New"}]}).encode()
    asked = {
        "point read": [("GET", f"/crm/v8/Leads/{i}", b"") for i in ids],
        "page of 20": [("GET", "/crm/v8/Leads?fields=Last_Name,Company&per_page=20", b"")],
        "create": [("POST", "/crm/v8/Leads", lead_body)],
        "healthz": [("GET", "/healthz", b"")],
    }
    alone = {name: timed(client, each, 2) for name, each in asked.items()}
    worst = [(body.decode() or path, *client.ask(method, path, body)) for method, path, body in WORST]
    end, answers = Event(), Counter[int]()
    threads = [Thread(target=worst_of, args=(address, token, at, end, answers)) for at in range(len(WORST))]
    for thread in threads:
        thread.start()
    time.sleep(1)
    beside = {name: timed(client, each, seconds / len(asked)) for name, each in asked.items()}
    end.set()
    for thread in threads:
        thread.join()
    print(f"{leads:,} leads, nine of the worst at once (answers: {dict(answers)}); milliseconds\n")
    rows = []
    for name in asked:
        before, after = statistics.median(alone[name]), statistics.median(beside[name])
        slow = statistics.quantiles(beside[name], n=20)[-1]
        rows.append((name, before * 1000, after * 1000, slow * 1000, after / before))
    print(table(("", "alone", "beside", "95 of 100", "times"), rows))
    print(f"\ngoal: a point read at most {GOAL:g} times its lone median\n")
    print(table(("alone", "status", "seconds"), [(name, status, took) for name, status, took in worst]))


if __name__ == "__main__":
    main()
