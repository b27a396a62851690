"""Notes: as records of their own, and as what hangs on a record."""

from typing import Any

import pytest

from tests.support.server import Crm

FIELDS = {"fields": "Note_Title,Note_Content,Parent_Id,$se_module"}


def account(crm: Crm, name: str = "Zylker") -> str:
    """Make an account and return its id."""
    found: str = crm.post("Accounts", {"data": [{"Account_Name": name}]}).details()["id"]
    return found


def notes(crm: Crm, parent: str, *texts: str) -> list[str]:
    """Hang notes on an account and return their ids."""
    reply = crm.post(f"Accounts/{parent}/Notes", {"data": [{"Note_Content": text} for text in texts]})
    return [row["details"]["id"] for row in reply.json["data"]]


@pytest.mark.source("reference: platform C.13")
def test_notes_hang_on_records(crm_on: Crm) -> None:
    parent, other = account(crm_on), account(crm_on, "Other")

    reply = crm_on.post(
        f"Accounts/{parent}/Notes", {"data": [{"Note_Title": "T", "Note_Content": "C"}, {"Note_Title": "x"}]}
    )
    notes(crm_on, parent, "second")
    notes(crm_on, other, "elsewhere")

    assert (reply.status, reply.codes()) == (207, ["SUCCESS", "MANDATORY_NOT_FOUND"])
    assert reply.json["data"][0]["message"] == "record added"
    listed = crm_on.get(f"Accounts/{parent}/Notes", FIELDS).json["data"]
    assert [row["Note_Content"] for row in listed] == ["C", "second"]
    module = crm_on.store.read_now(lambda unit: unit.catalog).by_name["Accounts"]
    assert listed[0]["Parent_Id"] == {
        "name": "Zylker",
        "id": parent,
        "module": {"api_name": "Accounts", "id": str(module.id)},
    }
    (old, _) = crm_on.get(f"Accounts/{parent}/Notes", version="v2").json["data"]
    assert (old["Parent_Id"], old["$se_module"]) == ({"name": "Zylker", "id": parent}, "Accounts")


@pytest.mark.source("reference: platform B.5, B.6")
def test_a_note_that_cannot_be_kept_is_a_refused_row(crm: Crm) -> None:
    parent = account(crm)
    rows = b'{"data": [{"Note_Content": "kept"}, {"Note_Content": "\\ud83d"}, {"Note_Content": "kept too"}]}'

    reply = crm.post(f"Accounts/{parent}/Notes", rows)
    made = reply.details()["id"].encode()
    changed = crm.put("Notes", b'{"data": [{"id": "%b", "Note_Title": "\\u0000"}, {"id": "1\\ud83d"}]}' % made)

    assert (reply.status, reply.codes()) == (207, ["SUCCESS", "INVALID_DATA", "SUCCESS"])
    assert reply.details(index=1)["json_path"] == "$.data[1].Note_Content"
    assert [changed.details(index=n)["json_path"] for n in range(2)] == ["$.data[0].Note_Title", "$.data[1].id"]


@pytest.mark.source("reference: platform C.13")
def test_notes_are_records_too(crm: Crm) -> None:
    parent = account(crm)
    module = {"api_name": "Accounts"}
    rows: list[dict[str, Any]] = [
        {"Note_Content": "inside", "Parent_Id": {"id": parent, "module": module}},
        {"Note_Content": "beside", "Parent_Id": {"id": parent}, "$se_module": "Accounts"},
        {"Note_Content": "no module", "Parent_Id": {"id": parent}},
        {"Note_Content": "no parent"},
        {"Note_Content": "wrong module", "Parent_Id": {"id": parent, "module": {"api_name": "Leads"}}},
    ]
    reply = crm.post("Notes", {"data": rows})
    old = {"Note_Content": "v2", "Parent_Id": parent, "se_module": "Accounts"}

    assert reply.codes() == [
        "SUCCESS",
        "SUCCESS",
        "DEPENDENT_FIELD_MISSING",
        "MANDATORY_NOT_FOUND",
        "INVALID_DATA",
    ]
    assert crm.post("Notes", {"data": [old]}, version="v2").codes() == ["SUCCESS"]
    assert [row["Note_Content"] for row in crm.get(f"Accounts/{parent}/Notes", FIELDS).json["data"]] == [
        "inside",
        "beside",
        "v2",
    ]


