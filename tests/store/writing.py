"""A process that writes until it is killed.

    python -m tests.store.writing URL SCHEMA commits
    python -m tests.store.writing URL SCHEMA middle

`commits`: many writers at once, each unit a deal, its account, a quote with two rows, a change and a counter; a line
with the number of the unit follows each commit. `middle`: one unit whose statements are all carried out; it says
`middle` and never ends.
"""

import asyncio
import sys
from itertools import count

from kaizen.automation.reaction import NOTHING
from kaizen.model.record import Change
from kaizen.model.values import Id
from kaizen.records.ports import Column, KeptChange, Query
from kaizen.store import Database
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import Event
from tests.store.working import add, change
from tests.support.stores import ADMIN, START, Clock, open_store, stub_book

WRITERS = 16
TALLY = "Units"  #: the account that counts the units


def write(unit: Unit, number: int) -> None:
    """Write one unit: everything in it bears its number."""
    name = f"{number}"
    (account,) = add(unit, "Accounts", {"Account_Name": name})
    (deal,) = add(unit, "Deals", {"Deal_Name": name, "Quantity": number})
    lines = tuple({"id": unit.new_id(), "Product": name} for _ in range(2))
    add(unit, "Quotes", {"Subject": name, "Deal_Name": deal, "Quoted_Items": lines})
    made = Change(unit.new_id(), "Deals", deal, Event.CREATE, START, ADMIN, None, {"Deal_Name": name})
    unit.keep_changes([KeptChange(made, 0, NOTHING)])
    change(unit, "Deals", deal, {"Account_Name": account})
    tally, units = _tally(unit)
    change(unit, "Accounts", tally, {"Employees": units + 1})


def _tally(unit: Unit) -> tuple[Id, int]:
    rows = unit.select(Query("Accounts", (Column(("Account_Name",)), Column(("Employees",)))))
    (row,) = (row for row in rows if row["Account_Name"] == TALLY)
    return int(row["id"]), int(row["Employees"])  # type: ignore[arg-type]  # both are numbers


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def _commits(store: Database) -> None:
    numbers = count(1)

    async def writer() -> None:
        for number in numbers:
            await store.write(lambda unit, number=number: write(unit, number))
            _say(f"{number}")

    await asyncio.gather(*(writer() for _ in range(WRITERS)))


def _middle(store: Database) -> None:
    def work(unit: Unit) -> None:
        write(unit, 0)
        unit.flush()
        _say("middle")
        sys.stdin.read()

    store.write_now(work)


if __name__ == "__main__":
    _, url, schema, what = sys.argv
    opened = open_store(url, clock=Clock(), build_book=stub_book, schema=schema)
    if what == "commits":
        asyncio.run(_commits(opened))
    else:
        _middle(opened)
