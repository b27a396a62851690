"""The queue, the confirmation of users, and who may ask for them."""

import pytest

from kaizen.model.people import User
from kaizen.model.queued import QueuedAction
from kaizen.server.clock import read_moment
from kaizen.vocabulary.automation import ActionState
from tests.support.automation_client import Automation
from tests.support.rule_payloads import compare
from tests.support.server import START, Crm

NOW = read_moment(START)


def queue(crm: Crm, count: int, rule_id: int = 5) -> list[int]:
    """Queue actions for later, a minute apart, and return their ids."""
    ids = crm.store.write_now(lambda unit: list(unit.new_ids(count)))
    actions = [
        QueuedAction(
            id=number,
            due_at=NOW + 60 * (index + 1),
            kind="tasks",
            rule_id=rule_id,
            condition_id=6,
            group_id=7,
            action_id=8,
            module="Leads",
            record_id=900 + index,
            change_id=9,
            actor_id=crm.user.id,
            payload={"chain": "3"},
            key=f"key {number}",
        )
        for index, number in enumerate(ids)
    ]
    crm.store.write_now(lambda unit: unit.queue(actions))
    return ids


@pytest.mark.source("assumed: the server's own API")
def test_the_queue_is_shown_in_due_order(crm_on: Crm) -> None:
    ids = queue(crm_on, 3)

    answer = crm_on.control("GET", "queue").json

    assert [row["id"] for row in answer["queue"]] == [str(number) for number in ids]
    assert answer["queue"][0] == {
        "id": str(ids[0]),
        "kind": "tasks",
        "state": "pending",
        "due_at": "2026-01-05T09:01:00+00:00",
        "module": "Leads",
        "record_id": "900",
        "rule_id": "5",
        "rule_name": None,
        "condition_id": "6",
        "group_id": "7",
        "action_id": "8",
        "change_id": "9",
        "attempts": 0,
        "last_error": None,
        "payload": {"chain": "3"},
    }
    assert answer["info"] == {"per_page": 200, "count": 3, "page": 1, "more_records": False}


@pytest.mark.source("assumed: the server's own API")
def test_the_queue_is_filtered_and_paged(crm: Crm) -> None:
    first, second = queue(crm, 2), queue(crm, 1, rule_id=50)
    crm.store.write_now(lambda unit: unit.close(first[0], ActionState.CANCELLED, "RECORD_DELETED"))

    def shown(**params: object) -> list[str]:
        return [row["id"] for row in crm.control("GET", "queue", None, params).json["queue"]]

    assert shown() == [str(second[0]), str(first[1])]
    assert shown(rule_id=50) == [str(second[0])]
    assert shown(record_id=901) == [str(first[1])]
    assert shown(state="cancelled") == [str(first[0])]
    assert len(shown(state="all")) == 3
    assert shown(per_page=1, page=2) == [str(first[1])]
    assert crm.control("GET", "queue", None, {"per_page": 1}).json["info"]["more_records"] is True
    assert shown(rule_id=999) == []


@pytest.mark.source("assumed: the server's own API")
@pytest.mark.parametrize("params", [{"state": "lost"}, {"rule_id": "x"}, {"record_id": "-1"}, {"page": "0"}])
def test_a_filter_that_cannot_be_read(params: dict[str, str], crm: Crm) -> None:
    assert crm.control("GET", "queue", None, params).problem == (400, "INVALID_DATA")


@pytest.mark.source("assumed: the server's own API")
@pytest.mark.parametrize("path", ["queue", "outbox", "clock"])
def test_the_control_api_needs_its_own_scope(path: str, crm: Crm) -> None:
    assert crm.control("GET", path, token=crm.token("ZohoCRM.settings.ALL")).problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert crm.control("GET", path, token="").problem == (401, "AUTHENTICATION_FAILURE")
    assert crm.control("GET", path, token=crm.token("Kaizen.control.READ")).status == 200


def invite(crm: Crm, status: str = "disabled") -> User:
    """Add a user who has not confirmed yet."""
    number = crm.store.write_now(lambda unit: unit.new_id())
    user = User(number, "bob@example.com", "Bob", status=status, confirmed=False)
    crm.store.write_now(lambda unit: unit.add_user(user))
    return user


