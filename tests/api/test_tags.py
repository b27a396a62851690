"""settings/tags: the tags of a module, what they are given to, and who gives them."""

from typing import Any

import pytest

from tests.support.rights import person
from tests.support.server import Crm

LEADS = {"module": "Leads"}


def make(crm: Crm, *names: str, module: str = "Leads") -> list[str]:
    reply = crm.post("settings/tags", {"tags": [{"name": name} for name in names]}, {"module": module})
    assert reply.status == 201, reply.content
    return [row["details"]["id"] for row in reply.json["tags"]]


def tags(crm: Crm, version: str = "v8", **params: object) -> list[dict[str, Any]]:
    reply = crm.get("settings/tags", {**LEADS, **params}, version=version)
    found: list[dict[str, Any]] = [] if reply.status == 204 else reply.json["tags"]
    return found


def lead(crm: Crm, *tagged: str) -> str:
    row = {"Last_Name": "Ada", "Company": "Zylker", "Tag": [{"name": name} for name in tagged]}
    reply = crm.post("Leads", {"data": [row]})
    assert reply.status == 201, reply.content
    return str(reply.details()["id"])


def tags_of(crm: Crm, lead_id: str) -> list[str]:
    (record,) = crm.get(f"Leads/{lead_id}").json["data"]
    return [tag["name"] for tag in record["Tag"]]


@pytest.mark.source("reference: platform E.8")
def test_tags_are_made(crm: Crm) -> None:
    reply = crm.post("settings/tags", {"tags": [{"name": "VIP", "color_code": "#F17574"}, {"name": "New"}]}, LEADS)

    assert reply.status == 201
    assert [row["message"] for row in reply.json["tags"]] == ["tags created successfully"] * 2
    details = reply.details("tags")
    assert details["created_by"]["id"] == details["modified_by"]["id"] == str(crm.user.id)
    assert details["created_time"] == "2026-01-05T09:00:00+00:00"
    listed = crm.get("settings/tags", LEADS).json
    assert [(tag["name"], tag["color_code"]) for tag in listed["tags"]] == [("VIP", "#F17574"), ("New", None)]
    assert listed["info"] == {"count": 2, "allowed_count": 100, "record_limit": 10}


@pytest.mark.source("reference: platform B.9, tags")
@pytest.mark.parametrize(("version", "coloured"), [("v2", False), ("v3", False), ("v4", True), ("v8", True)])
def test_tags_have_colours_from_v4_on(crm: Crm, version: str, coloured: bool) -> None:
    make(crm, "VIP")

    (tag,) = tags(crm, version)
    assert ("color_code" in tag) is coloured


def at(api_name: str, **more: Any) -> dict[str, Any]:
    return {"api_name": api_name, "json_path": f"$.tags[0].{api_name}", **more}


#: A row of the body, and the message, code and details with which it is refused.
BAD: list[tuple[object, str, str, dict[str, Any]]] = [
    ({"color_code": "#AAFE62"}, "MANDATORY_NOT_FOUND", "Required field is missing", at("name")),
    ({"name": None}, "MANDATORY_NOT_FOUND", "Required field is missing", at("name")),
    ({"name": " "}, "MANDATORY_NOT_FOUND", "required field not found", at("name")),
    ({"name": 5}, "INVALID_DATA", "Invalid data type", at("name", expected_data_type="text")),
    ({"name": "x" * 27}, "INVALID_DATA", "Invalid data", at("name", maximum_length=26)),
    ({"name": "a,b"}, "INVALID_DATA", "invalid data", at("name")),
    ({"name": "<b>"}, "INVALID_DATA", "invalid data", at("name")),
    ({"name": "party 🎉"}, "INVALID_DATA", "invalid data", at("name")),
    ({"name": "New", "color_code": 7}, "INVALID_DATA", "Invalid data type",
     at("color_code", expected_data_type="text")),
    ({"name": "New", "color_code": "#1234567"}, "INVALID_DATA", "invalid data", at("color_code", maximum_length=7)),
    ({"name": "New", "color_code": "#<>;"}, "INVALID_DATA", "special characters found in the given name",
     at("color_code")),
    ({"name": "New", "color_code": "red"}, "INVALID_DATA", "invalid data", at("color_code")),
    ("New", "INVALID_DATA", "invalid data", {"api_name": "tags", "json_path": "$.tags[0]",
                                             "expected_data_type": "jsonobject"}),
]  # fmt: skip


