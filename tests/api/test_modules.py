"""GET settings/modules, settings/related_lists and settings/custom_views."""

from typing import Any

import pytest

from tests.support.server import Crm

LINE_ITEMS = {"Quoted_Items", "Ordered_Items", "Purchase_Items", "Invoiced_Items"}


def modules(crm: Crm, version: str = "v8", **params: object) -> dict[str, dict[str, Any]]:
    return {m["api_name"]: m for m in crm.get("settings/modules", params, version=version).json["modules"]}


@pytest.mark.source("reference: platform B.9")
@pytest.mark.parametrize(
    ("version", "there", "missing"),
    [
        ("v2", {"Leads", "Deals", "Activities", "Events"}, {"Quoted_Items", "Users"}),
        ("v2.1", {"Leads", "Activities", *LINE_ITEMS}, {"Users"}),
        ("v3", {"Leads", "Events", *LINE_ITEMS}, {"Activities", "Users"}),
        ("v8", {"Leads", "Notes", "DealHistory", *LINE_ITEMS}, {"Activities", "Users"}),
    ],
)
def test_each_version_lists_its_modules(crm: Crm, version: str, there: set[str], missing: set[str]) -> None:
    listed = set(modules(crm, version))

    assert there <= listed
    assert not missing & listed


@pytest.mark.source("reference: platform B.9, Events labels")
@pytest.mark.parametrize(
    ("version", "label", "name"),
    [("v2", "Event", "Events"), ("v2.1", "Event", "Events"), ("v3", "Meeting", "Meetings")],
)
def test_events_became_meetings_with_v3(crm: Crm, version: str, label: str, name: str) -> None:
    events = modules(crm, version)["Events"]

    assert (events["singular_label"], events["module_name"]) == (label, name)


@pytest.mark.source("reference: platform E.1")
def test_a_module_in_the_list_says_what_it_can_do(crm: Crm) -> None:
    listed = modules(crm)

    assert listed["Leads"]["convertable"] is True
    assert listed["Leads"]["parent_module"] == {}
    assert listed["Leads"]["modified_by"] is None
    assert listed["Leads"]["profile_count"] == len(listed["Leads"]["profiles"]) == 2
    assert listed["Quoted_Items"]["generated_type"] == "subform"
    assert listed["Quoted_Items"]["show_as_tab"] is False
    assert listed["Quoted_Items"]["parent_module"]["api_name"] == "Quotes"
    assert listed["Home"]["api_supported"] is False


@pytest.mark.source("reference: platform E.1")
@pytest.mark.parametrize(
    ("params", "there", "missing"),
    [
        ({"status": "system_hidden"}, "Notes", "Leads"),
        ({"status": "visible,user_hidden"}, "Leads", "Notes"),
        ({"feature_name": "forecasts"}, "Deals", "Leads"),
        ({"feature_name": "scoring_rules"}, "Leads", "Notes"),
    ],
)
def test_the_list_is_filtered(crm: Crm, params: dict[str, str], there: str, missing: str) -> None:
    listed = modules(crm, **params)

    assert there in listed
    assert missing not in listed


@pytest.mark.source("reference: platform E.1")
@pytest.mark.parametrize("params", [{"status": "gone"}, {"include": "everything"}])
def test_an_unknown_filter_is_refused(crm: Crm, params: dict[str, str]) -> None:
    reply = crm.get("settings/modules", params)

    assert reply.problem == (400, "INVALID_DATA")
    assert reply.json["details"]["param_name"] in params


@pytest.mark.source("reference: platform E.1, include")
def test_what_is_included_is_shown(crm: Crm) -> None:
    leads = modules(crm, include="fields,layouts,related_lists,custom_view")["Leads"]

    assert len(leads["fields"]) == 65
    assert leads["layouts"][0]["sections"]
    assert leads["related_lists"][0]["api_name"] == "Notes"
    assert leads["custom_view"]["system_name"] == "ALLVIEWS"


@pytest.mark.source("reference: platform B.12, 8")
@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_single_module_has_what_clients_read(crm: Crm, version: str) -> None:
    reply = crm.get("settings/modules/Leads", version=version)

    (module,) = reply.json["modules"]
    assert module["parent_module"] == {}
    assert module["custom_view"]["name"] == "All Leads"
    assert module["display_field"] == "Full_Name"
    assert {"sort_by", "fields", "sort_order"} <= module["related_list_properties"].keys()
    for key in ("business_card_fields", "search_layout_fields", "properties", "$properties", "per_page", "territory"):
        assert module[key] is not None, key


@pytest.mark.source("reference: platform E.1")
def test_a_module_is_found_by_its_id(crm: Crm) -> None:
    deals = modules(crm)["Deals"]

    assert crm.get(f"settings/modules/{deals['id']}").json["modules"][0]["api_name"] == "Deals"