@pytest.mark.source("reference: platform C.13: only title and content are writable")
def test_a_note_stays_where_it_hangs(crm: Crm) -> None:
    parent, other = account(crm), account(crm, "Other")
    (note,) = notes(crm, parent, "text")

    row = {"id": note, "Note_Title": "new", "Parent_Id": {"id": other}, "$se_module": "Accounts"}
    assert crm.put("Notes", {"data": [row]}).codes() == ["SUCCESS"]

    (shown,) = crm.get(f"Accounts/{parent}/Notes/{note}").json["data"]
    assert (shown["Note_Title"], shown["Parent_Id"]["id"]) == ("new", parent)
    assert shown["Note_Content"] == "text"


@pytest.mark.source("reference: platform C.12, C.13")
def test_notes_are_reached_through_their_record_only(crm: Crm) -> None:
    parent, other = account(crm), account(crm, "Other")
    (mine,), (theirs,) = notes(crm, parent, "mine"), notes(crm, other, "theirs")
    change = {"data": [{"Note_Title": "t"}]}

    assert crm.get(f"Accounts/{parent}/Notes/{theirs}").status == 204
    assert crm.put(f"Accounts/{parent}/Notes/{theirs}", change).codes() == ["INVALID_DATA"]
    assert crm.put(f"Accounts/{parent}/Notes/{mine}", change).codes() == ["SUCCESS"]
    both = {"data": [{"id": mine, "Note_Title": "u"}, {"id": theirs, "Note_Title": "u"}]}
    assert crm.put(f"Accounts/{parent}/Notes", both).codes() == ["SUCCESS", "INVALID_DATA"]
    gone = crm.delete(f"Accounts/{parent}/Notes", {"ids": f"{mine},{theirs}"})
    assert (gone.status, gone.codes()) == (207, ["SUCCESS", "INVALID_DATA"])
    assert gone.json["data"][0]["message"] == "record deleted"
    assert crm.delete(f"Accounts/{other}/Notes/{theirs}").codes() == ["SUCCESS"]
    assert crm.get(f"Accounts/{other}/Notes", FIELDS).status == 204


@pytest.mark.source("reference: platform C.12, G.3")
def test_a_parent_that_does_not_exist_is_refused(crm: Crm) -> None:
    for method in ("GET", "POST"):
        reply = crm.crm(
            method, "Accounts/4876876000000000001/Notes", {"data": [{}]} if method == "POST" else None, FIELDS
        )
        assert reply.problem == (400, "INVALID_DATA")
        assert reply.json["message"] == "the related id given seems to be invalid"
    assert crm.get(f"Accounts/{account(crm)}/Notes").problem == (400, "REQUIRED_PARAM_MISSING")


@pytest.mark.source("reference: platform C.13: only administrators list all notes")
def test_all_notes_are_for_administrators(crm: Crm) -> None:
    notes(crm, account(crm), "n")
    standard = crm.get("settings/profiles").json["profiles"][1]["id"]
    role = crm.get("settings/roles").json["roles"][1]["id"]
    row = {"last_name": "Byron", "email": "ada@example.com", "role": role, "profile": standard}
    user_id = crm.post("users", {"users": [row]}).details("users")["id"]
    crm.control("POST", f"users/{user_id}/confirm")
    token = crm.token("ZohoCRM.modules.ALL", user_id=int(user_id))

    assert crm.get("Notes", FIELDS).status == 200
    assert crm.get("Notes", FIELDS, token=token).problem == (403, "NOT_SUPPORTED")


@pytest.mark.source("reference: endpoints.json, getNotes to deleteNotes")
def test_the_notes_of_a_record_need_the_scope_of_its_module(crm: Crm) -> None:
    parent = account(crm)
    (note,) = notes(crm, parent, "n")
    path, row = f"Accounts/{parent}/Notes", {"data": [{"Note_Content": "m"}]}
    reads = [("GET", path, None), ("GET", f"{path}/{note}", None)]
    writes = [("POST", path, row), ("PUT", f"{path}/{note}", row), ("DELETE", f"{path}/{note}", None)]

    def statuses(asked: list[tuple[str, str, Any]], *scopes: str) -> set[bool]:
        token = crm.token(*(f"ZohoCRM.modules.{scope}" for scope in scopes))
        replies = [crm.crm(method, to, body, FIELDS, token=token) for method, to, body in asked]
        return {reply.status == 401 for reply in replies}

    assert statuses(reads, "notes.ALL") == {True}
    assert statuses(reads, "accounts.READ") == {False}
    assert statuses(writes, "notes.ALL", "contacts.READ") == {True}
    assert statuses(writes, "accounts.ALL") == {True}
    assert statuses(writes, "notes.ALL", "accounts.READ") == {False}
