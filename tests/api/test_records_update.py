"""PUT and DELETE: partial updates, refusals, subforms, parents, the recycle bin."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.server import Crm


def lead(crm: Crm, **values: Any) -> str:
    """Make a lead and return its id."""
    found: str = crm.post("Leads", {"data": [{"Last_Name": "Lovelace", **values}]}).details()["id"]
    return found


def read(crm: Crm, module: str, record_id: str, *names: str, version: str = "v8") -> dict[str, Any]:
    """Read a record, or some of its fields."""
    (record,) = crm.get(f"{module}/{record_id}", version=version).json["data"]
    return {name: record[name] for name in names} if names else record


@pytest.mark.source("reference: platform C.3")
def test_what_is_not_mentioned_stays(crm_on: Crm) -> None:
    made = lead(crm_on, Company="ABC", Rating="Active")
    crm_on.advance(hours=2)

    reply = crm_on.put("Leads", {"data": [{"id": made, "Rating": None, "First_Name": "Ada"}]})

    assert (reply.status, reply.json["data"][0]["message"]) == (200, "record updated")
    assert reply.details()["Created_Time"] == "2026-01-05T09:00:00+00:00"
    assert reply.details()["Modified_Time"] == "2026-01-05T11:00:00+00:00"
    shown = read(crm_on, "Leads", made, "Company", "Rating", "Full_Name", "Modified_Time")
    assert shown == {
        "Company": "ABC",
        "Rating": None,
        "Full_Name": "Ada Lovelace",
        "Modified_Time": "2026-01-05T11:00:00+00:00",
    }


@pytest.mark.source("assumed: an update without a difference succeeds and counts as modified")
def test_the_same_values_again_are_an_update(crm: Crm) -> None:
    made = lead(crm, Company="ABC")
    crm.advance(minutes=5)

    assert crm.put(f"Leads/{made}", {"data": [{"Company": "ABC"}]}).codes() == ["SUCCESS"]
    assert read(crm, "Leads", made, "Modified_Time")["Modified_Time"] == "2026-01-05T09:05:00+00:00"


@pytest.mark.source("reference: platform B.10: an answer can be sent back as a request")
@pytest.mark.parametrize("version", ["v2", "v8"])
@pytest.mark.parametrize(
    ("module", "row"),
    [
        ("Leads", {"Last_Name": "L", "Tag": [{"name": "hot"}], "Email": "a@b.co"}),
        ("Deals", {"Deal_Name": "D", "Stage": "Qualification", "Amount": 10.5}),
        ("Tasks", {"Subject": "S", "Due_Date": "2026-02-01"}),
    ],
)
def test_a_record_can_be_sent_back_whole(crm: Crm, module: str, row: dict[str, Any], version: str) -> None:
    made = crm.post(module, {"data": [row]}).details()["id"]
    before = read(crm, module, made, version=version)

    assert crm.put(module, {"data": [before]}, version=version).codes() == ["SUCCESS"]
    assert read(crm, module, made, version=version) == before


@dataclass(frozen=True)
class Refused:
    name: str
    row: dict[str, Any]
    code: str
    details: dict[str, Any]
    message: str | None = None
    version: str = "v8"


REFUSED = [
    Refused("no id", {"Company": "x"}, "MANDATORY_NOT_FOUND", {"api_name": "id", "json_path": "$.data[0].id"}),
    Refused(
        "an id that nothing has",
        {"id": "4876876000000000001"},
        "INVALID_DATA",
        {"id": "4876876000000000001", "api_name": "id", "json_path": "$.data[0].id"},
        "the id given seems to be invalid",
    ),
    Refused(
        "an id that nothing has, in v2",
        {"id": "4876876000000000001"},
        "INVALID_DATA",
        {"id": "4876876000000000001", "api_name": "id"},
        "the id given seems to be invalid",
        version="v2",
    ),
    Refused(
        "an id that is none",
        {"id": "abc"},
        "INVALID_DATA",
        {"id": "abc", "api_name": "id", "json_path": "$.data[0].id"},
        "the id given seems to be invalid",
    ),
    Refused(
        "a mandatory field emptied",
        {"id": "$", "Last_Name": ""},
        "MANDATORY_NOT_FOUND",
        {"api_name": "Last_Name", "json_path": "$.data[0].Last_Name", "id": "$"},
        "required field not found",
    ),
    Refused(
        "a wrong type",
        {"id": "$", "Email": 5},
        "INVALID_DATA",
        {"expected_data_type": "email", "api_name": "Email", "json_path": "$.data[0].Email"},
    ),
]


@pytest.mark.source("reference: platform C.2, C.3")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_an_update_is_refused(case: Refused, crm: Crm) -> None:
    made = lead(crm)
    row = {name: made if value == "$" else value for name, value in case.row.items()}
    details = {name: made if value == "$" else value for name, value in case.details.items()}

    reply = crm.put("Leads", {"data": [row]}, version=case.version)

    (element,) = reply.json["data"]
    assert (element["code"], element["details"]) == (case.code, details)
    assert case.message in (None, element["message"])
    assert reply.status == (202 if case.version == "v2" else 400)


@pytest.mark.source("reference: platform C.3; docs: updateRecord examples")
def test_the_id_of_the_path_is_meant(crm: Crm) -> None:
    made, other = lead(crm), lead(crm)

    one = crm.put(f"Leads/{made}", {"data": [{"id": other, "Company": "ABC"}]})
    unknown = crm.put("Leads/4876876000000000001", {"data": [{"Company": "ABC"}]})
    letters = crm.put("Leads/abc", {"data": [{"Company": "ABC"}]})

    assert one.details()["id"] == made
    for reply in (unknown, letters):
        (element,) = reply.json["data"]
        assert (reply.status, element["code"]) == (400, "INVALID_DATA")
        assert element["details"] == {"resource_path_index": 1}
        assert element["message"] == "the id given seems to be invalid"


@pytest.mark.source("assumed: two rows of one call may name one record; the second sees what the first wrote")
def test_a_record_can_be_named_twice(crm: Crm) -> None:
    made = lead(crm)

    rows = [{"id": made, "First_Name": "Ada"}, {"id": made, "Last_Name": "King"}]
    reply = crm.put("Leads", {"data": rows})

    assert reply.codes() == ["SUCCESS", "SUCCESS"]
    assert read(crm, "Leads", made, "Full_Name")["Full_Name"] == "Ada King"


@pytest.mark.source("reference: platform B.2, C.3, G.4")
def test_a_record_changed_meanwhile_is_left_alone(crm: Crm) -> None:
    old, new = lead(crm), ""
    crm.advance(hours=1)
    new = lead(crm)
    rows = {"data": [{"id": old, "Company": "ABC"}, {"id": new, "Company": "ABC"}]}

    some = crm.put("Leads", rows, headers={"If-Unmodified-Since": "2026-01-05T09:30:00+00:00"})
    every = crm.put(f"Leads/{new}", {"data": [{}]}, headers={"If-Unmodified-Since": "2026-01-05T09:30:00+00:00"})

    assert (some.status, some.codes()) == (207, ["SUCCESS", "ALREADY_MODIFIED"])
    assert (every.status, every.codes()) == (412, ["ALREADY_MODIFIED"])
    element = every.json["data"][0]
    assert element["message"] == "record updated time has already passed if-unmodified-since time"
    assert element["details"]["id"] == new
    assert element["details"]["Modified_Time"] == "2026-01-05T10:00:00+00:00"
    assert element["details"]["Modified_By"]["id"] == str(crm.user.id)


@pytest.mark.source("assumed: nobody is among their own ancestors")
def test_parents_in_a_circle_are_refused(crm_on: Crm) -> None:
    names = [{"Account_Name": name} for name in "abc"]
    a, b, c = (row["details"]["id"] for row in crm_on.post("Accounts", {"data": names}).json["data"])

    def parent(child: str, of: str | None) -> dict[str, Any]:
        return {"id": child, "Parent_Account": {"id": of} if of else None}

    itself = crm_on.put("Accounts", {"data": [parent(a, a)]})
    chain = crm_on.put("Accounts", {"data": [parent(b, a), parent(c, b)]})
    closed = crm_on.put("Accounts", {"data": [parent(a, c)]})
    in_one_call = crm_on.put("Accounts", {"data": [parent(b, None), parent(a, b), parent(b, c)]})
    upserted = crm_on.post("Accounts/upsert", {"data": [{"id": b, "Parent_Account": {"id": c}}]})

    where = {"api_name": "Parent_Account", "json_path": "$.data[0].Parent_Account"}
    assert (itself.codes(), itself.details()) == (["INVALID_DATA"], where)
    assert chain.codes() == ["SUCCESS", "SUCCESS"]
    assert closed.codes() == ["INVALID_DATA"]
    # b is free, a hangs on b, so b cannot hang on c, which still hangs on b.
    assert in_one_call.codes() == ["SUCCESS", "SUCCESS", "INVALID_DATA"]
    assert upserted.codes() == ["INVALID_DATA"]


@pytest.mark.source("reference: platform C.2")
def test_rows_of_a_subform_are_changed_one_by_one(crm_on: Crm) -> None:
    product = crm_on.post("Products", {"data": [{"Product_Name": "P", "Unit_Price": 10}]}).details()["id"]

    def line(**more: Any) -> dict[str, Any]:
        return {"Product_Name": {"id": product}, **more}

    rows = [line(Quantity=1), line(Quantity=2, List_Price=5)]
    quote = crm_on.post("Quotes", {"data": [{"Subject": "Q", "Quoted_Items": rows}]}).details()["id"]
    first, second = read(crm_on, "Quotes", quote)["Quoted_Items"]
    assert (first["Quantity"], first["List_Price"], second["Total"]) == (1, 10, 10)

    def put(items: Any) -> Any:
        return crm_on.put("Quotes", {"data": [{"id": quote, "Quoted_Items": items}]})

    changed = put([{"id": first["id"], "Quantity": 3}, line(Quantity=1, List_Price=1)])
    shown = read(crm_on, "Quotes", quote)
    assert changed.codes() == ["SUCCESS"]
    assert [(r["Quantity"], r["Net_Total"]) for r in shown["Quoted_Items"]] == [(3, 30), (2, 10), (1, 1)]
    assert [r["id"] for r in shown["Quoted_Items"]][:2] == [first["id"], second["id"]]
    assert (shown["Sub_Total"], shown["Grand_Total"]) == (41, 41)

    assert put([{"id": first["id"], "_delete": None}]).codes() == ["SUCCESS"]
    assert [r["Quantity"] for r in read(crm_on, "Quotes", quote)["Quoted_Items"]] == [2, 1]

    unknown = put([{"id": "77", "Quantity": 1}])
    assert unknown.details() == {"api_name": "id", "json_path": "$.data[0].Quoted_Items[0].id"}
    bare = put([line()])
    assert (bare.codes(), bare.details()["json_path"]) == (
        ["MANDATORY_NOT_FOUND"],
        "$.data[0].Quoted_Items[0].Quantity",
    )
    wrong = put([line(Quantity="1")])
    assert wrong.details()["json_path"] == "$.data[0].Quoted_Items[0].Quantity"
    lost = put([{"Product_Name": {"id": "77"}, "Quantity": 1}])
    assert lost.details() == {"api_name": "Product_Name", "json_path": "$.data[0].Quoted_Items[0].Product_Name"}
    assert put([]).codes() == ["MANDATORY_NOT_FOUND"]
    assert put([line(Quantity=1)] * 201).codes() == ["LIMIT_EXCEEDED"]
    assert [r["Quantity"] for r in read(crm_on, "Quotes", quote)["Quoted_Items"]] == [2, 1]


@pytest.mark.source("reference: platform C.5; docs: deleteRecords examples")
def test_records_are_deleted(crm_on: Crm) -> None:
    first, second, third = (lead(crm_on) for _ in range(3))

    reply = crm_on.delete("Leads", {"ids": f"{first},abc,{second},4876876000000000001,"})
    one = crm_on.delete(f"Leads/{third}")

    assert reply.status == 207
    assert reply.codes() == ["SUCCESS", "INVALID_DATA", "SUCCESS", "INVALID_DATA"]
    assert reply.json["data"][0] == {
        "code": "SUCCESS",
        "details": {"id": first},
        "message": "record deleted",
        "status": "success",
    }
    assert reply.json["data"][1] == {
        "code": "INVALID_DATA",
        "details": {"id": "abc"},
        "message": "either the request body or parameters is in wrong format",
        "status": "error",
    }
    assert reply.json["data"][3] == {
        "code": "INVALID_DATA",
        "details": {"id": "4876876000000000001"},
        "message": "record not deleted",
        "status": "error",
    }
    assert (one.status, one.codes()) == (200, ["SUCCESS"])
    assert crm_on.get(f"Leads/{first}").status == 204
    assert crm_on.get("Leads", {"fields": "id"}).status == 204


@pytest.mark.source("docs: deleteRecord examples")
@pytest.mark.parametrize(
    ("record_id", "message"),
    [
        ("4876876000000000001", "record not deleted"),
        ("abc", "either the request body or parameters is in wrong format"),
        ("9" * 30, "invalid record id"),
    ],
)
def test_a_record_that_is_not_there_is_not_deleted(crm: Crm, record_id: str, message: str) -> None:
    reply = crm.delete(f"Leads/{record_id}")

    assert reply.problem == (400, "INVALID_DATA")
    assert (reply.json["details"], reply.json["message"]) == ({"resource_path_index": 1}, message)


@pytest.mark.source("docs: createRecords examples; docs: updateRecord examples; docs: getDeletedRecords examples")
@pytest.mark.parametrize("version", ["v2.1", "v8"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "Nowhere"),
        ("PUT", "Nowhere"),
        ("PUT", "Nowhere/1"),
        ("POST", "Nowhere/upsert"),
        ("GET", "Nowhere/deleted"),
    ],
)
def test_an_unknown_module_is_refused_where_rows_are_expected(crm: Crm, method: str, path: str, version: str) -> None:
    reply = crm.crm(method, path, {"data": [{}]}, version=version)
    old = crm.crm(method, path, {"data": [{}]}, version="v2")

    (element,) = reply.json["data"]
    assert (reply.status, element["code"]) == (400, "INVALID_MODULE")
    assert element["details"] == {"resource_path_index": 0}
    assert old.problem == (400, "INVALID_MODULE")


@pytest.mark.source("docs: deleteRecords examples; docs: searchRecords examples; docs: getRecordCount examples")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "Nowhere"),
        ("GET", "Nowhere/1"),
        ("DELETE", "Nowhere"),
        ("DELETE", "Nowhere/1"),
        ("GET", "Nowhere/search"),
        ("GET", "Nowhere/actions/count"),
        ("GET", "Nowhere/1/Notes"),
    ],
)
def test_an_unknown_module_is_the_whole_answer_elsewhere(crm: Crm, method: str, path: str) -> None:
    reply = crm.crm(method, path)

    assert reply.problem == (400, "INVALID_MODULE")
    assert reply.json["details"] == {"resource_path_index": 0}


@pytest.mark.source("reference: platform C.5")
def test_a_deletion_says_which_records(crm: Crm) -> None:
    none = crm.delete("Leads")
    many = crm.delete("Leads", {"ids": ",".join(["1"] * 101)})

    assert none.problem == (400, "REQUIRED_PARAM_MISSING")
    assert (none.json["details"], none.json["message"]) == (
        {"param_name": "ids"},
        "One of the expected parameter is missing",
    )
    assert many.problem == (400, "INVALID_DATA")


@pytest.mark.source("reference: platform C.5")
def test_what_hangs_on_a_deleted_record_goes_or_becomes_empty(crm_on: Crm) -> None:
    account = crm_on.post("Accounts", {"data": [{"Account_Name": "A"}]}).details()["id"]
    note = crm_on.post(f"Accounts/{account}/Notes", {"data": [{"Note_Content": "n"}]}).details()["id"]
    contact = crm_on.post("Contacts", {"data": [{"Last_Name": "C", "Account_Name": {"id": account}}]}).details()["id"]

    crm_on.delete(f"Accounts/{account}")

    assert crm_on.get(f"Notes/{note}").status == 204
    assert read(crm_on, "Contacts", contact, "Account_Name") == {"Account_Name": None}


@pytest.mark.source("reference: platform C.7; docs: getDeletedRecords examples")
def test_the_recycle_bin_is_listed(crm_on: Crm) -> None:
    assert crm_on.get("Leads/deleted").status == 204
    first = lead(crm_on, First_Name="Ada")
    second = lead(crm_on)
    crm_on.delete(f"Leads/{first}")
    crm_on.advance(minutes=10)
    crm_on.delete(f"Leads/{second}")

    reply = crm_on.get("Leads/deleted", {"type": "all", "per_page": 1})
    since = crm_on.get("Leads/deleted", headers={"If-Modified-Since": "2026-01-05T09:05:00+00:00"})
    never = crm_on.get("Leads/deleted", headers={"If-Modified-Since": "2026-01-05T19:05:00+00:00"})

    me = {"name": crm_on.user.full_name, "id": str(crm_on.user.id)}
    assert reply.json["info"] == {"per_page": 1, "count": 1, "page": 1, "more_records": True}
    assert reply.json["data"] == [
        {
            "id": second,
            "display_name": "Lovelace",
            "type": "recycle",
            "deleted_by": me,
            "created_by": me,
            "deleted_time": "2026-01-05T09:10:00+00:00",
        }
    ]
    assert [row["id"] for row in crm_on.get("Leads/deleted").json["data"]] == [second, first]
    assert [row["id"] for row in since.json["data"]] == [second]
    assert never.status == 304
    assert crm_on.get("Leads/deleted", {"type": "permanent"}).status == 204


@pytest.mark.source("reference: platform C.7, G.3")
def test_an_unknown_kind_of_deletion_is_refused(crm: Crm) -> None:
    reply = crm.get("Leads/deleted", {"type": "burnt"})
    old = crm.get("Leads/deleted", {"type": "burnt"}, version="v2")

    assert (reply.status, reply.codes()) == (400, ["PATTERN_NOT_MATCHED"])
    assert old.problem == (400, "PATTERN_NOT_MATCHED")


@pytest.mark.source("reference: platform B.2, C.3: the path names one record")
@pytest.mark.parametrize("module", ["Leads", "Notes"])
def test_a_write_to_one_record_has_one_row(crm: Crm, module: str) -> None:
    made = lead(crm, Company="ABC")
    note = crm.post(f"Leads/{made}/Notes", {"data": [{"Note_Content": "n"}]}).details()["id"]
    paths = {"Leads": [f"Leads/{made}"], "Notes": [f"Notes/{note}", f"Leads/{made}/Notes/{note}"]}

    for path in paths[module]:
        reply = crm.put(path, {"data": [{"Company": "one", "Note_Content": "one"}, {"Last_Name": "two"}]})

        assert reply.problem == (400, "INVALID_DATA")
        assert reply.json["details"] == {"maximum_length": 1, "api_name": "data", "json_path": "$.data"}
    assert read(crm, "Leads", made, "Company", "Last_Name") == {"Company": "ABC", "Last_Name": "Lovelace"}
    assert read(crm, "Notes", note, "Note_Content") == {"Note_Content": "n"}


def colours(crm: Crm) -> None:
    """Give leads a multi-select field and a text field."""
    values = [{"display_value": name} for name in ("Red", "Green", "Blue")]
    many = {"field_label": "Colours", "data_type": "multiselectpicklist", "pick_list_values": values}
    crm.post("settings/fields", {"fields": [many, {"field_label": "Mine", "data_type": "text"}]}, {"module": "Leads"})


@pytest.mark.source("reference: platform C.2")
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_values_are_appended_when_asked_for(crm_on: Crm, version: str) -> None:
    colours(crm_on)
    key = {"Last_Name": "Lovelace", "Email": "ada@example.com"}

    def written(method: str, path: str, colours: Any, append: Any) -> Any:
        row = {**key, "Colours": colours, "Mine": "x", "$append_values": append}
        reply = crm_on.crm(method, path, {"data": [row]}, version=version)
        assert reply.codes() == ["SUCCESS"]
        return read(crm_on, "Leads", reply.details()["id"], "id", "Colours", "Mine", version=version)

    made = written("POST", "Leads", ["Red"], {"Colours": True})
    one, upserted = f"Leads/{made['id']}", "Leads/upsert"
    assert made["Colours"] == ["Red"]
    assert written("PUT", one, ["Green", "Red"], {"Colours": True, "Mine": True, "No_Such": True})["Colours"] == [
        "Red",
        "Green",
    ]
    assert written("POST", upserted, ["Blue"], {"Colours": True})["Colours"] == ["Red", "Green", "Blue"]
    assert written("PUT", one, None, {"Colours": True})["Colours"] == ["Red", "Green", "Blue"]
    assert written("POST", upserted, ["Blue"], {"Colours": False}) == {**made, "Colours": ["Blue"]}
    assert written("PUT", one, ["Red"], {})["Colours"] == ["Red"]
    assert written("PUT", one, ["Green"], None)["Colours"] == ["Green"]


@pytest.mark.source("assumed: a key that is understood is checked")
@pytest.mark.parametrize(
    ("append", "api_name", "wanted"),
    [(True, "$append_values", "jsonobject"), ({"Colours": "yes"}, "Colours", "boolean")],
)
def test_what_says_how_to_append_is_checked(crm: Crm, append: Any, api_name: str, wanted: str) -> None:
    colours(crm)
    made = lead(crm)

    reply = crm.put(f"Leads/{made}", {"data": [{"Colours": ["Red"], "$append_values": append}]})

    path = "$.data[0].$append_values" + ("" if api_name == "$append_values" else f".{api_name}")
    assert reply.codes() == ["INVALID_DATA"]
    assert reply.details() == {"expected_data_type": wanted, "api_name": api_name, "json_path": path}
