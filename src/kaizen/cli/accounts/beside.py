"""The database that a command opens itself, on the machine of the server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from cyclopts import Parameter

from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError, did_you_mean
from kaizen.cli.serve import CONFIG

if TYPE_CHECKING:
    from kaizen.accounts.ports import AccountsUnit
    from kaizen.model.oauth import OAuthClient
    from kaizen.model.people import User
    from kaizen.server.beside import Beside

DatabaseOption: TypeAlias = Annotated[
    str | None, Parameter(name="--database", help="The server's database [default: kaizen.db].")
]
ConfigOption: TypeAlias = Annotated[
    Path | None, Parameter(name="--config", help="TOML file with settings [default: kaizen.toml, if it exists].")
]


@contextmanager
def beside_server(database: str | None, config: Path | None) -> "Iterator[Beside]":
    """Open the database that is named, or set; a server may be running on it."""
    with server_extra():
        from kaizen.server.beside import open_beside
        from kaizen.server.settings import SettingsError, read_settings
        from kaizen.store import StoreError

    file = config or (CONFIG if CONFIG.exists() else None)
    try:
        settings = read_settings({"database": database}, os.environ, file)
        if "://" not in settings.database and not Path(settings.database).exists():
            raise UsageProblemError(
                f"{settings.database}: there is no such database; `kaizen serve` creates one, --database names another"
            )
        with open_beside(settings) as beside:
            if beside.store.is_new:
                raise UsageProblemError(
                    f"{settings.database_shown}: it has no organisation yet; start `kaizen serve` on it first"
                )
            yield beside
    except (SettingsError, StoreError) as error:
        raise UsageProblemError(str(error)) from error


def user_named(unit: "AccountsUnit", name: str) -> "User":
    """Return the user who is meant by an id or an e-mail address."""
    known = [user for user in unit.users.values() if user.status != "deleted"]
    found = [user for user in known if name == str(user.id) or name.lower() == user.email.lower()]
    if not found:
        raise UsageProblemError(f"there is no user {name}; {did_you_mean(name, (user.email for user in known))}")
    return found[0]


def client_named(unit: "AccountsUnit", client_id: str) -> "OAuthClient":
    """Return the client with an id."""
    client = unit.client(client_id)
    if client is None:
        raise UsageProblemError(f"there is no client {client_id}; `kaizen client list` shows all clients")
    return client
