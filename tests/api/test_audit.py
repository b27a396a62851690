"""Who changed what in the settings."""

from dataclasses import replace

import pytest

from kaizen.model.document import new_document
from kaizen.store.parts.documents import NOT_AUDITED
from tests.support.automation_client import Automation
from tests.support.server import Crm

pytestmark = pytest.mark.source("assumed: what administrators change is kept, with who it was")


def entries(crm: Crm) -> list[dict[str, object]]:
    reply = crm.ask("GET", "/kaizen/v1/audit")
    assert reply.status == 200, reply.content
    found: list[dict[str, object]] = reply.json["audit"]
    return found


def test_what_is_changed_is_in_the_log_with_before_and_after(crm_on: Crm) -> None:
    assert entries(crm_on) == []  # a new organisation is no change
    tag = Automation(crm_on).tag("Hot")

    made = entries(crm_on)[0]

    assert (made["kind"], made["object_id"], made["before"]) == ("tag", tag, None)
    assert made["after"]["name"] == "Hot"  # type: ignore[index]  # a document
    assert made["user_id"] in {user["id"] for user in crm_on.get("users").json["users"]}


def test_what_is_refused_is_not_in_the_log(crm_on: Crm) -> None:
    crm_on.post("settings/tags?module=Deals", {"tags": [{"name": ""}]})
    assert entries(crm_on) == []


@pytest.mark.parametrize("kind", ["workflow_rule", "profile", "role", "data_sharing", "a kind of tomorrow"])
def test_documents_of_every_kind_are_in_the_log_with_their_secrets_masked(crm: Crm, kind: str) -> None:
    owner = next(iter(crm.store.read_now(lambda unit: list(unit.users))))
    body = {"smtp_password": "hidden words", "name": "seen"}
    crm.store.write_now(lambda unit: unit.put_document(new_document(kind, 5, body, by=owner, at=unit.now)))

    (entry,) = entries(crm)

    assert (entry["kind"], entry["user_id"]) == (kind, None)
    assert entry["after"]["body"] == {"smtp_password": "***", "name": "seen"}  # type: ignore[index]  # a document


def test_only_the_notes_of_the_server_are_left_out() -> None:
    assert frozenset({"server_clock"}) == NOT_AUDITED


def test_secrets_of_clients_are_masked(crm: Crm) -> None:
    client = crm.store.read_now(lambda unit: unit.clients())[0]
    crm.store.write_now(lambda unit: unit.put_client(replace(client, name="Another", secret_hash="hidden words")))

    (entry,) = entries(crm)

    assert (entry["kind"], entry["object_id"]) == ("client", client.client_id)
    assert entry["after"]["secret_hash"] == "***"  # type: ignore[index]  # a client


def test_a_new_secret_is_a_change_though_it_is_masked(crm: Crm) -> None:
    client = crm.store.read_now(lambda unit: unit.clients())[0]

    crm.store.write_now(lambda unit: unit.put_client(replace(client, secret_hash="hidden words")))
    crm.store.write_now(lambda unit: unit.put_client(replace(client, secret_hash="hidden words")))

    (entry,) = entries(crm)
    assert entry["before"] == entry["after"]
