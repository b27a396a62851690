"""`kaizen grant`: make a grant token, as the API console does for a person."""

import os
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.serve import CONFIG


def grant(
    *,
    scope: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    minutes: int = 3,
    database: str | None = None,
    client: str | None = None,
    config: Path | None = None,
) -> None:
    """Make a grant token for a self client and print it.

    A client exchanges it once for tokens, at POST /oauth/v2/token with grant_type=authorization_code.

    Parameters
    ----------
    scope
        What the token allows, like ZohoCRM.modules.leads.READ; all scopes unless set.
    minutes
        How long it can be exchanged: 3, 5, 7 or 10.
    database
        The server's database; kaizen.db unless set.
    client
        The client id; the newest self client unless set.
    config
        A TOML file with settings; kaizen.toml when there is one.
    """
    with server_extra():
        from kaizen.accounts.grants import (
            SELF_CLIENT,
            BadLifetimeError,
            BadScopeError,
            TooManyGrantsError,
            create_grant,
        )
        from kaizen.accounts.limits import Limits
        from kaizen.server.app import chance_of, open_beside
        from kaizen.server.settings import SettingsError, read_settings
        from kaizen.store import StoreError
        from kaizen.store.unit_of_work import Unit
        from kaizen.vocabulary.scopes import EVERYTHING

    file = config or (CONFIG if CONFIG.exists() else None)
    try:
        settings = read_settings({"database": database}, os.environ, file)
        if "://" not in settings.database and not Path(settings.database).exists():
            raise UsageProblemError(
                f"{settings.database}: no such database; `kaizen serve` creates one, --database names another"
            )
        store = open_beside(settings)
    except (SettingsError, StoreError) as error:
        raise UsageProblemError(str(error)) from error

    def work(unit: Unit) -> tuple[str, str]:
        clients = [each for each in unit.clients() if each.kind == SELF_CLIENT and client in (None, each.client_id)]
        if not clients:
            raise UsageProblemError(f"{settings.database}: it has no self client {client or ''}".rstrip())
        limits = Limits(grants_per_window=settings.tokens.grants_per_window)
        wanted = scope or EVERYTHING
        code = create_grant(unit, clients[-1], wanted, chance_of(settings), minutes=minutes, limits=limits)
        return clients[-1].client_id, code

    try:
        if store.is_new:
            raise UsageProblemError(f"{settings.database}: it holds no organisation yet; start `kaizen serve` on it")
        client_id, code = store.write_now(work)
    except (BadScopeError, BadLifetimeError, TooManyGrantsError) as error:
        raise UsageProblemError(str(error)) from error
    finally:
        store.close()
    print(code)
    print(f"for client {client_id}, to be exchanged within {minutes} minutes, once", flush=True)