@pytest.mark.source("reference: platform E")
@pytest.mark.parametrize(
    ("named", "version", "status"),
    [
        ("Nothing", "v8", 400),
        ("leads", "v8", 400),
        ("Activities", "v8", 400),
        ("Activities", "v2", 200),
        ("4876876000000999999", "v8", 204),
        ("Users", "v8", 200),
    ],
)
def test_a_module_that_is_not_there(crm: Crm, named: str, version: str, status: int) -> None:
    reply = crm.get(f"settings/modules/{named}", version=version)

    assert reply.status == status
    if status == 400:
        assert reply.json["code"] == "INVALID_MODULE"


@pytest.mark.source("reference: platform E")
@pytest.mark.parametrize(
    "path",
    [
        "settings/modules",
        "settings/modules/Leads",
        "settings/fields?module=Leads",
        "settings/related_lists?module=Leads",
    ],
)
def test_unchanged_metadata_is_not_sent_again(crm: Crm, path: str) -> None:
    path, _, query = path.partition("?")
    params = dict(pair.split("=") for pair in query.split("&") if pair)
    later, earlier = "2026-02-01T00:00:00+00:00", "2025-02-01T00:00:00+00:00"

    assert crm.get(path, params, headers={"If-Modified-Since": later}).status == 304
    assert crm.get(path, params, headers={"If-Modified-Since": earlier}).status == 200


@pytest.mark.source("reference: endpoints.json")
@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("settings/modules", "modules"),
        ("settings/fields", "fields"),
        ("settings/layouts", "layouts"),
        ("settings/related_lists", "related_lists"),
        ("settings/custom_views", "custom_views"),
        ("settings/roles", "roles"),
        ("settings/profiles", "profiles"),
        ("settings/tags", "tags"),
    ],
)
def test_metadata_needs_its_scope(crm: Crm, path: str, scope: str) -> None:
    params = {"module": "Leads"}

    assert crm.get(path, params, token=crm.token("ZohoCRM.modules.ALL")).problem == (401, "OAUTH_SCOPE_MISMATCH")
    assert crm.get(path, params, token=crm.token(f"ZohoCRM.settings.{scope}.READ")).status in (200, 204)


@pytest.mark.source("reference: platform E.5")
@pytest.mark.parametrize(
    ("version", "module", "there", "missing"),
    [
        ("v2", "Notes", "Activities", "Tasks"),
        ("v8", {"api_name": "Notes", "id": ...}, "Tasks", "Activities"),
    ],
)
def test_related_lists(crm: Crm, version: str, module: object, there: str, missing: str) -> None:
    listed = crm.get("settings/related_lists", {"module": "Leads"}, version=version).json["related_lists"]

    notes = listed[0]
    if isinstance(notes["module"], dict):
        assert notes["module"].pop("id").isdecimal()
        module = {"api_name": "Notes"}
    assert notes["module"] == module
    assert notes["href"] == "Leads/{ENTITYID}/Notes"
    assert [each["sequence_number"] for each in listed] == [str(n + 1) for n in range(len(listed))]
    assert there in {each["api_name"] for each in listed}
    assert missing not in {each["api_name"] for each in listed}


@pytest.mark.source("reference: platform E.5")
def test_one_related_list(crm: Crm) -> None:
    params = {"module": "Deals"}
    first = crm.get("settings/related_lists", params).json["related_lists"][0]

    assert crm.get(f"settings/related_lists/{first['id']}", params).json["related_lists"] == [first]
    assert crm.get("settings/related_lists/4876876000000000001", params).status == 204


@pytest.mark.source("reference: platform E.4")
def test_every_module_has_the_view_of_all_its_records(crm: Crm) -> None:
    reply = crm.get("settings/custom_views", {"module": "Deals"}, version="v2")

    (view,) = reply.json["custom_views"]
    assert view["name"] == "All Deals"
    assert view["system_name"] == "ALLVIEWS"
    assert view["default"] is True
    assert reply.json["info"]["default"] == view["id"]
    assert reply.json["info"]["translation"].keys() == {
        "public_views",
        "other_users_views",
        "shared_with_me",
        "created_by_me",
    }


@pytest.mark.source("reference: platform E.4")
def test_one_view_names_its_fields(crm: Crm) -> None:
    params = {"module": "Deals"}
    (view,) = crm.get("settings/custom_views", params).json["custom_views"]

    whole = crm.get(f"settings/custom_views/{view['id']}", params).json["custom_views"][0]

    assert whole["criteria"] is None
    assert "Deal_Name" in {field["api_name"] for field in whole["fields"]}
    assert crm.get("settings/custom_views/4876876000000000001", params).status == 204
