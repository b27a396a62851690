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
        f"Accounts/{parent}/Notes", {"data": [{"Note_Title": "T", "Note_Content": "C"}, {"Note_Title": "x"}, {}]}
    )
    notes(crm_on, parent, "second")
    notes(crm_on, other, "elsewhere")

    assert (reply.status, reply.codes()) == (207, ["SUCCESS", "SUCCESS", "EXPECTED_FIELD_MISSING"])
    assert reply.json["data"][0]["message"] == "record added"
    listed = crm_on.get(f"Accounts/{parent}/Notes", FIELDS).json["data"]
    assert [row["Note_Content"] for row in listed] == ["C", None, "second"]
    module = crm_on.store.read_now(lambda unit: unit.catalog).by_name["Accounts"]
    assert listed[0]["Parent_Id"] == {
        "name": "Zylker",
        "id": parent,
        "module": {"api_name": "Accounts", "id": str(module.id)},
    }
    (old, *_) = crm_on.get(f"Accounts/{parent}/Notes", version="v2").json["data"]
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


@pytest.mark.source(
    "docs: createNotes, updateBulkNotes, createNotesModule, updateNotesModule examples: partial success"
)
@pytest.mark.parametrize("path", ["Notes", "Accounts/{parent}/Notes"])
def test_a_note_has_a_content_or_a_title(path: str, crm: Crm) -> None:
    parent = account(crm)
    path = path.format(parent=parent)
    of = {"Parent_Id": {"id": parent, "module": {"api_name": "Accounts"}}}

    added = crm.post(path, {"data": [{**of, "Note_Title": "t"}, of, {**of, "Note_Content": "", "Note_Title": None}]})
    note = added.details()["id"]
    rows: list[dict[str, Any]] = [
        {"id": note, "Note_Content": "c", "Note_Title": None},
        {"id": note},
        {"id": note, "Note_Content": None},
        {"id": note, "Note_Title": "t", "Note_Content": None},
    ]
    changed = crm.put(path, {"data": rows})

    def refused(index: int) -> dict[str, Any]:
        places = [{"api_name": name, "json_path": f"$.data[{index}].{name}"} for name in ("Note_Content", "Note_Title")]
        return {
            "code": "EXPECTED_FIELD_MISSING",
            "details": {"expected_fields": places},
            "message": "should contain either content or title",
            "status": "error",
        }

    assert (added.status, added.codes()[:1], added.json["data"][1:]) == (207, ["SUCCESS"], [refused(1), refused(2)])
    assert changed.codes() == ["SUCCESS", "EXPECTED_FIELD_MISSING", "EXPECTED_FIELD_MISSING", "SUCCESS"]
    assert changed.json["data"][1:3] == [refused(1), refused(2)]


@pytest.mark.source("docs: createNotesModule operation: Note_Content, 65535 characters")
def test_a_note_may_be_long(crm_on: Crm) -> None:
    parent = account(crm_on)
    (note,) = notes(crm_on, parent, "x" * 65_535)

    reply = crm_on.post(f"Accounts/{parent}/Notes", {"data": [{"Note_Content": "x" * 65_536}]})

    assert reply.details()["maximum_length"] == 65_535
    (shown,) = crm_on.get(f"Notes/{note}").json["data"]
    assert len(shown["Note_Content"]) == 65_535


@pytest.mark.source("docs: createNotesModule operation: the limit of data")
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("path", ["Notes", "Accounts/{parent}/Notes"])
def test_a_call_takes_a_hundred_notes(method: str, path: str, crm: Crm) -> None:
    reply = crm.crm(method, path.format(parent=account(crm)), {"data": [{"Note_Content": "x"}] * 101})

    assert reply.problem == (400, "INVALID_DATA")
    assert reply.json["details"] == {"maximum_length": 100, "api_name": "data", "json_path": "$.data"}


