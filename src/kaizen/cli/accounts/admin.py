"""`kaizen admin`: what only whoever has the machine may do."""

from cyclopts import App

from kaizen.cli.accounts.beside import ConfigOption, DatabaseOption, beside_server
from kaizen.cli.extras import server_extra
from kaizen.cli.problems import UsageProblemError, did_you_mean

admin = App(name="admin", help="Help whoever is locked out of an organisation.")


@admin.command
def reset(user: str | None = None, *, database: DatabaseOption = None, config: ConfigOption = None) -> None:
    """Make a user an active administrator again, whatever has become of him.

    Then `kaizen grant --user` makes him a grant token; `kaizen client secret` a secret, when that was lost, too.

    Parameters
    ----------
    user
        Who, by e-mail address or id; the organisation's primary contact unless set. He may be deactivated or deleted.
    """
    with server_extra():
        from kaizen.model.people import User
        from kaizen.server.resources.organisation.administrators import restore
        from kaizen.store.unit_of_work import Unit

    with beside_server(database, config) as beside:

        def work(unit: Unit) -> User:
            name = (user or unit.organisation.primary_email).lower()
            # The same address may have belonged to somebody who was deleted before.
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
                raise UsageProblemError(f"{found.email} is the address of another user by now; reset that one")
            return restore(unit, found)

        restored = beside.store.write_now(work)
    print(f"{restored.email} is an active administrator")
    print(f"Next: `kaizen grant --user {restored.email}` makes a grant token.", flush=True)
