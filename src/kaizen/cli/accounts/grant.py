"""`kaizen grant`: make a grant token, as the API console does for a person."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kaizen.cli.accounts.beside import beside_server
from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError


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
        from kaizen.server.app import chance_of
        from kaizen.store.unit_of_work import Unit
        from kaizen.vocabulary.scopes import EVERYTHING

    with beside_server(database, config) as beside:

        def work(unit: Unit) -> tuple[str, str]:
            clients = [each for each in unit.clients() if each.kind == SELF_CLIENT and client in (None, each.client_id)]
            if not clients:
                raise UsageProblemError(f"{beside.settings.database}: it has no self client {client or ''}".rstrip())
            wanted, chance = scope or EVERYTHING, chance_of(beside.settings)
            code = create_grant(unit, clients[-1], wanted, chance, minutes=minutes, limits=beside.limits)
            return clients[-1].client_id, code

        try:
            client_id, code = beside.store.write_now(work)
        except (BadScopeError, BadLifetimeError, TooManyGrantsError) as error:
            raise UsageProblemError(str(error)) from error
    print(code)
    print(f"for client {client_id}, to be exchanged within {minutes} minutes, once", flush=True)
