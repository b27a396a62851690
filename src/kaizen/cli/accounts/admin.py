"""`kaizen admin`: what takes access to the machine of the server."""

from cyclopts import App

from kaizen.cli.accounts.beside import ConfigOption, DatabaseOption, beside_server
from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError, did_you_mean

admin = App(name="admin", help="Restore access to an organisation.")


@admin.command
def reset(user: str | None = None, *, database: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Make a user an active administrator again, also one who was deactivated or deleted.

    Afterwards, create a grant token for the user with `kaizen grant --user`, and a new secret for a client, if it
    was lost, with `kaizen client secret`.

    Parameters
    ----------
    user
        E-mail address or id of the user [default: the primary contact of the organisation].
    """
    with server_extra():
        from kaizen.model.people import User
        from kaizen.server.resources.organisation.administrators import restore
        from kaizen.store.unit_of_work import Unit

    with beside_server(database, config) as beside:

        def work(unit: Unit) -> User:
            name = (user or unit.organisation.primary_email).lower()
            # The same address may have belonged to a user who was deleted before.
            users = sorted(unit.users.values(), key=lambda each: each.status == "deleted")
            found = next((each for each in users if name in (str(each.id), each.email.lower())), None)
            if found is None:
                raise UsageProblemError(
                    f"there is no user {name}; {did_you_mean(name, (each.email for each in users))}"
                )
            if any(
                each.email.lower() == found.email.lower()
                for each in users
                if each.status != "deleted" and each != found
            ):
                raise UsageProblemError(f"{found.email} is now the address of another user; reset that one")
            return restore(unit, found)

        restored = beside.store.write_now(work)
    print(f"{restored.email} is an active administrator")
    print(f"Next: `kaizen grant --user {restored.email}` creates a grant token.", flush=True)
