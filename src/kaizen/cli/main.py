"""The `kaizen` command: a registry of commands, each imported when it is called."""

import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from cyclopts import App, CycloptsError

from kaizen.cli.problems import UsageProblemError

#: Where each command is, and what it is for; importing one must not cost the others, nor must their help.
COMMANDS: Final = {
    "serve": ("kaizen.cli.serve:serve", "Start a server."),
    "demo": (
        "kaizen.cli.demo:demo",
        "Run a demonstration: a server, workflow rules, data, 30 business days, a report.",
    ),
    "grant": ("kaizen.cli.accounts.grant:grant", "Create a grant token, as the API console does."),
    "client": ("kaizen.cli.accounts.client:client", "Add, list and remove clients, and replace their secrets."),
    "admin": ("kaizen.cli.accounts.admin:admin", "Restore access to an organisation."),
    "backup": ("kaizen.cli.keeping.backup:backup", "Copy a database into a file, also beside a running server."),
    "restore": ("kaizen.cli.keeping.backup:restore", "Put a backup in the place of a database."),
    "check": ("kaizen.cli.keeping.check:check", "Look a database through, also beside a running server."),
    "migrate": ("kaizen.cli.keeping.migrate:migrate", "Bring a database up to date, or show what that would do."),
    "import": ("kaizen.cli.import_files:import_files", "Import CSV files into modules, using a mapping file."),
    "replay": ("kaizen.cli.import_files:replay", "Replay dated rows through the API, day by day."),
    "clock": ("kaizen.cli.clock:clock", "Show, set or advance the server's clock."),
    "trace": ("kaizen.cli.trace:trace", "Show why each rule fired or did not fire for a record."),
}

USAGE: Final = 2  #: exit status of a command that was given something it cannot use
FAILED: Final = 1
INTERRUPTED: Final = 130


def application(asked: str = "") -> App:
    """Put the command line together; only the requested command shows its full help, the others one line."""
    app = App(
        name="kaizen",
        help="A CRM that speaks the Zoho CRM API and runs its workflow rules.",
        version=lambda: version("kaizen-crm"),
    )
    for name, (place, purpose) in COMMANDS.items():
        app.command(place, name=name, help=None if name == asked else purpose)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status; problems are reported on stderr, never as a traceback."""
    try:
        app = application(arguments[0] if arguments else "")
        found = app(list(arguments), exit_on_error=False, print_error=True, result_action="return_value")
    except CycloptsError:
        return USAGE
    except UsageProblemError as problem:
        return _report(str(problem), USAGE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        if os.environ.get("KAIZEN_TRACEBACK"):
            raise
        if isinstance(error, OSError) and error.filename is not None:
            return _report(f"{error.filename}: {error.strerror}", FAILED)
        text = f"{type(error).__name__}: {error}\nThis is a bug in Kaizen; KAIZEN_TRACEBACK=1 shows where it happened."
        return _report(text, FAILED)
    return found if isinstance(found, int) else 0


def main() -> None:
    """Run the command of the process's own arguments, and end the process with its status."""
    sys.exit(run(sys.argv[1:]))


def _report(text: str, status: int) -> int:
    print(f"kaizen: {text}", file=sys.stderr)
    return status


if __name__ == "__main__":
    main()