@pytest.mark.source("docs: createTags, updateTags, updateTagById examples: every 400")
@pytest.mark.parametrize(("row", "code", "message", "details"), BAD, ids=[f"{row}"[:40] for row, *_ in BAD])
@pytest.mark.parametrize("way", ["made", "changed by path", "changed by body"])
def test_a_bad_tag_is_refused(
    way: str, row: object, code: str, message: str, details: dict[str, Any], crm: Crm
) -> None:
    (there,) = make(crm, "VIP")

    if way == "made":
        reply = crm.post("settings/tags", {"tags": [row]}, LEADS)
    elif way == "changed by path":
        reply = crm.put(f"settings/tags/{there}", {"tags": [row]}, LEADS)
    else:
        reply = crm.put("settings/tags", {"tags": [{**row, "id": there} if isinstance(row, dict) else row]}, LEADS)

    said = {"code": code, "details": details, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, {"tags": [said]})
    assert [tag["name"] for tag in tags(crm)] == ["VIP"]


@pytest.mark.source("docs: createTags examples: a name that is taken")
def test_a_name_is_taken_once(crm: Crm) -> None:
    (there,) = make(crm, "VIP")

    reply = crm.post("settings/tags", {"tags": [{"name": "vip"}, {"name": "New"}]}, LEADS)

    assert (reply.status, reply.codes("tags")) == (207, ["DUPLICATE_DATA", "SUCCESS"])
    assert reply.details("tags") == at("name", id=there)


MODULES: list[tuple[dict[str, str], str, str, dict[str, str]]] = [
    ({}, "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", {"param": "module"}),
    ({"module": "Nope"}, "INVALID_MODULE", "the module name given seems to be invalid", {}),
    ({"module": "Users"}, "INVALID_MODULE", "the given module is not supported for this api", {}),
    ({"module": "Visits"}, "INVALID_MODULE", "the given module is not supported for this api", {}),
]


@pytest.mark.source("docs: createTags, updateTags, updateTagById examples: the module")
@pytest.mark.parametrize(("params", "code", "message", "details"), MODULES)
def test_tags_need_a_module_that_has_them(
    params: dict[str, str], code: str, message: str, details: dict[str, str], crm: Crm
) -> None:
    (there,) = make(crm, "VIP")

    replies = [
        crm.get("settings/tags", params),
        crm.post("settings/tags", {"tags": [{"name": "New"}]}, params),
        crm.put("settings/tags", {"tags": [{"id": there, "name": "New"}]}, params),
        crm.put(f"settings/tags/{there}", {"tags": [{"name": "New"}]}, params),
    ]

    said = {"code": code, "details": details, "message": message, "status": "error"}
    assert [(reply.status, reply.json) for reply in replies] == [(400, said)] * 4


@pytest.mark.source("reference: platform E.8, limits")
def test_a_module_has_a_hundred_tags(crm: Crm) -> None:
    make(crm, *(f"T{number}" for number in range(100)))

    reply = crm.post("settings/tags", {"tags": [{"name": "one more"}]}, LEADS)

    assert reply.codes("tags") == ["LICENSE_LIMIT_EXCEEDED"]
    assert reply.json["tags"][0]["message"] == "tags edition limit exceeded"
    assert make(crm, "elsewhere", module="Deals")


@pytest.mark.source("reference: platform E.8")
def test_tags_are_changed(crm: Crm) -> None:
    first, second = make(crm, "VIP", "New")

    one = crm.put(f"settings/tags/{first}", {"tags": [{"name": "Very", "color_code": "#57B1FD"}]}, LEADS)
    many = crm.put("settings/tags", {"tags": [{"id": second, "name": "Old"}, {"id": "12", "name": "X"}]}, LEADS)

    assert (one.status, one.json["tags"][0]["message"]) == (200, "tags updated successfully")
    assert many.codes("tags") == ["SUCCESS", "INVALID_DATA"]
    assert [(tag["name"], tag["color_code"]) for tag in tags(crm)] == [("Very", "#57B1FD"), ("Old", None)]
    clash = crm.put(f"settings/tags/{first}", {"tags": [{"name": "old"}]}, LEADS)
    assert clash.codes("tags") == ["DUPLICATE_DATA"]
    assert clash.details("tags")["id"] == second


