"""settings/tags: the tags of a module, what they are given to, and who gives them."""

from typing import Any

import pytest

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
    assert listed["info"] == {"count": 2, "allowed_count": 100}


@pytest.mark.source("reference: platform B.9, tags")
@pytest.mark.parametrize(("version", "coloured"), [("v2", False), ("v3", False), ("v4", True), ("v8", True)])
def test_tags_have_colours_from_v4_on(crm: Crm, version: str, coloured: bool) -> None:
    make(crm, "VIP")

    (tag,) = tags(crm, version)
    assert ("color_code" in tag) is coloured


@pytest.mark.source("reference: platform E.8")
@pytest.mark.parametrize(
    ("row", "code", "more"),
    [
        ({}, "MANDATORY_NOT_FOUND", {"api_name": "name", "json_path": "$.tags[0].name"}),
        ({"name": " "}, "MANDATORY_NOT_FOUND", {"api_name": "name"}),
        ({"name": 5}, "INVALID_DATA", {"expected_data_type": "text", "api_name": "name"}),
        ({"name": "x" * 26}, "INVALID_DATA", {"maximum_length": 25, "api_name": "name"}),
        ({"name": "a,b"}, "INVALID_DATA", {"api_name": "name"}),
        ({"name": "<b>"}, "INVALID_DATA", {"api_name": "name"}),
        ({"name": "party 🎉"}, "INVALID_DATA", {"api_name": "name"}),
        ({"name": "vip"}, "DUPLICATE_DATA", {"api_name": "name"}),
        ({"name": "New", "color_code": "#1234567"}, "INVALID_DATA", {"maximum_length": 7, "api_name": "color_code"}),
        ({"name": "New", "color_code": "red"}, "INVALID_DATA", {"api_name": "color_code"}),
        ({"name": "New", "color_code": 7}, "INVALID_DATA", {"expected_data_type": "text"}),
        ("New", "INVALID_DATA", {"expected_data_type": "jsonobject"}),
    ],
)
def test_a_bad_tag_is_refused(crm: Crm, row: object, code: str, more: dict[str, object]) -> None:
    make(crm, "VIP")

    reply = crm.post("settings/tags", {"tags": [row]}, LEADS)

    assert reply.status == 400
    assert reply.codes("tags") == [code]
    assert reply.details("tags") | more == reply.details("tags")
    assert [tag["name"] for tag in tags(crm)] == ["VIP"]


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


@pytest.mark.source("reference: error catalogue: postMerge")
@pytest.mark.parametrize("conflict", [{}, {"conflict_id": "12"}, {"conflict_id": "same"}, {"conflict_id": "foreign"}])
def test_a_merge_with_no_such_tag_is_refused(crm: Crm, conflict: dict[str, str]) -> None:
    (kept,) = make(crm, "VIP")
    (foreign,) = make(crm, "VIP", module="Deals")
    named = {"same": kept, "foreign": foreign}
    row = {name: named.get(value, value) for name, value in conflict.items()}

    reply = crm.post(f"settings/tags/{kept}/actions/merge", {"tags": [row]})

    assert reply.status == 400
    assert reply.codes("tags") == ["INVALID_DATA" if row else "MANDATORY_NOT_FOUND"]
    assert crm.post("settings/tags/12/actions/merge", {"tags": [{"conflict_id": kept}]}).problem == (
        400,
        "INVALID_DATA",
    )


@pytest.mark.source("reference: platform E.8, records_count")
def test_the_count_of_records_is_text(crm: Crm) -> None:
    vip, idle = make(crm, "VIP", "Idle")
    lead(crm, "VIP")
    lead(crm, "VIP", "Other")

    assert crm.get(f"settings/tags/{vip}/actions/records_count", LEADS).json == {"count": "2"}
    assert crm.get(f"settings/tags/{idle}/actions/records_count", LEADS).json == {"count": "0"}


@pytest.mark.source("reference: automation C.5, configured areas")
def test_the_count_names_the_rules_that_give_the_tag(crm: Crm) -> None:
    (tag_id,) = make(crm, "VIP")
    leads = {"api_name": "Leads", "id": crm.get("settings/modules/Leads").json["modules"][0]["id"]}
    give = {"type": "add_tags", "details": {"tags": [{"name": "VIP", "id": tag_id}], "over_write": False}}
    rule = {
        "name": "Welcome",
        "module": leads,
        "execute_when": {"type": "create", "details": {"trigger_module": leads}},
        "conditions": [{"sequence_number": 1, "criteria_details": None, "instant_actions": {"actions": [give]}}],
    }
    made = crm.post("settings/automation/workflow_rules", {"workflow_rules": [rule]})

    areas = crm.get(f"settings/tags/{tag_id}/actions/records_count", LEADS).json["configured_areas"]

    (used,) = areas["Workflow"][leads["id"]]["AddTags"]
    assert used["id"] == tag_id
    (found,) = used["rules"]
    assert (found["name"], found["id"]) == ("Welcome", made.details("workflow_rules")["id"])
    assert "RemoveTags" not in areas["Workflow"][leads["id"]]


@pytest.mark.source("reference: error catalogue: getRecordsCount")
def test_what_cannot_be_counted(crm: Crm) -> None:
    (tag_id,) = make(crm, "VIP")
    path = f"settings/tags/{tag_id}/actions/records_count"

    assert crm.get(path).problem == (400, "REQUIRED_PARAM_MISSING")
    assert crm.get(path, {"module": "Nope"}).problem == (400, "INVALID_MODULE")
    assert crm.get(path, {"module": "Deals"}).problem == (400, "TAG_ID_NOT_FOUND")


@pytest.mark.source("reference: platform E.8")
@pytest.mark.parametrize(
    ("module", "code"), [("Nope", "INVALID_MODULE"), ("Users", "INVALID_MODULE"), ("Visits", "INVALID_MODULE")]
)
def test_modules_without_tags(crm: Crm, module: str, code: str) -> None:
    assert crm.get("settings/tags", {"module": module}).problem == (400, code)
    assert crm.post("settings/tags", {"tags": [{"name": "VIP"}]}, {"module": module}).problem == (400, code)


@pytest.mark.source("reference: platform E")
def test_tags_need_a_module(crm: Crm) -> None:
    assert crm.get("settings/tags").problem == (400, "REQUIRED_PARAM_MISSING")
    assert crm.post("settings/tags", {"tags": [{"name": "VIP"}]}).problem == (400, "REQUIRED_PARAM_MISSING")
    assert crm.post("settings/tags", {}, LEADS).problem == (400, "MANDATORY_NOT_FOUND")
    make(crm, "VIP")
    assert crm.get("settings/tags", LEADS, headers={"If-Modified-Since": "2026-02-01T00:00:00+00:00"}).status == 304
