"""`kaizen client`: register programs that may request tokens, as the API console does."""

from datetime import UTC, datetime

from cyclopts import App
from rich.table import Table

from kaizen.cli.accounts.beside import ConfigOption, DatabaseOption, beside_server, client_named, user_named
from kaizen.cli.extras import server_extra
from kaizen.cli.screen import screen

client = App(
    name="client", help="Add, list and remove clients (programs that request tokens), and replace their secrets."
)


@client.command
def add(
    name: str = "Self Client",
    *,
    user: str | None = None,
    database: DatabaseOption = None,
    config: ConfigOption = None,
) -> None:
    """Register a self client and print its id and secret; the secret is shown only once.

    Parameters
    ----------
    name
        Name of the client.
    user
        E-mail address or id of its owner, for whom its grant tokens are by default [default: the first user].
    """
    with server_extra():
        from kaizen.accounts.clients import NewClient, create_self_client
        from kaizen.server.app import chance_of
        from kaizen.store.unit_of_work import Unit

    with beside_server(database, config) as beside:

        def work(unit: Unit) -> NewClient:
            owner = user_named(unit, user or str(next(iter(unit.users))))
            return create_self_client(unit, owner.id, chance_of(beside.settings), name)

        made = beside.store.write_now(work)
    _print_secret(made.client.client_id, made.secret)


@client.command(name="list")
def list_(*, database: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Show all clients; their secrets are not stored and cannot be shown."""
    with beside_server(database, config) as beside:
        clients, users = beside.store.read_now(lambda unit: (unit.clients(), unit.users))
    table = Table("Client id", "Name", "Kind", "Owner", "Since", box=None, pad_edge=False)
    for each in clients:
        since = datetime.fromtimestamp(each.created_at, UTC).isoformat()
        owner = users[each.owner_id].email if each.owner_id in users else str(each.owner_id)
        table.add_row(each.client_id, each.name, each.kind.replace("_", " "), owner, since)
    screen().print(table)


@client.command
def secret(client_id: str, *, database: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Replace the secret of a client and print it; the old one is invalid at once, tokens remain valid.

    Parameters
    ----------
    client_id
        Id of the client.
    """
    with server_extra():
        from kaizen.accounts.clients import NewClient, renew_secret
        from kaizen.server.app import chance_of
        from kaizen.store.unit_of_work import Unit

    with beside_server(database, config) as beside:

        def work(unit: Unit) -> NewClient:
            return renew_secret(unit, client_named(unit, client_id), chance_of(beside.settings))

        made = beside.store.write_now(work)
    _print_secret(made.client.client_id, made.secret)


@client.command
def remove(client_id: str, *, database: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Remove a client; its grants and tokens are invalid at once.

    Parameters
    ----------
    client_id
        Id of the client.
    """
    with server_extra():
        from kaizen.store.unit_of_work import Unit

    with beside_server(database, config) as beside:

        def work(unit: Unit) -> str:
            found = client_named(unit, client_id)
            unit.drop_client(found.client_id)
            return found.name

        name = beside.store.write_now(work)
    print(f"{name} ({client_id}) was removed, and its tokens are invalid", flush=True)


def _print_secret(client_id: str, secret_: str) -> None:
    print(f"client id      {client_id}")
    print(f"client secret  {secret_}  (shown only once)", flush=True)
