"""What holds as leads become many: every kind of read and write at 1,000, 100,000 and 1,000,000 leads.

What an index serves grows no faster than the logarithm; what reads every lead has a budget for each. The table says
what does not hold, and then the run fails. Not among those of `make bench`, since it fills databases:
`python -m bench.hold [--sizes 1000,100000,1000000] [sqlite] [postgresql://...]`; a PostgreSQL database must be empty.
Times are those of the application without a socket, the best of several: other processes only add to them.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from bench.hold_shapes import (
    INDEXED,
    LEADS,
    PAGE,
    SCANS,
    TOKEN_REACH,
    UNIQUE,
    WRITES,
    Leads,
    Scan,
    Shape,
    marked,
    page_by_token,
)
from bench.measure import table
from bench.others import fill
from bench.reads import Caller, Refused
from kaizen.server.app import build
from kaizen.server.settings import Settings
from kaizen.store.read_limits import SHORT

SIZES = (1_000, 100_000, 1_000_000)
SLACK = 1.5  #: times what an index may take: the memory of a processor is smaller than a large table
LEAST = 0.3  #: milliseconds that mean nothing
ENOUGH = 1.0  #: seconds for one kind of request
MOST, FEWEST = 25, 3
LONGEST = 120.0  #: seconds after which a read is stopped
STOPPED = 503


@dataclass(frozen=True)
class Row:
    """How long one kind of request took, in milliseconds by number of leads."""

    shape: Shape
    took: dict[int, float]

    @property
    def allowed(self) -> dict[int, float]:
        """The milliseconds that it may take."""
        return {leads: self._allowed(leads) for leads in self.took}

    @property
    def missed(self) -> list[int]:
        """The numbers of leads at which it took longer."""
        return [leads for leads, most in self.allowed.items() if self.took[leads] > most]

    def _allowed(self, leads: int) -> float:
        if isinstance(self.shape, Scan):
            # It begins again among the long reads when it has taken as long as a short one may.
            return SHORT * 1000 + self.shape.rows(leads) * self.shape.budget / 1000
        fewest = min(self.took)
        growth = math.log(leads) / math.log(fewest)
        return min(self.shape.goal or math.inf, SLACK * growth * self.took[fewest] + LEAST)


def found(content: bytes) -> int:
    """Return how many records an answer holds, or counts."""
    answer = json.loads(content) if content else {"data": []}
    return int(answer["count"]) if "count" in answer else len(answer["data"])


def ask(caller: Caller, shape: Shape, leads: Leads) -> float:
    """Ask once, check how many records are answered, and return the seconds."""
    request = shape.ask(leads)
    begun = time.perf_counter()
    content = caller.call(*request)
    took = time.perf_counter() - begun
    if found(content) != shape.finds(leads.count):
        raise SystemExit(f"{shape.name}: {found(content)} of {leads.count} leads, not {shape.finds(leads.count)}")
    return took


def measure(caller: Caller, shape: Shape, leads: Leads) -> float:
    """Return the milliseconds of one kind of request, the best of several; endless where it was stopped."""
    times: list[float] = []
    while len(times) < FEWEST or (len(times) < MOST and sum(times) < ENOUGH):
        try:
            times.append(ask(caller, shape, leads))
        except Refused as refused:
            if refused.status != STOPPED:
                raise
            return math.inf
        if times[-1] > ENOUGH:
            break
    return min(times) * 1000


def last_token(caller: Caller, leads: int) -> str:
    """Walk by tokens as far as they reach, and return the token of the last page."""
    token = ""
    for _ in range(1, min(leads, TOKEN_REACH) // PAGE):
        token = json.loads(caller.call(*page_by_token(token)))["info"]["next_page_token"]
    return token


def add_unique(caller: Caller) -> None:
    """Create the field whose values are unique."""
    made = {"field_label": UNIQUE, "data_type": "text", "length": 50, "unique": {"case_sensitive": False}}
    caller.call("POST", "/crm/v8/settings/fields", "module=Leads", json.dumps({"fields": [made]}).encode())


def settle(database: str) -> None:
    """Let PostgreSQL tidy up and count what it holds, as it does by itself some time after many writes."""
    if database.startswith("postgres"):
        import psycopg

        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")


def measured(database: str, sizes: Sequence[int]) -> list[Row]:
    """Fill a database step by step, and ask it everything at each."""
    server = build(Settings(database=database, read_seconds=LONGEST))
    try:
        with Caller(server) as caller:
            add_unique(caller)
        rows = [Row(shape, {}) for shape in (*INDEXED, *WRITES, *SCANS)]
        there = 0
        for size in sorted(sizes):
            begun = time.perf_counter()
            ids = fill(server.store, size, there=there, make=marked)
            settle(database)
            said = f"{size:,} leads: filled in {time.perf_counter() - begun:.0f} s"
            with Caller(server) as caller:  # its token is a new one
                for shape, took in asked(caller, size, ids):
                    next(row for row in rows if row.shape is shape).took[size] = took
                if size != max(sizes):
                    remove_written(caller)
            print(f"{said}, asked in {time.perf_counter() - begun:.0f} s with that", file=sys.stderr)
            there = size
        return rows
    finally:
        server.close()


def asked(caller: Caller, size: int, ids: list[int]) -> Iterator[tuple[Shape, float]]:
    """Ask everything of so many leads; the writes come last, because they add some."""
    leads = Leads(size, ids)
    leads.deep_token = last_token(caller, size)
    for shape in (*INDEXED, *SCANS, *WRITES):
        yield shape, measure(caller, shape, leads)


def remove_written(caller: Caller) -> None:
    """Delete what the writes created, so that the next step counts right."""
    query = urlencode({"criteria": "(Company:equals:New)", "fields": "Last_Name", "per_page": 100})
    while content := caller.call("GET", f"{LEADS}/search", query):
        named = ",".join(each["id"] for each in json.loads(content)["data"])
        caller.call("DELETE", LEADS, urlencode({"ids": named, "wf_trigger": "false"}))


def report(database: str, rows: Sequence[Row]) -> list[str]:
    """Print the tables of a database; returns what does not hold."""
    sizes = sorted(rows[0].took)
    heads = [f"{size:,}" for size in sizes]
    print(f"\n{database}: milliseconds by the number of leads\n")
    served = [row for row in rows if not isinstance(row.shape, Scan)]
    lines = [[row.shape.name, *_of(row, sizes), row.allowed[sizes[-1]], _verdict(row)] for row in served]
    print(table(("served by an index", *heads, "allowed", ""), lines))
    print()
    read = [(row, row.shape) for row in rows if isinstance(row.shape, Scan)]
    lines = [
        [
            row.shape.name,
            *_of(row, sizes),
            row.took[sizes[-1]] * 1000 / scan.rows(sizes[-1]),
            scan.budget,
            _verdict(row),
        ]
        for row, scan in read
    ]
    print(table(("reads every lead", *heads, "us a lead", "budget", ""), lines))
    return [f"{database}: {row.shape.name} at {leads:,}" for row in rows for leads in row.missed]


def _of(row: Row, sizes: Sequence[int]) -> list[float]:
    return [row.took[size] for size in sizes]


def _verdict(row: Row) -> str:
    return "TOO SLOW" if row.missed else ""


def main() -> None:
    """Fill and ask each database, and fail where something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*", default=["sqlite"], help="sqlite: a file that is gone afterwards")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    given = parser.parse_args()
    sizes, missed = [int(size) for size in given.sizes.split(",")], list[str]()
    with TemporaryDirectory(prefix="kaizen-bench-") as directory:
        for database in given.databases:
            at = str(Path(directory, "kaizen.db")) if database == "sqlite" else database
            missed += report(database.partition(":")[0], measured(at, sizes))
    if missed:
        sys.exit("\nthis does not hold:\n  " + "\n  ".join(missed))


if __name__ == "__main__":
    main()
