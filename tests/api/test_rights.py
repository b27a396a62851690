"""What profiles and roles permit, operation by operation."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.rights import add_role, id_of_person, person
from tests.support.server import Crm

FACT = pytest.mark.source("reference: platform A.10, F.2; NO_PERMISSION names the permission")
DENIED = (403, "NO_PERMISSION")


def denying(verbs: str, *modules: str) -> tuple[str, ...]:
    return tuple(f"Crm_Implied_{verb}_{module}" for verb in verbs.split() for module in modules)


def made(crm: Crm, module: str, token: str | None = None, **values: Any) -> str:
    reply = crm.post(module, {"data": [values]}, token=token)
    assert reply.status == 201, reply.content
    return str(reply.details()["id"])


def deal(crm: Crm, token: str | None = None, **values: Any) -> str:
    return made(crm, "Deals", token, **{"Deal_Name": "D", "Stage": "Qualification", **values})


#: Each operation on records of Deals, and the permission that it asks for.
OPERATIONS = [
    ("View", "GET", "Deals?fields=Deal_Name", None),
    ("View", "GET", "Deals/{id}", None),
    ("View", "GET", "Deals/search?word=Deal", None),
    ("View", "GET", "Deals/actions/count", None),
    ("View", "GET", "Deals/deleted", None),
    ("View", "GET", "Deals/{id}/Notes?fields=Note_Title", None),
    ("View", "POST", "coql", {"select_query": "select Deal_Name from Deals where Deal_Name is not null"}),
    ("Create", "POST", "Deals", {"data": [{"Deal_Name": "x", "Stage": "Qualification"}]}),
    ("Edit", "PUT", "Deals", {"data": [{"id": "{id}", "Deal_Name": "x"}]}),
    ("Edit", "PUT", "Deals/{id}", {"data": [{"Deal_Name": "x"}]}),
    ("Edit", "POST", "Deals/{id}/actions/add_tags", {"tags": [{"name": "x"}]}),
    ("Edit", "POST", "Deals/actions/remove_tags", {"tags": [{"name": "x"}], "ids": ["{id}"]}),
    ("Delete", "DELETE", "Deals/{id}", None),
    ("Delete", "DELETE", "Deals?ids={id}", None),
]


def ask(crm: Crm, token: str, method: str, path: str, body: Any, record_id: str) -> Any:
    def filled(value: Any) -> Any:
        match value:
            case str():
                return value.replace("{id}", record_id)
            case list():
                return [filled(each) for each in value]
            case dict():
                return {key: filled(each) for key, each in value.items()}
        return value

    path, _, query = filled(path).partition("?")
    params = dict(pair.split("=") for pair in query.split("&")) if query else None
    return crm.crm(method, path, filled(body), params, token=token)


@FACT
@pytest.mark.parametrize(("verb", "method", "path", "body"), OPERATIONS)
def test_an_operation_asks_for_the_permission_of_its_verb(
    crm: Crm, verb: str, method: str, path: str, body: Any
) -> None:
    record_id = deal(crm)
    without = person(crm, "Without", denying(verb, "Deals"))
    others = " ".join({"View", "Create", "Edit", "Delete"} - {verb, "View"})
    only = person(crm, "Only", denying(others, "Deals"))

    refused = ask(crm, without, method, path, body, record_id)
    assert refused.problem == DENIED
    also = ["Crm_Implied_Tags_Deals"] if "tags" in path else []
    assert refused.json["details"] == {"permissions": [f"Crm_Implied_{verb}_Deals", *also]}
    assert ask(crm, only, method, path, body, record_id).status < 300


@FACT
def test_an_upsert_asks_for_what_each_row_needs(crm: Crm) -> None:
    record_id = deal(crm)
    rows = {"data": [{"id": record_id, "Deal_Name": "x"}, {"Deal_Name": "new", "Stage": "Qualification"}]}
    creates = person(crm, "Creates", denying("Edit", "Deals"))
    edits = person(crm, "Edits", denying("Create", "Deals"))
    neither = person(crm, "Neither", denying("Create Edit", "Deals"))

    assert crm.post("Deals/upsert", rows, token=creates).codes() == ["NO_PERMISSION", "SUCCESS"]
    rows["data"][1]["Deal_Name"] = "newer"
    assert crm.post("Deals/upsert", rows, token=edits).codes() == ["SUCCESS", "NO_PERMISSION"]
    assert crm.post("Deals/upsert", rows, token=neither).problem == DENIED


@FACT
def test_notes_have_permissions_of_their_own(crm: Crm) -> None:
    record_id = deal(crm)
    viewer = person(crm, "Viewer", denying("Create Edit Delete", "Notes"))
    note = {"data": [{"Note_Title": "t", "Note_Content": "c"}]}
    note_id = crm.post(f"Deals/{record_id}/Notes", note).details()["id"]

    assert crm.get(f"Deals/{record_id}/Notes", {"fields": "Note_Title"}, token=viewer).status == 200
    assert crm.post(f"Deals/{record_id}/Notes", note, token=viewer).problem == DENIED
    assert crm.put(f"Deals/{record_id}/Notes/{note_id}", note, token=viewer).problem == DENIED
    assert crm.delete(f"Deals/{record_id}/Notes/{note_id}", token=viewer).problem == DENIED


@pytest.mark.source("assumed: what a profile hides is as if it were not there, and what it may only read is ignored")
def test_a_hidden_field_is_neither_shown_nor_asked_for(crm: Crm) -> None:
    record_id = deal(crm, Description="secret", Next_Step="seen")
    token = person(crm, "Blind", fields={"Deals.Description": "hidden", "Deals.Next_Step": "read_only"})

    (shown,) = crm.get(f"Deals/{record_id}", token=token).json["data"]
    assert "Description" not in shown
    assert shown["Next_Step"] == "seen"
    (listed,) = crm.get("Deals", {"fields": "Description,Next_Step"}, token=token).json["data"]
    assert listed.keys() == {"id", "Next_Step"}
    assert crm.get("Deals", {"sort_by": "Description"}, version="v2", token=token).problem[1] == "INVALID_DATA"
    asked = {"criteria": "(Description:starts_with:secret)"}
    assert crm.get("Deals/search", asked, token=token).problem == (400, "INVALID_QUERY")
    assert crm.get("Deals/search", {"word": "secret"}, token=token).status == 204
    assert crm.get("Deals/search", {"word": "secret"}).status == 200
    for query in (
        "select Description from Deals where id is not null",
        "select id from Deals where Description = 'secret'",
        "select id from Deals where id is not null order by Description",
    ):
        assert crm.post("coql", {"select_query": query}, token=token).problem == (400, "INVALID_QUERY")
    written = {"data": [{"Description": "mine", "Next_Step": "mine", "Deal_Name": "mine"}]}
    assert crm.put(f"Deals/{record_id}", written, token=token).codes() == ["SUCCESS"]
    (after,) = crm.get(f"Deals/{record_id}").json["data"]
    assert (after["Description"], after["Next_Step"], after["Deal_Name"]) == ("secret", "seen", "mine")


def through_lookup(crm: Crm) -> Iterator[tuple[str, str, Any]]:
    yield "GET", "Contacts/search?criteria=(Account_Name.Industry:equals:Banking)", None
    query = "select id from Contacts where Account_Name.Industry = 'Banking'"
    yield "POST", "coql", {"select_query": query}


@pytest.mark.source("reference: platform A.9: COQL needs READ on every module touched; search likewise")
def test_what_reads_through_a_lookup_needs_the_right_to_what_it_reads(crm: Crm) -> None:
    account = made(crm, "Accounts", Account_Name="Bank", Industry="Banking")
    made(crm, "Contacts", Last_Name="C", Account_Name={"id": account})
    modules = "ZohoCRM.modules.contacts.READ", "ZohoCRM.coql.READ", "ZohoSearch.securesearch.READ"
    unscoped = crm.token(*modules)
    blind = person(crm, "Blind", denying("View", "Accounts"))

    for method, path, body in through_lookup(crm):
        assert ask(crm, crm.access_token, method, path, body, "").status == 200
        assert ask(crm, unscoped, method, path, body, "").problem == (401, "OAUTH_SCOPE_MISMATCH")
        refused = ask(crm, blind, method, path, body, "")
        assert refused.problem == DENIED
        assert refused.json["details"] == {"permissions": ["Crm_Implied_View_Accounts"]}
    (shown,) = crm.get("Contacts", {"fields": "Account_Name"}, token=blind).json["data"]
    assert shown["Account_Name"] == {"name": None, "id": account}


def private(crm: Crm, *modules: str, word: str = "private") -> None:
    assert crm.control("PUT", "data_sharing", {"data_sharing": dict.fromkeys(modules, word)}).status == 200


@pytest.mark.source("reference: platform F.2: superiors see their subordinates' records")
def test_private_records_are_seen_by_their_owner_and_his_superiors(crm_on: Crm) -> None:
    crm = crm_on
    private(crm, "Deals", "Contacts")
    manager = crm.store.read_now(lambda unit: unit.documents("role")[1].id)
    below = add_role(crm, "Seller", manager)
    boss = person(crm, "Boss", role=manager)
    one, two = (person(crm, name, role=below) for name in ("One", "Two"))
    mine = deal(crm, one)
    his = deal(crm, two)

    def listed(token: str) -> set[str]:
        reply = crm.get("Deals", {"fields": "Deal_Name"}, token=token)
        return {each["id"] for each in reply.json["data"]} if reply.status == 200 else set()

    assert listed(one) == {mine}
    assert listed(two) == {his}
    assert listed(boss) == listed(crm.access_token) == {mine, his}
    count = crm.get("Deals/actions/count", token=one).json["count"]
    assert count == 1
    query = {"select_query": "select COUNT(id) from Deals where id is not null"}
    assert crm.post("coql", query, token=one).json["data"] == [{"COUNT(id)": 1}]
    assert crm.get("Deals/search", {"criteria": "(Deal_Name:equals:D)"}, token=one).json["info"]["count"] == 1
    assert crm.get(f"Deals/{his}", token=one).problem == DENIED
    assert crm.get(f"Deals/{his}/Notes", {"fields": "Note_Title"}, token=one).problem == DENIED
    rows = {"data": [{"id": his, "Deal_Name": "x"}, {"id": mine, "Deal_Name": "x"}]}
    assert crm.put("Deals", rows, token=one).codes() == ["NO_PERMISSION", "SUCCESS"]
    tags = {"tags": [{"name": "x"}], "ids": [his, mine]}
    assert crm.post("Deals/actions/add_tags", tags, token=one).codes() == ["NO_PERMISSION", "SUCCESS"]
    assert crm.delete("Deals", {"ids": f"{his},{mine}"}, token=one).codes() == ["NO_PERMISSION", "SUCCESS"]
    crm.delete(f"Deals/{his}")
    gone = crm.get("Deals/deleted", token=one).json["data"]
    assert [each["id"] for each in gone] == [mine]


@pytest.mark.source("assumed: a row that reads through a lookup to a record that may not be seen is not found")
def test_a_private_record_is_not_found_out_through_a_lookup(crm_on: Crm) -> None:
    crm = crm_on
    private(crm, "Accounts")
    manager = crm.store.read_now(lambda unit: unit.documents("role")[1].id)
    token = person(crm, "One", role=add_role(crm, "Seller", manager))
    hidden = made(crm, "Accounts", Account_Name="Bank", Industry="Banking")
    open_ = made(crm, "Accounts", token, Account_Name="Own", Industry="Banking")
    made(crm, "Contacts", Last_Name="Hidden", Account_Name={"id": hidden})
    made(crm, "Contacts", Last_Name="Open", Account_Name={"id": open_})

    for method, path, body in through_lookup(crm):
        assert len(ask(crm, crm.access_token, method, path, body, "").json["data"]) == 2
        assert len(ask(crm, token, method, path, body, "").json["data"]) == 1
    row = {"data": [{"Last_Name": "x", "Account_Name": {"id": hidden}}]}
    assert crm.post("Contacts", row, token=token).codes() == ["INVALID_DATA"]


@pytest.mark.source("reference: platform B.10, $editable")
def test_the_keys_of_a_record_say_what_its_reader_may_do(crm: Crm) -> None:
    private(crm, "Leads", word="public_read_only")
    record_id = deal(crm)
    lead = made(crm, "Leads", Last_Name="L", Company="C")
    viewer = person(crm, "Viewer", denying("Create Edit Delete", "Deals"))

    def keys(module: str, number: str, token: str) -> tuple[Any, Any]:
        (shown,) = crm.get(f"{module}/{number}", token=token).json["data"]
        return shown["$editable"], shown["$sharing_permission"]

    assert keys("Deals", record_id, crm.access_token) == (True, "full_access")
    assert keys("Deals", record_id, viewer) == (False, "read_only")
    assert keys("Leads", lead, viewer) == (False, "read_only")
    own = made(crm, "Leads", viewer, Last_Name="L", Company="C")
    assert keys("Leads", own, viewer) == (True, "full_access")


#: Operations of the server's own API, each with a body.
CONTROL = [
    ("GET", "clock", None),
    ("POST", "clock", {"advance": {"hours": 1}}),
    ("GET", "queue", None),
    ("GET", "audit", None),
    ("GET", "outbox", None),
    ("GET", "outbox/1", None),
    ("GET", "rules?module=Deals", None),
    ("GET", "data_sharing", None),
    ("PUT", "data_sharing", {"data_sharing": {}}),
    ("POST", "users/{user}/confirm", None),
    ("POST", "email_templates", {"email_templates": [{}]}),
]


@pytest.mark.source("assumed: the server's own API")
@pytest.mark.parametrize(("method", "path", "body"), CONTROL)
def test_control_operations_are_for_administrators(crm: Crm, method: str, path: str, body: Any) -> None:
    token = person(crm, "Standard")
    path, _, query = path.replace("{user}", id_of_person(crm, "Standard")).partition("?")
    params = dict([query.split("=")]) if query else None

    assert crm.control(method, path, body, params, token=token).problem == DENIED


@pytest.mark.source("assumed: the server's own API")
def test_a_trace_is_for_whoever_may_read_the_record(crm: Crm) -> None:
    record_id = deal(crm, Description="secret")
    reader = person(crm, "Reader", fields={"Deals.Description": "hidden"})
    blind = person(crm, "Blind", denying("View", "Deals"))
    unscoped = crm.token("Kaizen.control.READ")
    path = f"records/Deals/{record_id}/trace"

    changed = crm.control("GET", path, token=reader).json["trace"][0]["changed"]
    assert "Deal_Name" in changed
    assert "Description" not in changed
    assert "Description" in crm.control("GET", path).json["trace"][0]["changed"]
    assert crm.control("GET", path, token=blind).problem == DENIED
    assert crm.control("GET", path, token=unscoped).problem == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.source("reference: platform E.2, profiles of a field")
def test_a_field_is_kept_from_a_profile_by_its_metadata(crm: Crm) -> None:
    token = person(crm, "Seller")
    record_id = deal(crm, Next_Step="secret")
    fields = crm.get("settings/fields", {"module": "Deals"}).json["fields"]
    field = next(each for each in fields if each["api_name"] == "Next_Step")
    profile = next(each for each in field["profiles"] if each["name"] == "Seller")
    assert profile["permission_type"] == "read_write"

    row = {"fields": [{"profiles": [{"id": profile["id"], "permission_type": "hidden"}]}]}
    reply = crm.crm("PATCH", f"settings/fields/{field['id']}", row, {"module": "Deals"})
    assert reply.codes("fields") == ["SUCCESS"]
    assert "Next_Step" not in crm.get(f"Deals/{record_id}", token=token).json["data"][0]
    (shown,) = crm.get(f"settings/fields/{field['id']}", {"module": "Deals"}).json["fields"]
    assert {each["name"]: each["permission_type"] for each in shown["profiles"]}["Seller"] == "hidden"
    administrator = next(each["id"] for each in field["profiles"] if each["name"] == "Administrator")
    row = {"fields": [{"profiles": [{"id": administrator, "permission_type": "hidden"}]}]}
    reply = crm.crm("PATCH", f"settings/fields/{field['id']}", row, {"module": "Deals"})
    assert reply.codes("fields") == ["NOT_ALLOWED"]


@pytest.mark.source("assumed: metadata names the profiles there are")
def test_a_new_profile_is_named_by_metadata_at_once(crm: Crm) -> None:
    def named() -> set[str]:
        (module,) = crm.get("settings/modules/Deals").json["modules"]
        return {each["name"] for each in module["profiles"]}

    assert "Late" not in named()
    person(crm, "Late")
    assert "Late" in named()
