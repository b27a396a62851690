"""What a million actions due in thirty days cost: disk, memory, and a sweep that finds nothing due."""

import resource
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measure import medians_of, table
from kaizen.automation.rule_loader import build_book
from kaizen.model.queued import QueuedAction
from kaizen.records.ports import UnitOfWork
from kaizen.standard import new_organisation
from kaizen.store import Database, open_store

SIZES = (0, 10_000, 1_000_000)
NOW = 1_767_600_000
IN_THIRTY_DAYS = NOW + 30 * 24 * 3600
SWEEPS = 2_000  #: looks for due actions in one round


def opened(path: Path) -> Database:
    """Open a store with a new organisation."""
    store = open_store(str(path), clock=lambda: NOW, build_book=build_book)
    made = new_organisation(
        organisation_name="Bench",
        admin_email="admin@example.com",
        admin_last_name="Admin",
        time_zone="UTC",
        zgid="1",
        id_prefix=4876876000,
        now=NOW,
    )
    store.write_now(lambda unit: unit.create(made.organisation, made.users, made.catalog))
    return store


def actions(first: int, count: int) -> Iterator[QueuedAction]:
    """Make actions as a rule with a scheduled task queues them."""
    for number in range(first, first + count):
        yield QueuedAction(
            id=4876876000200000000 + number,
            due_at=IN_THIRTY_DAYS + number % 3600,
            kind="tasks",
            rule_id=1,
            condition_id=2,
            group_id=3,
            action_id=4,
            module="Deals",
            record_id=4876876000100000000 + number,
            change_id=4876876000300000000 + number,
            actor_id=5,
            key=f"{number:032x}",
        )


def fill(store: Database, count: int) -> None:
    """Queue so many actions, 10,000 a transaction."""
    for first in range(0, count, 10_000):
        some = list(actions(first, min(10_000, count - first)))
        store.write_now(partial(_queue, some))


def _queue(some: list[QueuedAction], unit: UnitOfWork) -> None:
    unit.queue(some)


def sweep(store: Database) -> None:
    """Look for due actions and find none, again and again, as the worker does."""
    for _ in range(SWEEPS):
        due = store.read_now(lambda unit: unit.next_due())
        if due is not None and due <= NOW:
            raise SystemExit("the benchmark expects that nothing is due")
        found = store.read_now(lambda unit: unit.due(NOW, 50))
        if found:
            raise SystemExit("the benchmark expects that nothing is due")


def main() -> None:
    """Print the table."""
    with TemporaryDirectory(prefix="kaizen-bench-") as name:
        stores: dict[str, Database] = {}
        disk: dict[str, float] = {}
        memory: dict[str, float] = {}
        for size in SIZES:
            path = Path(name) / f"queue{size}.db"
            label = f"{size:,}"
            stores[label] = opened(path)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            fill(stores[label], size)
            memory[label] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            disk[label] = sum(file.stat().st_size for file in Path(name).glob(f"queue{size}.db*")) / 1e6
        medians = medians_of({label: partial(sweep, store) for label, store in stores.items()}, rounds=5)
        base = medians[f"{SIZES[0]:,}"]
        rows = [
            (label, disk[label], memory[label], medians[label] / SWEEPS * 1e6, medians[label] / base)
            for label in stores
        ]
        print("\nQueued actions due in 30 days: a sweep that finds nothing, medians of 5 rounds")
        print(table(("queued", "disk MB", "peak memory MB", "CPU us/sweep", "of empty"), rows))
        for store in stores.values():
            store.close()


if __name__ == "__main__":
    main()
