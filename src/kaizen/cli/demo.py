"""`kaizen demo`: a new server, two workflow rules, a history replayed, thirty business days, and a report."""

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter
from rich.console import Console

from kaizen.cli.connection import progress
from kaizen.cli.demo_report import show_report, two_rules
from kaizen.cli.extras import server_extra
from kaizen.cli.import_files import SetOption, constants, show_loads, show_notes, show_replay
from kaizen.cli.invocation import kaizen, python
from kaizen.cli.loading import Loader
from kaizen.cli.mapping import MappingFile, read_mapping
from kaizen.cli.outputs import check_writable
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.progress_file import ProgressFile, fingerprint
from kaizen.cli.replaying import Replayer, first_day
from kaizen.cli.sample_data import write_sample_data
from kaizen.cli.screen import screen
from kaizen.cli.seed_rules import install
from kaizen.model.passwords import without_password
from kaizen.sdk.client import Client
from kaizen.sdk.wire import encode

BUSINESS_DAYS: Final = 30
#: A name of its own, so that a demo does not replace the credentials of another server.
CREDENTIALS: Final = Path("kaizen-demo-credentials.json")


def demo(
    *,
    data: Annotated[
        Path | None,
        Parameter(help="Folder with the CRM Sales Opportunities files [default: a small generated data set]."),
    ] = None,
    once: Annotated[bool, Parameter(negative="", help="Exit after the report.")] = False,
    port: Annotated[int, Parameter(help="Port that the server listens on; 0 picks a free one.")] = 8700,
    database: Annotated[
        str | None, Parameter(help="Store the demo in this new database instead of a temporary one.")
    ] = None,
    set_: SetOption = [],  # noqa: B006 - cyclopts reads the default, nobody changes it
    svg: Annotated[Path | None, Parameter(help="Also write the report to this file as an SVG image.")] = None,
    report_json: Annotated[
        Path | None, Parameter(name="--json", help="Also write the report to this file as JSON.")
    ] = None,
) -> int:
    """Run a demonstration: rules created through the API, deals replayed, the clock advanced, and a report."""
    check_writable(svg)
    check_writable(report_json)
    if database:
        refuse_used(database)
    # A signal that ends the demo ends its server as well.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = screen(record=svg is not None, width=110 if svg else None)
    mapping = read_mapping(mapping_file(), constants(set_))
    with TemporaryDirectory(prefix="kaizen-demo-") as scratch:
        folder = data or write_sample_data(Path(scratch) / "data")
        begins = first_day(mapping, folder)
        credentials = CREDENTIALS if not once else Path(scratch) / "credentials.json"
        with served(f"{begins.isoformat()}T00:00:00Z", credentials, port=port, database=database) as url:
            with Client.from_credentials(credentials) as crm:
                report = _play(console, crm, mapping, folder, Path(scratch))
            show_report(console, report)
            if svg:
                picture(console, svg)
            if report_json:
                report_json.write_bytes(msgspec.json.format(encode(report), indent=2) + b"\n")
            if not once:
                _stay(console, url, credentials)
    return 0


def _play(console: Console, crm: Client, mapping: MappingFile, folder: Path, scratch: Path) -> dict[str, Any]:
    show_notes(console, mapping)
    kept = ProgressFile(scratch / "demo.progress", fingerprint([], mapping.name))
    with progress(console) as on_progress:
        loads = Loader(crm, mapping, folder, kept, on_progress).load()
    show_loads(console, loads)
    rules = install(crm)
    console.print("Created the two workflow rules through the API: one updated with PUT, one created with POST.")
    with progress(console) as on_progress:
        replayed = Replayer(crm, mapping, folder, kept, on_progress).play()
    show_replay(console, replayed)
    before = crm.control.rules("Deals")
    turned = crm.control.clock.advance(business_days=BUSINESS_DAYS)
    after = crm.control.rules("Deals")
    console.print(f"Advanced the clock by {BUSINESS_DAYS} business days, to {turned['now']}.")
    return two_rules(crm, rules, before, after, carried_out=turned["count"])


def refuse_used(database: str) -> None:
    """Refuse a database that holds something, into which the demo would write.

    Raises:
        UsageProblemError: it does, or it cannot be opened.
    """
    with server_extra():
        from kaizen.server.app import is_used
        from kaizen.server.settings import Settings
        from kaizen.store import StoreError

    try:
        used = is_used(Settings(database=database))
    except StoreError as error:
        raise UsageProblemError(str(error)) from error
    if used:
        raise UsageProblemError(
            f"{without_password(database)}: already holds an organisation, and the demo creates a new one; "
            "name a new database"
        )


@contextmanager
def served(clock: str, credentials: Path, *, port: int, database: str | None) -> Iterator[str]:
    """Run a server in its own process until the block ends; yields its address.

    Raises:
        UsageProblemError: it did not start; the text is its output.
    """
    where = ["--database", database] if database else ["--ephemeral"]
    command = [sys.executable, "-m", "kaizen.cli.main", "serve", "--port", str(port), "--clock", clock]
    command += ["--credentials", str(credentials), *where]
    # Nobody reads the lines of requests.
    quiet = {**os.environ, "KAIZEN_LOG_REQUESTS": "false"}
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=quiet
    ) as server:
        lines: list[str] = []
        try:
            for line in server.stdout or ():
                lines.append(line.rstrip())
                if line.startswith("Kaizen listens at"):
                    break
            else:
                raise UsageProblemError("the server did not start:\n" + "\n".join(lines))
            # What the server logs from here on is read and thrown away: an unread pipe would stop it.
            Thread(target=deque, args=(server.stdout, 0), daemon=True).start()
            try:
                yield str(json.loads(credentials.read_text(encoding="utf-8"))["api_domain"])
            finally:
                credentials.unlink(missing_ok=True)
        finally:
            server.send_signal(signal.SIGTERM)


def mapping_file() -> Path:
    """Find the mapping of the examples: beside the package when installed, in the checkout when not."""
    packaged = Path(__file__).parent / "data" / "crm-sales-opportunities.toml"
    if packaged.exists():
        return packaged
    return Path(__file__).parents[3] / "examples" / "crm-sales-opportunities" / "mapping.toml"


def picture(console: Console, path: Path) -> None:
    """Write what the console showed as an SVG that loads nothing from anywhere."""
    text = console.export_svg(title="kaizen demo")
    begin, end = text.find("@font-face"), text.find("</style>")
    if begin != -1:
        rules = text[begin:end]
        text = text[:begin] + rules[rules.rfind("@font-face") :].split("}", 1)[1] + text[end:]
    path.write_text(text.replace("Fira Code", "DejaVu Sans Mono"), encoding="utf-8")


def _stay(console: Console, url: str, credentials: Path) -> None:
    program = f"from kaizen import Client; print(Client.from_credentials('{credentials}').users.current())"
    console.print(
        f"\nThe server keeps running at [bold]{url}[/bold] until you press Ctrl-C. "
        f"Until then, any program can connect to it with {credentials}.\n"
        "Try this in another terminal, in this folder:\n"
        f"  {kaizen()} clock --business-days 1 --credentials {credentials}\n"
        f'  {python()} -c "{program}"',
        soft_wrap=True,
    )
    try:
        signal.pause()
    except KeyboardInterrupt:
        console.print("Stopped.")