@pytest.mark.source("assumed: a tag is changed through its own module")
def test_a_tag_of_another_module_is_not_changed(crm: Crm) -> None:
    (tag_id,) = make(crm, "VIP", module="Deals")

    assert crm.put(f"settings/tags/{tag_id}", {"tags": [{"name": "X"}]}, LEADS).codes("tags") == ["INVALID_DATA"]


@pytest.mark.source("reference: platform E.8, my_tags")
def test_own_tags_are_listed(crm: Crm) -> None:
    make(crm, "VIP")

    assert [tag["name"] for tag in tags(crm, my_tags="true")] == ["VIP"]
    assert crm.get("settings/tags", {"module": "Deals"}).status == 204


@pytest.mark.source("reference: platform E.8, B.12 12")
@pytest.mark.parametrize(("version", "kind"), [("v2", dict), ("v8", list)])
def test_a_deleted_tag_leaves_the_records(crm: Crm, version: str, kind: type) -> None:
    (tag_id, _) = make(crm, "VIP", "New")
    lead_id = lead(crm, "VIP", "New")

    reply = crm.delete(f"settings/tags/{tag_id}", version=version)

    assert reply.status == 200
    assert isinstance(reply.json["tags"], kind)
    outcome = reply.json["tags"] if kind is dict else reply.json["tags"][0]
    assert (outcome["message"], outcome["details"]) == ("tags deleted successfully", {"id": tag_id})
    assert tags_of(crm, lead_id) == ["New"]
    again = crm.delete(f"settings/tags/{tag_id}", version=version)
    assert again.problem == (400, "INVALID_DATA")
    assert again.json["message"] == "tags not found"
    assert again.json["details"] == {"id": tag_id}


@pytest.mark.source("reference: platform E.8, merge")
def test_a_merged_tag_gives_its_records_to_the_one_that_stays(crm_on: Crm) -> None:
    crm = crm_on
    kept, gone = make(crm, "VIP", "Important")
    one, both = lead(crm, "Important"), lead(crm, "Important", "VIP")

    reply = crm.post(f"settings/tags/{kept}/actions/merge", {"tags": [{"conflict_id": gone}]})

    assert reply.status == 200
    assert reply.json["tags"][0]["message"] == "tags merged successfully"
    assert [tag["name"] for tag in tags(crm)] == ["VIP"]
    assert tags_of(crm, one) == tags_of(crm, both) == ["VIP"]


CONFLICTS: list[tuple[dict[str, Any], str, str, dict[str, Any]]] = [
    ({}, "MANDATORY_NOT_FOUND", "required field not found", at("conflict_id")),
    ({"conflict_id": "12"}, "INVALID_DATA", "invalid tag id", at("conflict_id")),
    ({"conflict_id": "same"}, "INVALID_DATA", "invalid tag id", at("conflict_id")),
    ({"conflict_id": "foreign"}, "INVALID_DATA", "invalid tag id", at("conflict_id")),
    ({"conflict_id": "x"}, "INVALID_DATA", "Invalid data type", at("conflict_id", expected_data_type="bigint")),
    ({"conflict_id": []}, "INVALID_DATA", "Invalid data type", at("conflict_id", expected_data_type="bigint")),
    ({"conflict_id": "1" * 20}, "INVALID_DATA", "Invalid data", at("conflict_id", maximum_length=19)),
    ({"conflict_id": "12", "modified_time": "x"}, "INVALID_DATA", "Invalid data type",
     at("modified_time", expected_data_type="datetime")),
    ({"conflict_id": "12", "modified_time": 5}, "INVALID_DATA", "Invalid data type",
     at("modified_time", expected_data_type="datetime")),
    ({"conflict_id": "12", "modified_time": "2025-09-25T12:00:04+05:30x"}, "INVALID_DATA", "Invalid data",
     at("modified_time", maximum_length=25)),
]  # fmt: skip


