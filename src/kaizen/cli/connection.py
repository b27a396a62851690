"""Which server a command talks to, and how it shows progress."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from kaizen.cli.loading import OnProgress
from kaizen.cli.problems import UsageProblemError
from kaizen.sdk.client import Client
from kaizen.sdk.errors import KaizenError, TransportError

CredentialsOption = Annotated[
    Path | None,
    Parameter(
        name=["--credentials", "-c"],
        env_var="KAIZEN_CREDENTIALS",
        help="Credentials file that `kaizen serve --credentials` wrote [default: kaizen-credentials.json].",
    ),
]

DEFAULT_CREDENTIALS = Path("kaizen-credentials.json")


@contextmanager
def connected(credentials: Path | None) -> Iterator[Client]:
    """Open a client on the server that a credentials file names; what goes wrong is reported in one sentence.

    Raises:
        UsageProblemError: there is no such file, or the server does not answer.
    """
    path = credentials or DEFAULT_CREDENTIALS
    if not path.exists():
        raise UsageProblemError(
            f"{path}: no credentials file; start a server with `kaizen serve --credentials {path}` "
            "or name the file with --credentials"
        )
    try:
        with Client.from_credentials(path) as crm:
            yield crm
    except TransportError as error:
        raise UsageProblemError(f"the server named in {path} does not answer ({error}); is it running?") from error
    except KaizenError as error:
        raise UsageProblemError(str(error)) from error


@contextmanager
def progress(console: Console) -> Iterator[OnProgress]:
    """Show how far each step is, while the steps run."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as shown:
        tasks: dict[str, TaskID] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(step, total=total)
            shown.update(tasks[step], completed=done, total=total)

        yield report
