"""`kaizen import` and `kaizen replay`."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from kaizen.cli.connection import CredentialsOption, connected, progress
from kaizen.cli.loading import Loader, LoadReport, OnProgress
from kaizen.cli.mapping import MappingFile, read_mapping
from kaizen.cli.numbers import read_decimal
from kaizen.cli.outputs import check_writable
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.progress_file import ProgressFile, fingerprint
from kaizen.cli.replaying import Replayer, ReplayReport
from kaizen.cli.screen import screen
from kaizen.cli.tables import BadRow
from kaizen.sdk.client import Client

MappingOption = Annotated[Path, Parameter(name=["--mapping", "-m"], help="TOML file that maps columns to fields.")]
SetOption = Annotated[
    list[str], Parameter(name="--set", negative="", help="Override a constant of the mapping: NAME=NUMBER.")
]

SHOWN_AT_MOST = 20


def import_files(
    folder: Path,
    /,
    *,
    mapping: MappingOption,
    credentials: CredentialsOption = None,
    set_: SetOption = [],  # noqa: B006 - cyclopts reads the default, nobody changes it
    progress_file: Annotated[
        Path | None,
        Parameter(
            name="--progress",
            help="File that records how far the run has come [default: kaizen-import.progress].",
        ),
    ] = None,
) -> int:
    """Import the CSV files of a folder into modules, as a mapping file describes.

    After an interruption, run it again: it continues where it stopped, and updates records that exist already.

    Parameters
    ----------
    folder
        Folder with the CSV files.
    """
    console = screen()
    with _begun("import", console, mapping, folder, credentials, set_, progress_file) as begun:
        reports = Loader(*begun).load()
    show_loads(console, reports)
    return 1 if any(report.skipped or report.unlinked for report in reports) else 0


def replay(
    folder: Path,
    /,
    *,
    mapping: MappingOption,
    credentials: CredentialsOption = None,
    set_: SetOption = [],  # noqa: B006 - as above
    progress_file: Annotated[
        Path | None,
        Parameter(
            name="--progress",
            help="File that records how far the run has come [default: kaizen-replay.progress].",
        ),
    ] = None,
) -> int:
    """Replay dated rows through the API, advancing the server's clock from day to day.

    The server must have a virtual clock (`kaizen serve --clock`).

    Parameters
    ----------
    folder
        Folder with the CSV files.
    """
    console = screen()
    with _begun("replay", console, mapping, folder, credentials, set_, progress_file) as begun:
        report = Replayer(*begun).play()
    show_replay(console, report)
    return 1 if report.skipped or report.in_part else 0


def constants(given: Iterable[str]) -> Mapping[str, Decimal]:
    """Read NAME=NUMBER pairs.

    Raises:
        UsageProblemError: one is not of that form.
    """
    read = {}
    for pair in given:
        name, _, number = pair.partition("=")
        value = read_decimal(number)
        if value is None:
            raise UsageProblemError(f'--set takes NAME=NUMBER, not "{pair}"')
        read[name.strip()] = value
    return read


def show_notes(console: Console, mapping: MappingFile) -> None:
    """Show what the mapping decides that the data do not say."""
    console.print(f"[bold]{mapping.name}[/bold]")
    for note in mapping.notes:
        console.print(f"  [dim]·[/dim] {note}")


def show_loads(console: Console, reports: Iterable[LoadReport]) -> None:
    """Show the result of each file."""
    table = Table("file", "module", title="Imported", box=SIMPLE_HEAD, title_justify="left")
    for count in ("rows", "created", "updated", "earlier run", "skipped"):
        table.add_column(count, justify="right")
    for report in reports:
        counts = (report.rows, report.created, report.updated, report.earlier, len(rows_of(report.skipped)))
        table.add_row(report.name, report.module, *(f"{count:,}" for count in counts))
    console.print(table)
    show_skipped(console, [bad for report in reports for bad in report.skipped])
    unlinked = [bad for report in reports for bad in report.unlinked]
    show_bad(console, unlinked, f"imported without {'its link' if len(rows_of(unlinked)) == 1 else 'their links'}")


def show_replay(console: Console, report: ReplayReport) -> None:
    """Show what the replay did."""
    if report.first_day:
        events = ", ".join(f"{count:,} {name}" for name, count in report.counts.items()) or "no events"
        console.print(f"Replayed {report.first_day} to {report.last_day}: {events}.")
        if report.earlier:
            console.print(f"An earlier run had replayed {counted(report.earlier, 'event')}.")
        elif report.undated:
            console.print(f"Replayed {counted(report.undated, 'row')} without a date on the first day.")
    elif report.events:
        all_of = "all " if report.earlier == report.events else ""
        console.print(
            f"Nothing left to replay: an earlier run had replayed {all_of}{counted(report.earlier, 'event')}."
        )
    else:
        console.print("Nothing to replay: no row has a date.")
    show_skipped(console, report.skipped)
    show_bad(console, report.in_part, "replayed without a later event")


def show_skipped(console: Console, bad: Iterable[BadRow]) -> None:
    """Show the rows that were skipped, each with file, line and reason."""
    show_bad(console, bad, "skipped")


def show_bad(console: Console, bad: Iterable[BadRow], what: str) -> None:
    """Show rows of which something was not carried out, each with file, line and reason."""
    # Two loads of one file report the same about a line that is not a row.
    reasons = list(dict.fromkeys(bad))
    if not reasons:
        return
    rows = len(rows_of(reasons))
    console.print(f"[bold]{counted(rows, 'row')} {'was' if rows == 1 else 'were'} {what}:[/bold]")
    for one in reasons[:SHOWN_AT_MOST]:
        console.print(f"  {one}", markup=False, highlight=False)
    if len(reasons) > SHOWN_AT_MOST:
        console.print(f"  ... and {len(reasons) - SHOWN_AT_MOST:,} more")


def rows_of(bad: Iterable[BadRow]) -> frozenset[str]:
    """Return the rows that these reasons are about: a row can have several."""
    return frozenset(one.where for one in bad)


def counted(count: int, noun: str) -> str:
    """Write a count with its noun: `1 row`, `2 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


@contextmanager
def _begun(
    what: str,
    console: Console,
    mapping: Path,
    folder: Path,
    credentials: Path | None,
    set_: Iterable[str],
    progress_file: Path | None,
) -> Iterator[tuple[Client, MappingFile, Path, ProgressFile, OnProgress]]:
    """Read the mapping, connect, and find out how far an earlier run came."""
    kept = progress_file or Path(f"kaizen-{what}.progress")
    check_writable(kept)
    read = read_mapping(mapping, constants(set_))
    show_notes(console, read)
    with connected(credentials) as crm, progress(console) as on_progress:
        files = {load.file for load in read.loads} | ({read.replay.file} if read.replay else set())
        there = [folder / file for file in files if (folder / file).exists()]
        # The same files on another organisation start from the beginning.
        of = fingerprint([mapping, *there], what, str(crm.org.get()["id"]))
        yield crm, read, folder, ProgressFile(kept, of), on_progress
