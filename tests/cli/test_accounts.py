"""`kaizen client` and `kaizen grant --user`: the commands that let programs in, beside a server or without one."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kaizen.cli.main import run
from kaizen.vocabulary.scopes import EVERYTHING
from tests.support.server import Crm, settings_for

pytestmark = pytest.mark.source("assumed: the command line is ours; it does what the API console of the service does")


@dataclass
class Machine:
    """The machine of a server: its database, its command line, and a server for a look from outside."""

    database: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *command: str) -> list[str]:
        """Run a command that goes well and return the lines it prints."""
        assert run([*command, "--database", str(self.database)]) == 0, self.capsys.readouterr().err
        return self.capsys.readouterr().out.splitlines()

    def refuses(self, *command: str) -> str:
        """Run a command that is refused and return what it says."""
        assert run([*command, "--database", str(self.database)]) == 2
        return self.capsys.readouterr().err

    def client(self, *command: str) -> dict[str, str]:
        """Run a command that tells an id and a secret, and return them as parameters."""
        lines = self.run("client", *command)
        return {"client_id": lines[0].split()[2], "client_secret": lines[1].split()[2]}


@pytest.fixture
def machine(
    organisation_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Machine:
    monkeypatch.setenv("COLUMNS", "200")
    database = tmp_path / "kaizen.db"
    shutil.copy(organisation_file, database)
    return Machine(database, capsys)


@pytest.fixture
def crm(machine: Machine) -> Iterator[Crm]:
    """A server that goes on while the commands work beside it."""
    crm = Crm(settings_for(str(machine.database), seed="beside"))
    yield crm
    crm.close()


def hired(crm: Crm, profile: str = "Standard", status: str = "active") -> str:
    """Make a colleague and return her e-mail address."""
    profiles = {each["name"]: each["id"] for each in crm.get("settings/profiles").json["profiles"]}
    role = crm.get("settings/roles").json["roles"][0]["id"]
    user = {"last_name": "Doe", "email": "jane@example.com", "role": role, "profile": profiles[profile]}
    number = crm.post("users", {"users": [user]}).details("users")["id"]
    if status == "active":
        assert crm.control("POST", f"users/{number}/confirm").status == 200
    return "jane@example.com"


def exchanged(crm: Crm, client: dict[str, str], code: str) -> dict[str, str]:
    """Exchange a grant token."""
    given = {**client, "grant_type": "authorization_code", "code": code}
    found: dict[str, str] = crm.ask("POST", "/oauth/v2/token", None, given, token="").json
    return found


def test_a_client_is_added_and_gets_tokens_for_any_user(machine: Machine, crm: Crm) -> None:
    email = hired(crm)
    client = machine.client("add", "Importer")

    code, told = machine.run("grant", "--client", client["client_id"], "--user", email.upper())
    tokens = exchanged(crm, client, code)

    assert told == f"for client {client['client_id']} and user {email}; valid once, for 3 minutes"
    me = crm.get("users", {"type": "CurrentUser"}, token=tokens["access_token"]).json["users"][0]
    assert (me["email"], me["profile"]["name"]) == (email, "Standard")


def test_a_client_can_belong_to_any_user(machine: Machine, crm: Crm) -> None:
    client = machine.client("add", "Hers", "--user", hired(crm))

    (code, _) = machine.run("grant", "--client", client["client_id"], "--scope", "ZohoCRM.users.READ")

    token = exchanged(crm, client, code)["access_token"]
    assert crm.get("users", {"type": "CurrentUser"}, token=token).json["users"][0]["email"] == "jane@example.com"


def test_clients_are_listed_without_secrets(machine: Machine, crm: Crm) -> None:
    client = machine.client("add", "Importer")

    head, first, second = machine.run("client", "list")

    assert head.split("  ")[0] == "Client id"
    assert "Self Client" in first
    assert second.split()[:3] == [client["client_id"], "Importer", "self"]
    assert "admin@example.com" in second
    assert client["client_secret"] not in second


def test_another_secret_ends_the_one_before_and_no_tokens(machine: Machine, crm: Crm) -> None:
    client = machine.client("add")
    tokens = exchanged(crm, client, machine.run("grant", "--client", client["client_id"])[0])
    refreshing = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    renewed = machine.client("secret", client["client_id"])

    assert renewed["client_id"] == client["client_id"]
    assert crm.get("org", token=tokens["access_token"]).status == 200
    before = crm.ask("POST", "/oauth/v2/token", None, {**refreshing, **client}, token="")
    after = crm.ask("POST", "/oauth/v2/token", None, {**refreshing, **renewed}, token="")
    assert before.json == {"error": "invalid_client_secret"}
    assert "access_token" in after.json


def test_a_client_is_removed_with_all_that_it_was_given(machine: Machine, crm: Crm) -> None:
    client = machine.client("add", "Importer")
    unused = machine.run("grant", "--client", client["client_id"])[0]
    tokens = exchanged(crm, client, machine.run("grant", "--client", client["client_id"])[0])

    (told,) = machine.run("client", "remove", client["client_id"])

    assert told == f"Importer ({client['client_id']}) was removed, and its tokens are invalid"
    assert crm.get("org", token=tokens["access_token"]).problem == (401, "INVALID_TOKEN")
    assert exchanged(crm, client, unused) == {"error": "invalid_client"}
    assert len(machine.run("client", "list")) == 2
    assert crm.get("org", token=crm.token(*EVERYTHING)).status == 200


def test_what_there_is_not_is_told(machine: Machine, crm: Crm) -> None:
    email = hired(crm, status="invited")

    assert 'there is no user jan@example.com; did you mean "jane@example.com"?' in machine.refuses(
        "grant", "--user", "jan@example.com"
    )
    assert "there is no user 17; it has: admin@example.com, jane@example.com" in machine.refuses(
        "client", "add", "--user", "17"
    )
    assert f"{email} is not an active user; activate the user first" in machine.refuses("grant", "--user", email)
    assert "there is no client 1000.X; `kaizen client list` shows" in machine.refuses("client", "remove", "1000.X")
    assert "there is no client 1000.X; `kaizen client list` shows" in machine.refuses("client", "secret", "1000.X")


def test_nobody_grants_for_who_has_left(machine: Machine, crm: Crm) -> None:
    email = hired(crm)
    (user,) = (each for each in crm.get("users").json["users"] if each["email"] == email)
    assert crm.delete(f"users/{user['id']}").status == 200

    assert f"there is no user {email}" in machine.refuses("grant", "--user", email)


@pytest.mark.parametrize("fate", ["demoted", "deactivated", "deleted", "invited"])
def test_whoever_is_locked_out_becomes_an_administrator_again(fate: str, machine: Machine, crm: Crm) -> None:
    email = hired(crm, "Administrator", "invited" if fate == "invited" else "active")
    (user,) = (each for each in crm.get("users").json["users"] if each["email"] == email)
    profiles = {each["name"]: each["id"] for each in crm.get("settings/profiles").json["profiles"]}
    changes = {"demoted": {"profile": profiles["Standard"]}, "deactivated": {"status": "disabled"}}
    if fate in changes:
        assert crm.put(f"users/{user['id']}", {"users": [changes[fate]]}).status == 200
    if fate == "deleted":
        assert crm.delete(f"users/{user['id']}").status == 200

    told = machine.run("admin", "reset", email)

    assert told == [
        f"{email} is an active administrator",
        f"Next: `kaizen grant --user {email}` creates a grant token.",
    ]
    (now,) = crm.get(f"users/{user['id']}").json["users"]
    assert (now["status"], now["confirm"], now["profile"]["name"]) == ("active", True, "Administrator")
    code, _ = machine.run("grant", "--user", email)
    assert code


def test_the_primary_contact_is_helped_unless_another_is_named(machine: Machine, crm: Crm) -> None:
    hired(crm, "Administrator")
    jane = crm.token(*EVERYTHING, user_id=max(crm.store.read_now(lambda unit: list(unit.users))))
    profiles = {each["name"]: each["id"] for each in crm.get("settings/profiles").json["profiles"]}
    demoted = {"users": [{"profile": profiles["Standard"]}]}
    assert crm.put(f"users/{crm.user.id}", demoted, token=jane).status == 200

    assert machine.run("admin", "reset")[0] == f"{crm.user.email} is an active administrator"

    assert crm.get("users", {"type": "CurrentUser"}).json["users"][0]["profile"]["name"] == "Administrator"


def test_who_cannot_be_helped_is_told(machine: Machine, crm: Crm) -> None:
    email = hired(crm)
    (first,) = (each for each in crm.get("users").json["users"] if each["email"] == email)
    assert crm.delete(f"users/{first['id']}").status == 200
    hired(crm)

    assert 'did you mean "jane@example.com"?' in machine.refuses("admin", "reset", "jan@example.com")
    assert f"{email} is now the address of another user" in machine.refuses("admin", "reset", first["id"])
