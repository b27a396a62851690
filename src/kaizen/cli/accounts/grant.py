"""`kaizen grant`: create a grant token, as the API console does."""

from typing import Annotated

from cyclopts import Parameter

from kaizen.cli.accounts.beside import ConfigOption, DatabaseOption, beside_server, user_named
from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError


def grant(
    *,
    scope: Annotated[list[str] | None, Parameter(consume_multiple=True, negative="")] = None,
    minutes: int = 3,
    user: str | None = None,
    client: str | None = None,
    database: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Create a grant token for a self client and print it.

    The client exchanges it for tokens, once, with POST /oauth/v2/token and grant_type=authorization_code.

    Parameters
    ----------
    scope
        Scopes of the token, like ZohoCRM.modules.leads.READ [default: all scopes].
    minutes
        Minutes for which it is valid: 3, 5, 7 or 10.
    user
        E-mail address or id of the user for whom the tokens are [default: the owner of the client].
    client
        Id of the client [default: the newest self client].
    """
    with server_extra():
        from kaizen.accounts.clients import SELF_CLIENT
        from kaizen.accounts.grants import BadLifetimeError, BadScopeError, TooManyGrantsError, create_grant
        from kaizen.server.app import chance_of
        from kaizen.store.unit_of_work import Unit
        from kaizen.vocabulary.scopes import EVERYTHING

    with beside_server(database, config) as beside:

        def work(unit: Unit) -> tuple[str, str, str]:
            clients = [each for each in unit.clients() if each.kind == SELF_CLIENT and client in (None, each.client_id)]
            if not clients:
                raise UsageProblemError(
                    f"{beside.settings.database_shown}: there is no self client {client or ''}".rstrip()
                )
            asking = clients[-1]
            owner = user_named(unit, user or str(asking.owner_id))
            if owner.status != "active":
                raise UsageProblemError(f"{owner.email} is not an active user; activate the user first")
            wanted, chance = scope or EVERYTHING, chance_of(beside.settings)
            code = create_grant(unit, asking, wanted, chance, user=owner, minutes=minutes, limits=beside.limits)
            return asking.client_id, owner.email, code

        try:
            client_id, email, code = beside.store.write_now(work)
        except (BadScopeError, BadLifetimeError, TooManyGrantsError) as error:
            raise UsageProblemError(str(error)) from error
    print(code)
    print(f"for client {client_id} and user {email}; valid once, for {minutes} minutes", flush=True)
