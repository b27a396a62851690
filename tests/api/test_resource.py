"""What every declared settings resource does, whatever it keeps."""

from dataclasses import replace
from typing import Any

import pytest

from kaizen.model.document import Document
from kaizen.model.problem import Problem
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.http.singleton import Singleton
from kaizen.server.http.table import RouteTable
from kaizen.vocabulary.codes import Code
from tests.support.server import Crm

WHERE = {"api_name": "name", "json_path": "$.flags[0].name"}


def parse(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    """Read a flag: it has a name."""
    name = row.values.get("name", row.old.name if row.old else None)
    if not isinstance(name, str):
        return Problem(Code.INVALID_DATA, (row.path / "name").position)
    return ParsedDocument(name, {"colour": row.values.get("colour")})


def dump(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Any]:
    """Show a flag."""
    return {"id": str(document.id), "name": document.name, **(dict(document.body) if whole else {})}


def may_delete(uow: UnitOfWork, call: Call, document: Document) -> Problem | None:
    """Keep the white flag."""
    return Problem(Code.NOT_ALLOWED, message="the white flag stays") if document.name == "white" else None


FLAGS = Resource(
    path="settings/flags",
    envelope="flags",
    scope="ZohoCRM.settings.flags",
    kind="flag",
    parse=parse,
    dump=dump,
    messages=Messages("flag created", "flag updated", "flag deleted", "flags deleted"),
    rows_per_call=3,
    ids_per_call=3,
    may_delete=may_delete,
)
MAST = Singleton(
    path="settings/mast",
    envelope="mast",
    scope="ZohoCRM.settings.mast",
    kind="mast",
    parse=parse,
    dump=dump,
    saved_message="mast saved",
)


@pytest.fixture
def flags(crm_on: Crm) -> Crm:
    """A server that keeps flags and a mast."""
    app = crm_on.server.app
    app.crm = replace(app.crm, table=RouteTable([*FLAGS.routes(), *MAST.routes()]))
    return crm_on


def create(crm: Crm, *names: str) -> list[str]:
    """Create flags and return their ids."""
    reply = crm.post("settings/flags", {"flags": [{"name": name, "colour": "red"} for name in names]})
    assert reply.status == 201, reply.content
    return [row["details"]["id"] for row in reply.json["flags"]]


@pytest.mark.source("reference: platform B.5, B.6")
def test_the_life_of_a_setting(flags: Crm) -> None:
    assert flags.get("settings/flags").status == 204
    first, second = create(flags, "black", "blue")

    listed = flags.get("settings/flags").json
    assert listed == {
        "flags": [{"id": first, "name": "black"}, {"id": second, "name": "blue"}],
        "info": {"per_page": 200, "count": 2, "page": 1, "more_records": False},
    }
    assert flags.get(f"settings/flags/{first}").json == {"flags": [{"id": first, "name": "black", "colour": "red"}]}

    updated = flags.put(f"settings/flags/{first}", {"flags": [{"name": "grey", "id": "77"}]})
    assert updated.json == {
        "flags": [{"code": "SUCCESS", "details": {"id": first}, "message": "flag updated", "status": "success"}]
    }
    many = flags.put("settings/flags", {"flags": [{"id": second, "name": "teal"}, {"id": int(first), "name": "pink"}]})
    assert (many.status, many.codes("flags")) == (200, ["SUCCESS", "SUCCESS"])
    assert [row["name"] for row in flags.get("settings/flags").json["flags"]] == ["pink", "teal"]

    assert flags.delete(f"settings/flags/{first}").json["flags"][0]["message"] == "flag deleted"
    assert flags.delete("settings/flags", {"ids": f"{second},"}).json["flags"][0]["message"] == "flags deleted"
    assert flags.get("settings/flags").status == 204


@pytest.mark.source("reference: platform B.6")
def test_a_bad_element_does_not_stop_its_neighbours(flags: Crm) -> None:
    reply = flags.post("settings/flags", {"flags": [{"name": 5}, {"name": "black"}, "x"]})

    assert (reply.status, reply.codes("flags")) == (207, ["INVALID_DATA", "SUCCESS", "INVALID_DATA"])
    assert reply.details("flags", 0) == WHERE
    assert reply.details("flags", 2) == {
        "expected_data_type": "jsonobject",
        "api_name": "flags",
        "json_path": "$.flags[2]",
    }
    assert flags.post("settings/flags", {"flags": [{}]}).status == 400
    old = flags.post("settings/flags", {"flags": [{}]}, version="v2")
    assert (old.status, old.details("flags")) == (202, {"api_name": "name"})


@pytest.mark.source("reference: automation F.3, F.4")
def test_what_cannot_be_found(flags: Crm) -> None:
    (kept,) = create(flags, "black")
    unknown = {"code": "INVALID_DATA", "details": {"resource_path_index": 2}, "status": "error"}
    message = {"message": "the id given seems to be invalid"}

    assert flags.get("settings/flags/77").status == 204
    assert flags.get("settings/flags/x").json == {**unknown, **message}
    assert flags.put("settings/flags/77", {"flags": [{"name": "b"}]}).json == {**unknown, **message}
    assert flags.delete("settings/flags/77").json == {**unknown, **message}
    mixed = flags.delete("settings/flags", {"ids": f"77,{kept},x"})
    assert (mixed.status, mixed.codes("flags")) == (207, ["INVALID_DATA", "SUCCESS", "INVALID_DATA"])
    assert [mixed.details("flags", i) for i in range(3)] == [{"id": "77"}, {"id": kept}, {"id": "x"}]


@pytest.mark.source("reference: automation F.3, F.4")
@pytest.mark.parametrize(
    ("params", "code", "details"),
    [
        ({}, "REQUIRED_PARAM_MISSING", {"param_name": "ids"}),
        ({"ids": ","}, "REQUIRED_PARAM_MISSING", {"param_name": "ids"}),
        ({"ids": "1,2,3,4"}, "INVALID_DATA", {"maximum_length": 3, "param_name": "ids"}),
    ],
)
def test_which_to_delete_must_be_said(params: dict[str, str], code: str, details: object, crm: Crm) -> None:
    crm.server.app.crm = replace(crm.server.app.crm, table=RouteTable(FLAGS.routes()))

    reply = crm.delete("settings/flags", params)

    assert (reply.problem, reply.json["details"]) == ((400, code), details)


@pytest.mark.source("reference: automation F.3")
def test_an_update_of_many_needs_ids(flags: Crm) -> None:
    reply = flags.put("settings/flags", {"flags": [{"name": "a"}, {"id": "77"}, {"id": True}]})

    assert reply.codes("flags") == ["MANDATORY_NOT_FOUND", "INVALID_DATA", "INVALID_DATA"]
    assert reply.details("flags", 1) == {"api_name": "id", "json_path": "$.flags[1].id"}


@pytest.mark.source("reference: automation F.5")
def test_what_is_in_use_stays(flags: Crm) -> None:
    (white,) = create(flags, "white")

    one = flags.delete(f"settings/flags/{white}")
    many = flags.delete("settings/flags", {"ids": white})

    assert (one.problem, one.json["details"]) == ((400, "NOT_ALLOWED"), {"resource_path_index": 2})
    assert (many.status, many.codes("flags"), many.details("flags")) == (400, ["NOT_ALLOWED"], {"id": white})
    assert flags.get(f"settings/flags/{white}").status == 200


@pytest.mark.source("reference: platform B.2")
def test_nothing_new_is_told_without_a_body(flags: Crm) -> None:
    (kept,) = create(flags, "black")

    for path in ("settings/flags", f"settings/flags/{kept}"):
        now, before = "2026-01-05T10:00:00+01:00", "2026-01-05T08:59:59Z"
        assert flags.get(path, headers={"If-Modified-Since": now}).status == 304
        assert flags.get(path, headers={"If-Modified-Since": before}).status == 200
        assert flags.get(path, headers={"If-Modified-Since": "Mon, 05 Jan 2026 09:00:00 GMT"}).status == 304
        assert flags.get(path, headers={"If-Modified-Since": "lately"}).problem == (400, "INVALID_DATA")


@pytest.mark.source("reference: platform B.7")
def test_a_list_of_settings_has_pages(flags: Crm) -> None:
    create(flags, "a", "b", "c")

    page = flags.get("settings/flags", {"page": 2, "per_page": 2}).json

    assert [row["name"] for row in page["flags"]] == ["c"]
    assert page["info"] == {"per_page": 2, "count": 1, "page": 2, "more_records": False}
    assert flags.get("settings/flags", {"page": 9}).status == 204


@pytest.mark.source("reference: platform F.4")
def test_a_single_document(flags: Crm) -> None:
    assert flags.get("settings/mast").status == 204

    assert flags.post("settings/mast", {"mast": {"name": "oak"}}).json["mast"]["message"] == "mast saved"
    assert flags.put("settings/mast", {"mast": {"colour": "brown"}}).status == 200

    assert flags.get("settings/mast").json["mast"] | {"id": ""} == {"id": "", "name": "oak", "colour": "brown"}
    bad = flags.put("settings/mast", {"mast": {"name": 5}})
    assert (bad.status, bad.json["mast"]["details"]["json_path"]) == (400, "$.mast.name")
    assert flags.put("settings/mast", {"mast": []}).json["details"]["expected_data_type"] == "jsonobject"
    assert flags.put("settings/mast", {}).problem == (400, "MANDATORY_NOT_FOUND")
