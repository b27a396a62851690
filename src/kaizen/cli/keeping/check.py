"""`kaizen check`: look a database through."""

from rich.table import Table

from kaizen.cli.accounts.beside import ConfigOption, DatabaseOption
from kaizen.cli.keeping.place import looking_at, place_of
from kaizen.cli.screen import screen

#: Exit status when something is wrong with the database.
_BROKEN = 1


def check(*, database: DatabaseOption = None, config: ConfigOption = None) -> int:
    """Look a database through, also beside a running server, and show what was checked.

    The exit status is 0 if nothing is wrong, 1 if something is.
    """
    table = Table("What", "Rows", "Result", box=None, pad_edge=False)
    problems = 0
    with place_of(database, config) as url, looking_at(url) as found:
        for checked in found.check():
            problems += checked.problems
            counted = f"{checked.problems:,} wrong" if checked.problems else "ok"
            table.add_row(checked.what, f"{checked.rows:,}", "\n".join((counted, *checked.examples)))
        if not found.is_current:
            table.add_row("what is stored", "", "not checked: run `kaizen migrate` first, its structure is older")
    screen().print(table)
    return _BROKEN if problems else 0