@pytest.mark.source("docs: mergeTags examples: every 400; that the other tag must be another of the module is assumed")
@pytest.mark.parametrize(("row", "code", "message", "details"), CONFLICTS)
def test_a_bad_merge_is_refused(
    row: dict[str, Any], code: str, message: str, details: dict[str, Any], crm: Crm
) -> None:
    (kept,), (foreign,) = make(crm, "VIP"), make(crm, "VIP", module="Deals")
    named = {"same": kept, "foreign": foreign}
    body = {name: named.get(value, value) if isinstance(value, str) else value for name, value in row.items()}

    reply = crm.post(f"settings/tags/{kept}/actions/merge", {"tags": [body]})

    said = {"code": code, "details": details, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, {"tags": [said]})


@pytest.mark.source("docs: mergeTags examples: the answer, and a path that names no tag")
def test_a_merge_shows_the_tag_that_stays(crm: Crm) -> None:
    kept, gone = make(crm, "VIP", "Important")

    nothing = crm.post("settings/tags/12/actions/merge", {"tags": [{"conflict_id": gone}]})
    merged = crm.post(f"settings/tags/{kept}/actions/merge", {"tags": [{"conflict_id": gone}]})

    said = {"code": "INVALID_DATA", "details": at("id"), "message": "Invalid data", "status": "error"}
    assert (nothing.status, nothing.json) == (400, {"tags": [said]})
    details = merged.details("tags")
    assert details.keys() == {"created_time", "modified_time", "modified_by", "id", "created_by", "color_code"}
    assert details["id"] == kept


@pytest.mark.source("reference: platform E.8, records_count")
def test_the_count_of_records_is_text(crm: Crm) -> None:
    vip, idle = make(crm, "VIP", "Idle")
    lead(crm, "VIP")
    lead(crm, "VIP", "Other")

    assert crm.get(f"settings/tags/{vip}/actions/records_count", LEADS).json["count"] == "2"
    assert crm.get(f"settings/tags/{idle}/actions/records_count", LEADS).json == {
        "configured_areas": {
            "workflow_tagActionRecords": {},
            "custom_view": {"cvnames": [], "inaccessible_custom_view_present": False, "cvmodules": [], "cvids": []},
        },
        "count": "0",
    }


@pytest.mark.source("docs: getTagRecordsCount examples: the rules that name the tag")
def test_the_count_names_the_rules_that_give_the_tag(crm: Crm) -> None:
    (tag_id,) = make(crm, "VIP")
    leads = {"api_name": "Leads", "id": crm.get("settings/modules/Leads").json["modules"][0]["id"]}
    give = {"type": "add_tags", "details": {"tags": [{"name": "VIP", "id": tag_id}], "over_write": False}}
    take = {"type": "remove_tags", "details": {"tags": [{"name": "VIP", "id": tag_id}]}}
    rule = {
        "name": "Welcome",
        "module": leads,
        "execute_when": {"type": "create", "details": {"trigger_module": leads}},
        "conditions": [
            {
                "sequence_number": 1,
                "criteria_details": None,
                "instant_actions": {"actions": [give]},
                "scheduled_actions": [{"execute_after": {"period": "days", "unit": 1}, "actions": [take]}],
            }
        ],
    }
    made = crm.post("settings/automation/workflow_rules", {"workflow_rules": [rule]}).details("workflow_rules")["id"]
    (condition,) = crm.get(f"settings/automation/workflow_rules/{made}").json["workflow_rules"][0]["conditions"]

    areas = crm.get(f"settings/tags/{tag_id}/actions/records_count", LEADS).json["configured_areas"]

    home = {"subtype": "rule_condition", "module": "Leads", "name": "Welcome", "id": made, "source": 1}
    home["subtype_id"] = condition["id"]
    (given,), (taken,) = condition["instant_actions"]["actions"], condition["scheduled_actions"][0]["actions"]
    assert areas["workflow_tagActionRecords"] == {
        "Workflow": {
            tag_id: {
                "AddTags": [{"name": "VIP", "id": given["id"], "rules": [{**home, "execution_type": "instant"}]}],
                "RemoveTags": [{"name": "VIP", "id": taken["id"], "rules": [{**home, "execution_type": "schedule"}]}],
            }
        }
    }


