"""POST /{Module}/upsert: which record a row means."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.support.server import START, Crm, Reply, StartKaizen


def make_unique(crm: Crm, *labels: str, module: str = "Leads") -> None:
    """Give a module unique fields, in this order."""
    fields = [
        {"field_label": x, "data_type": "text", "length": 50, "unique": {"case_sensitive": False}} for x in labels
    ]
    assert crm.post("settings/fields", {"fields": fields}, {"module": module}).status == 201


def upsert(crm: Crm, rows: list[dict[str, Any]], fields: list[str] | None = None, **how: Any) -> Reply:
    """Upsert leads."""
    body: dict[str, Any] = {"data": rows}
    if fields is not None:
        body["duplicate_check_fields"] = fields
    return crm.post("Leads/upsert", body, **how)


#: Three leads, of which a row with all three values means one: which, is for the fields to say.
BY_EMAIL = {"Last_Name": "by mail", "Email": "ada@zylker.test"}
BY_BADGE = {"Last_Name": "by badge", "Badge": "b-1"}
BY_PASS = {"Last_Name": "by passport", "Passport": "p-1"}


@dataclass(frozen=True)
class Order:
    """A list of fields, and how it orders the look-up."""

    given: tuple[str, ...] | None
    checked: tuple[str, ...]


ORDERS = [
    Order(None, ("Email", "Badge", "Passport")),
    Order(("Passport",), ("Passport", "Badge")),
    Order(("Badge", "Passport"), ("Badge", "Passport")),
    Order(("Email",), ("Email", "Badge", "Passport")),
]
VALUES = {"Email": "ADA@zylker.test", "Badge": "B-1", "Passport": "P-1"}


@pytest.mark.source("reference: platform C.4")
@pytest.mark.parametrize("order", ORDERS, ids=lambda order: str(order.given))
def test_fields_are_checked_in_order_and_without_case(order: Order, crm: Crm) -> None:
    make_unique(crm, "Badge", "Passport")
    made = crm.post("Leads", {"data": [BY_EMAIL, BY_BADGE, BY_PASS]})
    ids = dict(zip(("Email", "Badge", "Passport"), (row["details"]["id"] for row in made.json["data"]), strict=True))
    given = list(order.given) if order.given else None

    for place, field in enumerate(order.checked):
        # Only values of fields that come later in the order, so this one decides.
        row = {"Last_Name": "New", field: VALUES[field]}
        (element,) = upsert(crm, [row], given).json["data"]
        assert (element["duplicate_field"], element["action"], element["details"]["id"]) == (
            field,
            "update",
            ids[field],
        )
        for later in order.checked[place + 1 :]:
            both = {"Last_Name": "New", field: VALUES[field], later: VALUES[later]}
            (found,) = upsert(crm, [both], given).json["data"]
            # The record is the one of the first field; the second value is another record's, if it is unique.
            if later == "Email":
                assert found["details"]["id"] == ids[field]
            else:
                assert (found["code"], found["details"]["api_name"]) == ("DUPLICATE_DATA", later)


@pytest.mark.source("reference: platform C.4")
def test_a_list_without_the_systems_field_leaves_it_out(crm: Crm) -> None:
    make_unique(crm, "Badge")
    crm.post("Leads", {"data": [BY_EMAIL]})

    (element,) = upsert(crm, [{"Last_Name": "Other", "Email": "ada@zylker.test"}], ["Badge"]).json["data"]

    assert (element["action"], element["duplicate_field"], element["message"]) == ("insert", None, "record added")


@pytest.mark.source("reference: platform C.4; docs: upsertRecords examples")
def test_found_and_new_rows_are_answered_alike(crm_on: Crm) -> None:
    crm_on.post("Leads", {"data": [BY_EMAIL]})

    reply = upsert(crm_on, [{**BY_EMAIL, "Company": "ABC"}, {"Last_Name": "New", "Email": "new@zylker.test"}])

    assert reply.status == 200
    shown = [(e["code"], e["action"], e["duplicate_field"], e["message"], e["status"]) for e in reply.json["data"]]
    assert shown == [
        ("SUCCESS", "update", "Email", "record updated", "success"),
        ("SUCCESS", "insert", None, "record added", "success"),
    ]
    keys = {"id", "Created_Time", "Modified_Time", "Created_By", "Modified_By"}
    assert all(set(e["details"]) == keys for e in reply.json["data"])
    assert crm_on.get("Leads", {"fields": "id"}).json["info"]["count"] == 2


@pytest.mark.source("reference: platform C.4")
def test_an_id_names_the_record(crm: Crm) -> None:
    (first, second) = crm.post("Leads", {"data": [BY_EMAIL, {"Last_Name": "Second"}]}).json["data"]
    by_id = {"id": second["details"]["id"], "Email": "ada@zylker.test"}

    (element,) = upsert(crm, [by_id]).json["data"]
    (unknown,) = upsert(crm, [{"id": "123", "Last_Name": "x"}]).json["data"]

    assert (element["action"], element["details"]["id"]) == ("update", second["details"]["id"])
    assert (unknown["code"], unknown["message"]) == ("INVALID_DATA", "the id given seems to be invalid")
    assert first["details"]["id"] != second["details"]["id"]


@pytest.mark.source("assumed: the last modified of several records with the system's value is meant")
def test_the_record_modified_last_is_meant(crm: Crm) -> None:
    (old, new) = crm.post("Leads", {"data": [BY_EMAIL, BY_EMAIL]}).json["data"]
    crm.advance(minutes=1)
    crm.put(f"Leads/{old['details']['id']}", {"data": [{"Company": "ABC"}]})

    (element,) = upsert(crm, [BY_EMAIL]).json["data"]

    assert element["details"]["id"] == old["details"]["id"] != new["details"]["id"]


@pytest.mark.source("reference: platform C.4")
def test_a_row_can_mean_the_record_that_a_row_before_it_made(crm: Crm) -> None:
    rows = [{"Last_Name": str(i), "Email": "ada@zylker.test"} for i in range(3)]

    reply = upsert(crm, rows)

    assert [e["action"] for e in reply.json["data"]] == ["insert", "update", "update"]
    assert len({e["details"]["id"] for e in reply.json["data"]}) == 1
    (lead,) = crm.get("Leads", {"fields": "Last_Name"}).json["data"]
    assert lead["Last_Name"] == "2"


@pytest.mark.source("reference: platform B.5, B.6, C.4")
def test_some_rows_fail(crm: Crm) -> None:
    crm.post("Leads", {"data": [BY_EMAIL]})
    rows = [{"Email": "ada@zylker.test", "Last_Name": None}, {"Email": "new@zylker.test"}, {"Last_Name": "Good"}, 5]

    reply = crm.post("Leads/upsert", {"data": rows})
    old = crm.post("Leads/upsert", {"data": rows}, version="v2")

    assert (reply.status, old.status) == (207, 202)
    assert reply.codes() == ["MANDATORY_NOT_FOUND", "MANDATORY_NOT_FOUND", "SUCCESS", "INVALID_DATA"]
    assert "id" in reply.details(index=0)
    assert "id" not in reply.details(index=1)


@pytest.mark.source("reference: platform B.12 15, C.4")
def test_v2_clients_name_the_fields_in_the_query(crm: Crm) -> None:
    make_unique(crm, "Badge")
    crm.post("Leads", {"data": [BY_EMAIL]})

    query = {"duplicate_check_fields": "Badge,"}
    (element,) = crm.post("Leads/upsert", {"data": [BY_EMAIL]}, query, version="v2").json["data"]

    assert element["action"] == "insert"


@pytest.mark.source("docs: upsertRecords examples: the sample request")
def test_a_row_with_an_id_is_found_by_it_whatever_the_fields_say(crm_on: Crm) -> None:
    lead = crm_on.post("Leads", {"data": [{"Last_Name": "old", "Email": "old@zylker.test"}]}).details()["id"]
    other = crm_on.post("Leads", {"data": [{"Last_Name": "other", "Email": "a@gmail.com"}]}).details()["id"]
    sample = {"Last_Name": "test", "Email": "a@gmail.com", "Phone": "987654321", "id": lead}

    reply = upsert(crm_on, [sample], ["Phone"])
    unknown = upsert(crm_on, [{**sample, "id": "77"}, {**sample, "id": "none"}])

    assert (reply.status, reply.details()["id"]) == (200, lead)
    assert (reply.json["data"][0]["action"], reply.json["data"][0]["duplicate_field"]) == ("update", None)
    assert [unknown.details(index=n)["id"] for n in range(2)] == ["77", "none"]
    assert (unknown.status, unknown.codes()) == (400, ["INVALID_DATA"] * 2)
    assert crm_on.get(f"Leads/{other}").json["data"][0]["Last_Name"] == "other"


@pytest.mark.source("reference: platform C.4")
def test_a_row_sees_what_a_row_with_an_id_wrote_before_it(crm_on: Crm) -> None:
    lead = crm_on.post("Leads", {"data": [{"Last_Name": "old"}]}).details()["id"]
    rows = [{"id": lead, "Email": "new@zylker.test"}, {"Last_Name": "same", "Email": "new@zylker.test"}]

    reply = upsert(crm_on, rows)

    assert [reply.details(index=n)["id"] for n in range(2)] == [lead, lead]


@dataclass(frozen=True)
class Refused:
    name: str
    fields: Any
    details: dict[str, Any]


REFUSED = [
    Refused(
        "a field that is not unique",
        ["Email", "Phone"],
        {
            "supported_values": ["Email"],
            "api_name": "duplicate_check_fields",
            "json_path": "$.duplicate_check_fields[1]",
        },
    ),
    Refused(
        "no list",
        "Email",
        {
            "expected_data_type": "jsonarray",
            "api_name": "duplicate_check_fields",
            "json_path": "$.duplicate_check_fields",
        },
    ),
    Refused(
        "no text",
        [5],
        {
            "expected_data_type": "text",
            "api_name": "duplicate_check_fields",
            "json_path": "$.duplicate_check_fields[0]",
        },
    ),
]


@pytest.mark.source("assumed: other than the system's and unique fields are refused")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_fields_that_say_nothing_are_refused(case: Refused, crm: Crm) -> None:
    reply = upsert(crm, [BY_EMAIL], case.fields)

    assert reply.problem == (400, "INVALID_DATA")
    assert reply.json["details"] == case.details


@pytest.mark.source("reference: platform C.4")
def test_a_unique_value_is_refused_without_case(crm_on: Crm) -> None:
    make_unique(crm_on, "Badge", "Passport")
    made = crm_on.post("Leads", {"data": [{**BY_BADGE, "Passport": "p-1"}]}).details()["id"]

    reply = crm_on.post("Leads", {"data": [{"Last_Name": "x", "Badge": "B-1"}, {"Last_Name": "y", "Badge": ""}]})
    twice = crm_on.post("Leads", {"data": [{"Last_Name": "x", "Badge": "B-2"}, {"Last_Name": "y", "Badge": "b-2"}]})
    many = crm_on.post("Leads", {"data": [{"Last_Name": "x", "Badge": "B-1", "Passport": "P-1"}]})
    old = crm_on.post("Leads", {"data": [{"Last_Name": "x", "Badge": "B-1"}]}, version="v2")

    me = {"id": str(crm_on.user.id), "name": crm_on.user.full_name, "zuid": crm_on.user.zuid}
    module = crm_on.store.read_now(lambda unit: unit.catalog).by_name["Leads"]
    assert reply.codes() == ["DUPLICATE_DATA", "SUCCESS"]
    assert reply.details() == {
        "api_name": "Badge",
        "json_path": "$.data[0].Badge",
        "id": made,
        "duplicate_record": {"id": made, "Owner": me, "module": {"api_name": "Leads", "id": str(module.id)}},
        "more_records": False,
    }
    assert twice.codes() == ["SUCCESS", "DUPLICATE_DATA"]
    assert twice.details(index=1)["duplicate_record"]["Owner"] == me
    assert many.codes() == ["MULTIPLE_OR_MULTI_ERRORS"]
    assert [e["details"]["api_name"] for e in many.details()["errors"]] == ["Badge", "Passport"]
    assert old.details() == {"api_name": "Badge", "id": made}


@pytest.mark.source("reference: platform C.4")
def test_a_unique_value_belongs_to_the_first_row_that_is_kept(crm_on: Crm) -> None:
    make_unique(crm_on, "Badge")

    rows = [{"Badge": "b"}, {"Last_Name": "first", "Badge": "b"}, {"Last_Name": "second", "Badge": "B"}]
    reply = crm_on.post("Leads", {"data": rows})

    assert reply.codes() == ["MANDATORY_NOT_FOUND", "SUCCESS", "DUPLICATE_DATA"]
    assert reply.details(index=2)["id"] == reply.details(index=1)["id"]


@pytest.mark.source("reference: platform C.4")
def test_a_record_keeps_and_gives_away_its_unique_value(crm_on: Crm) -> None:
    make_unique(crm_on, "Badge")
    made = crm_on.post("Leads", {"data": [{"Last_Name": "a", "Badge": "one"}, {"Last_Name": "b", "Badge": "two"}]})
    a, b = (row["details"]["id"] for row in made.json["data"])

    same = crm_on.put("Leads", {"data": [{"id": a, "Badge": "ONE"}]})
    taken = crm_on.put("Leads", {"data": [{"id": b, "Badge": "one"}]})
    moved = crm_on.put("Leads", {"data": [{"id": a, "Badge": "three"}, {"id": b, "Badge": "one"}]})

    assert (same.codes(), taken.codes(), moved.codes()) == (["SUCCESS"], ["DUPLICATE_DATA"], ["SUCCESS", "SUCCESS"])


@pytest.mark.source("assumed: two requests at once leave what one after the other would")
def test_two_servers_on_one_database_make_one_record_of_one_value(postgres_url: str, start_kaizen: StartKaizen) -> None:
    servers = [start_kaizen("--clock", START, database=postgres_url) for _ in range(2)]
    names = [f"ada{number}@zylker.test" for number in range(100)]
    bodies = [{"data": [{"Last_Name": "A", "Email": each} for each in order]} for order in (names, names[::-1])]

    def send(place: int) -> list[tuple[str, str]]:
        server = servers[place % 2]
        answer = httpx2.post(
            f"{server.url}/crm/v8/Leads/upsert",
            json=bodies[place % 2],
            headers={"Authorization": f"Zoho-oauthtoken {server.credentials['access_token']}"},
            timeout=60,
        )
        return [(row["action"], row["details"]["id"]) for row in answer.json()["data"]]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, range(4)))

    assert Counter(action for rows in answers for action, _ in rows) == {"insert": 100, "update": 300}
    assert len({record for rows in answers for _, record in rows}) == 100