@pytest.mark.source("reference: platform F.1")
def test_confirming_a_user_makes_them_active(crm_on: Crm) -> None:
    user = invite(crm_on)
    token = crm_on.token("ZohoCRM.org.READ", user_id=user.id)
    assert crm_on.get("org", token=token).problem == (403, "INACTIVE_USER")

    reply = crm_on.control("POST", f"users/{user.id}/confirm")

    assert (reply.status, reply.codes("users")) == (200, ["SUCCESS"])
    assert crm_on.get("org", token=token).status == 200
    kept = crm_on.store.read_now(lambda unit: unit.users[user.id])
    assert (kept.confirmed, kept.status) == (True, "active")
    assert kept.zuid.isdecimal()


@pytest.mark.source("assumed: the server's own API")
def test_who_cannot_be_confirmed(crm: Crm) -> None:
    gone = invite(crm, "deleted")

    assert crm.control("POST", f"users/{gone.id}/confirm").problem == (400, "NOT_ALLOWED")
    unknown = crm.control("POST", "users/77/confirm")
    assert unknown.problem == (400, "INVALID_DATA")
    assert unknown.json["details"] == {"resource_path_index": 1}
    assert crm.control("POST", "users/bob/confirm").problem == (400, "INVALID_DATA")


@pytest.mark.source("assumed: the server's own API")
def test_the_trace_of_a_record_shows_its_changes_newest_first(crm_on: Crm) -> None:
    lead = crm_on.post("Leads", {"data": [{"Last_Name": "Lovelace", "Company": "Engines"}]}).details()["id"]
    crm_on.put(f"Leads/{lead}", {"data": [{"Company": "Analytical Engines"}]})

    answer = crm_on.control("GET", f"records/Leads/{lead}/trace").json

    assert [change["event"] for change in answer["trace"]] == ["edit", "create"]
    assert answer["trace"][0]["changed"]["Company"] == {"old": "Engines", "new": "Analytical Engines"}
    assert answer["info"]["count"] == 2
    one = crm_on.control("GET", f"records/Leads/{lead}/trace", None, {"per_page": 1}).json
    assert (len(one["trace"]), one["info"]["more_records"]) == (1, True)


@pytest.mark.source("assumed: the server's own API")
def test_a_trace_that_cannot_be_had(crm: Crm) -> None:
    unknown = crm.control("GET", "records/Leeds/5/trace")
    assert (unknown.problem, unknown.json["details"]) == ((400, "INVALID_MODULE"), {"resource_path_index": 1})
    assert crm.control("GET", "records/Leads/x/trace").problem == (400, "INVALID_DATA")
    assert crm.control("GET", "records/Leads/5/trace").json["trace"] == []


@pytest.mark.source("assumed: the server's own API")
def test_the_account_of_the_rules_needs_a_module(crm: Crm) -> None:
    assert crm.control("GET", "rules").problem == (400, "REQUIRED_PARAM_MISSING")
    assert crm.control("GET", "rules", None, {"module": "Leeds"}).problem == (400, "INVALID_MODULE")
    assert crm.control("GET", "rules", None, {"module": "Leads"}).json == {"rules": []}


@pytest.mark.source("assumed: what an action did is told for the condition that made it act")
def test_an_action_of_two_conditions_is_counted_for_each(crm: Crm) -> None:
    automation = Automation(crm)
    action = {"type": "field_updates", "id": automation.update()}
    first = {
        "sequence_number": 1,
        "criteria_details": {"criteria": compare("Amount", "greater_than", 10)},
        "instant_actions": {"actions": [action]},
    }
    second = {"sequence_number": 2, "instant_actions": {"actions": [action]}}
    automation.rule("Two ways", execute_when={"type": "create", "details": {}}, conditions=[first, second])

    for amount in (1, 20, 30):
        automation.deal(Amount=amount)

    (rule,) = crm.control("GET", "rules", params={"module": "Deals"}).json["rules"]
    assert [(each["condition"], each["done"]) for each in rule["actions"]] == [(1, 2), (2, 1)]
