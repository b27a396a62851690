"""The database that a command opens itself, on the machine of the server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.serve import CONFIG

if TYPE_CHECKING:
    from kaizen.server.beside import Beside


@contextmanager
def beside_server(database: str | None, config: Path | None) -> "Iterator[Beside]":
    """Open the database that is named, or set, and that some server made; a running one goes on."""
    with server_extra():
        from kaizen.server.beside import open_beside
        from kaizen.server.settings import SettingsError, read_settings
        from kaizen.store import StoreError

    file = config or (CONFIG if CONFIG.exists() else None)
    try:
        settings = read_settings({"database": database}, os.environ, file)
        if "://" not in settings.database and not Path(settings.database).exists():
            raise UsageProblemError(
                f"{settings.database}: no such database; `kaizen serve` creates one, --database names another"
            )
        with open_beside(settings) as beside:
            if beside.store.is_new:
                raise UsageProblemError(
                    f"{settings.database}: it holds no organisation yet; start `kaizen serve` on it"
                )
            yield beside
    except (SettingsError, StoreError) as error:
        raise UsageProblemError(str(error)) from error
