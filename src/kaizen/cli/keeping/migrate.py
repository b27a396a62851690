"""`kaizen migrate`: bring the structure of a database up to date, as the first start of a new version does."""

import time
from typing import Annotated

from cyclopts import Parameter

from kaizen.cli.accounts.beside import ConfigOption, DatabaseOption
from kaizen.cli.keeping.place import looking_at, place_of


def migrate(
    *,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    database: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Bring a database up to date, as the next start of the server would.

    Parameters
    ----------
    dry_run
        Only show the steps that would be done, and change nothing.
    """
    with place_of(database, config) as url:
        with looking_at(url) as found:
            name, steps = found.name, found.pending
        if steps and not dry_run:
            _bring_up_to_date(url)
    if not steps:
        print(f"{name}: it is up to date", flush=True)
        return
    print(f"{name}: these steps {'would be' if dry_run else 'were'} done")
    for number, step in steps:
        print(f"  {number}  {step}")
    if dry_run:
        print("Next: `kaizen backup FILE`, then `kaizen migrate`, or start the server.", flush=True)


def _bring_up_to_date(url: str) -> None:
    from kaizen.automation.rule_loader import build_book
    from kaizen.store import open_store

    open_store(url, clock=lambda: int(time.time()), build_book=build_book, serving=True).close()