@pytest.mark.source("docs: getNotesModule, getNotes examples: the order of notes, and their attachments")
@pytest.mark.parametrize("path", ["Notes", "Accounts/{parent}/Notes"])
def test_notes_are_listed_oldest_first_unless_asked(path: str, crm_on: Crm) -> None:
    parent = account(crm_on)
    path = path.format(parent=parent)
    made = notes(crm_on, parent, "first", "second")
    crm_on.advance(hours=1)
    made += notes(crm_on, parent, "third")
    crm_on.put("Notes", {"data": [{"id": made[0], "Note_Title": "changed"}]})
    crm_on.advance(hours=1)
    crm_on.put("Notes", {"data": [{"id": made[1], "Note_Title": "changed"}]})

    def listed(**params: str) -> list[str]:
        return [row["Note_Content"] for row in crm_on.get(path, {**FIELDS, **params}).json["data"]]

    reply = crm_on.get(path, {"fields": "Note_Content,$attachments"})
    assert listed() == ["first", "second", "third"]
    assert listed(sort_order="desc")[0] == "third"
    assert listed(sort_by="Modified_Time", sort_order="desc") == ["second", "first", "third"]
    assert listed(sort_by="id", sort_order="desc") == ["third", "second", "first"]
    assert crm_on.get(path, {**FIELDS, "sort_by": "Note_Title"}).problem == (400, "INVALID_DATA")
    sort_by = "Created_Time" if path == "Notes" else "id"
    assert (reply.json["info"]["sort_by"], reply.json["info"]["sort_order"]) == (sort_by, "asc")
    assert {row["$attachments"] for row in reply.json["data"]} == {None}


@pytest.mark.source("docs: getNotes operation: perPage")
def test_a_page_of_notes_has_the_size_that_was_asked_for(crm: Crm) -> None:
    parent = account(crm)
    notes(crm, parent, *"abc")

    def page(**params: object) -> tuple[list[str], int]:
        found = crm.get(f"Accounts/{parent}/Notes", {**FIELDS, **params}).json
        return [row["Note_Content"] for row in found["data"]], found["info"]["per_page"]

    assert page(perPage=2, page=2) == (["c"], 2)
    assert page(perPage=2, per_page=1) == (["a"], 1)
    assert crm.get(f"Accounts/{parent}/Notes", {**FIELDS, "perPage": "x"}).problem == (400, "INVALID_DATA")


@pytest.mark.source("reference: platform C.5: the notes of a record go with it")
def test_all_notes_of_a_deleted_record_go(crm_on: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kaizen.records.pipeline.NOTES_AT_ONCE", 2)
    parent, other = account(crm_on), account(crm_on, "Other")
    notes(crm_on, parent, *"abcde")
    notes(crm_on, other, "stays")

    assert crm_on.delete(f"Accounts/{parent}").codes() == ["SUCCESS"]

    assert [row["Note_Content"] for row in crm_on.get("Notes", FIELDS).json["data"]] == ["stays"]


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
    alone = crm.put(f"Accounts/{parent}/Notes/{theirs}", change)
    assert (alone.codes(), alone.details()) == (["INVALID_DATA"], {"resource_path_index": 3})
    assert crm.put(f"Accounts/{parent}/Notes/{mine}", change).codes() == ["SUCCESS"]
    both = {"data": [{"id": mine, "Note_Title": "u"}, {"id": theirs, "Note_Title": "u"}]}
    several = crm.put(f"Accounts/{parent}/Notes", both)
    assert several.codes() == ["SUCCESS", "INVALID_DATA"]
    assert several.details(index=1) == {"id": theirs, "api_name": "id", "json_path": "$.data[1].id"}
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


@pytest.mark.source("docs: createNotes, getNotes, getNotesModule, createNotesModule examples: 401")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["Notes", "Accounts/{parent}/Notes"])
def test_a_token_without_the_scopes_of_notes(path: str, method: str, crm: Crm) -> None:
    path, token = path.format(parent=account(crm)), crm.token("ZohoCRM.modules.leads.ALL")
    body = {"data": [{"Note_Title": "t"}]} if method == "POST" else None

    refused, of_others = crm.crm(method, path, body, FIELDS, token=token), crm.get("Accounts", token=token)

    assert refused.problem == of_others.problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert refused.json["message"] == "invalid oauth scope to access this URL"
    assert of_others.json["message"] == "Unauthorized"


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