COUNTS: list[tuple[dict[str, str], int, str, str, dict[str, str]]] = [
    ({}, 400, "REQUIRED_PARAM_MISSING", "One of the expected param is missing", {"param_name": "module"}),
    ({"module": "Nope"}, 400, "INVALID_MODULE", "the module name given seems to be invalid", {}),
    ({"module": "Users"}, 400, "INVALID_MODULE", "the given module is not supported for this api", {}),
    ({"module": "Deals"}, 404, "INVALID_DATA", "tags not found", {"api_name": "id"}),
]


@pytest.mark.source("docs: getTagRecordsCount examples: every 400 and 404")
@pytest.mark.parametrize(("params", "status", "code", "message", "details"), COUNTS)
def test_what_cannot_be_counted(
    params: dict[str, str], status: int, code: str, message: str, details: dict[str, str], crm: Crm
) -> None:
    (tag_id,) = make(crm, "VIP")

    reply = crm.get(f"settings/tags/{tag_id}/actions/records_count", params)

    said = {"code": code, "details": details, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (status, said)


@pytest.mark.source("reference: platform E")
def test_a_list_of_tags_knows_what_is_new(crm: Crm) -> None:
    assert crm.post("settings/tags", {}, LEADS).problem == (400, "MANDATORY_NOT_FOUND")
    make(crm, "VIP")
    assert crm.get("settings/tags", LEADS, headers={"If-Modified-Since": "2026-02-01T00:00:00+00:00"}).status == 304


TAGS, EDIT = "Crm_Implied_Tags_Leads", "Crm_Implied_Edit_Leads"
#: The operations on tags, and the permissions that they ask for, in the order of the examples.
ASKED: list[tuple[str, str, dict[str, Any] | None, list[str]]] = [
    ("GET", "settings/tags", None, [EDIT, TAGS]),
    ("GET", "settings/tags/{tag}/actions/records_count", None, [EDIT, TAGS]),
    ("POST", "settings/tags", {"tags": [{"name": "new"}]}, [TAGS, EDIT]),
    ("PUT", "settings/tags", {"tags": [{"id": "{tag}", "name": "new"}]}, [TAGS, EDIT]),
    ("PUT", "settings/tags/{tag}", {"tags": [{"name": "new"}]}, [TAGS, EDIT]),
    ("DELETE", "settings/tags/{tag}", None, [TAGS, EDIT]),
    ("POST", "settings/tags/{tag}/actions/merge", {"tags": [{"conflict_id": "{other}"}]}, [EDIT, TAGS]),
]


@pytest.mark.source(
    "docs: createTags, updateTags, updateTagById, deleteTags, getTags, getTagRecordsCount, mergeTags examples: 403"
)
@pytest.mark.parametrize(("method", "path", "body", "permissions"), ASKED)
def test_tags_are_for_those_who_may_edit(
    method: str, path: str, body: dict[str, Any] | None, permissions: list[str], crm: Crm
) -> None:
    tag, other = make(crm, "one", "other")
    path = path.replace("{tag}", tag)
    rows = (
        {"tags": [{k: v.format(tag=tag, other=other) for k, v in row.items()} for row in body["tags"]]}
        if body
        else None
    )

    refused = crm.crm(method, path, rows, LEADS, token=person(crm, "Reads", (EDIT,)))
    others = crm.crm(method, path, rows, LEADS, token=person(crm, "Edits", ("Crm_Implied_Edit_Deals",)))

    said = {
        "code": "NO_PERMISSION",
        "details": {"permissions": permissions},
        "message": "permission denied",
        "status": "error",
    }
    assert (refused.status, refused.json) == (403, {"tags": [said]} if "merge" in path else said)
    assert others.status in (200, 201)


@pytest.mark.source("docs: mergeTags examples: no list of tags")
@pytest.mark.parametrize("body", [{}, {"tags": {}}, {"tags": None}])
def test_a_merge_needs_a_list(body: dict[str, Any], crm: Crm) -> None:
    (kept,) = make(crm, "one")

    reply = crm.post(f"settings/tags/{kept}/actions/merge", body)

    assert reply.problem == (400, "INVALID_DATA")
    assert reply.json["details"] == {"expected_data_type": "jsonarray", "api_name": "tags", "json_path": "$.tags"}
