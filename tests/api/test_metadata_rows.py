"""Every refusal, and the keys of the answers, that the service's examples give for metadata that is read."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.support.automation_client import Automation
from tests.support.server import Crm

DEALS = {"module": "Deals"}
NO_MODULE = "REQUIRED_PARAM_MISSING", "One of the expected parameter is missing"
BAD_MODULE = "INVALID_MODULE", "the module name given seems to be invalid"
PATTERN = "PATTERN_NOT_MATCHED", "Please check whether the input values are correct"
BAD_STATUS = "INVALID_DATA", "The status given is invalid."
AT_MODULE: dict[str, Any] = {"param_name": "module"}


@dataclass(frozen=True)
class Row:
    """One refused request."""

    path: str
    said: tuple[str, str]
    details: dict[str, Any] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)


ROWS = [
    *(Row(f"settings/{name}", NO_MODULE, AT_MODULE)
      for name in ("fields", "layouts", "custom_views", "related_lists")),
    *(Row(path, BAD_MODULE, {}, {"module": "Nope"})
      for name in ("fields", "layouts", "custom_views") for path in (f"settings/{name}", f"settings/{name}/5")),
    Row("settings/related_lists", BAD_MODULE, AT_MODULE, {"module": "Nope"}),
    Row("settings/related_lists", ("NOT_SUPPORTED", "the given module is not supported for this api"), AT_MODULE,
        {"module": "Home"}),
    Row("settings/related_lists", BAD_STATUS,
        {"param_name": "status", "supported_values": ["visible", "user_hidden", "scheduled_for_deletion"]},
        {**DEALS, "status": "gone"}),
    Row("settings/layouts", PATTERN, {"param_name": "mode"}, {**DEALS, "mode": "x"}),
    Row("settings/modules", BAD_STATUS,
        {"index": 1, "param_name": "status",
         "supported_values": ["visible", "user_hidden", "system_hidden", "scheduled_for_deletion"]},
        {"status": "visible,gone"}),
    Row("settings/modules", ("INVALID_DATA", "the given feature name is invalid"), {}, {"feature_name": "magic"}),
    Row("settings/modules/Nope", BAD_MODULE, {"resource_path_index": 2}),
    Row("settings/email_templates", PATTERN, {"param_name": "sort_order"}, {"sort_order": "up"}),
    Row("settings/email_templates", PATTERN, {"param_name": "sort_by"}, {"sort_by": "name"}),
    Row("settings/email_templates", ("INVALID_DATA", "Module not found or not allowed"), AT_MODULE,
        {"module": "Nope"}),
]  # fmt: skip


@pytest.mark.source(
    "docs: getFields, getLayouts, getLayoutById, getCustomViews, getCustomViewById, getRelatedLists, getModules, "
    "getModuleByApiName, getEmailTemplates examples: every 400"
)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.path} {row.params}")
def test_a_bad_request_for_metadata_is_refused(row: Row, crm: Crm) -> None:
    reply = crm.get(row.path, row.params)

    code, message = row.said
    said = {"code": code, "details": row.details, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, said)


@pytest.mark.source("docs: getLayouts, getCustomViews, getCustomViewById, getRelatedLists examples: 401")
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("settings/layouts", "Invalid oauth scope to access this URL"),
        ("settings/layouts/5", "Invalid oauth scope to access this URL"),
        ("settings/custom_views", "invalid oauth scope to access this URL"),
        ("settings/custom_views/5", "invalid oauth scope to access this URL"),
        ("settings/related_lists", "invalid oauth scope to access this URL"),
        ("settings/fields", "Unauthorized"),
    ],
)
def test_each_family_says_in_its_own_words_that_a_scope_is_missing(path: str, message: str, crm: Crm) -> None:
    reply = crm.get(path, DEALS, token=crm.token("ZohoCRM.modules.ALL"))

    said = {"code": "OAUTH_SCOPE_MISMATCH", "details": {}, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (401, said)


@pytest.mark.source("docs: getRelatedLists examples: the statuses; no list here is hidden")
@pytest.mark.parametrize(
    ("status", "there"), [("visible", True), ("user_hidden", False), ("visible,user_hidden", True)]
)
def test_related_lists_are_chosen_by_status(status: str, there: bool, crm: Crm) -> None:
    assert (crm.get("settings/related_lists", {**DEALS, "status": status}).status == 200) is there


@pytest.mark.source("docs: getLayouts operation: the modes; which fields they choose is assumed")
@pytest.mark.parametrize("mode", ["all", "quick_create", "business_card"])
def test_a_layout_is_asked_for_in_part(mode: str, crm: Crm) -> None:
    def names(params: dict[str, str]) -> set[str]:
        (layout,) = crm.get("settings/layouts", params).json["layouts"]
        return {each["api_name"] for section in layout["sections"] for each in section["fields"]}

    every, some = names(DEALS), names({**DEALS, "mode": mode})

    fields = {each["api_name"]: each for each in crm.get("settings/fields", DEALS).json["fields"]}
    quick = {name for name in every if fields[name]["view_type"]["quick_create"]}
    card = set(crm.get("settings/modules/Deals").json["modules"][0]["business_card_fields"])
    assert some == {"all": every, "quick_create": quick, "business_card": card & every}[mode]


#: Keys that an answer has besides those which other tests name.
KEYS = [
    ("settings/layouts", ("layouts", 0, "sections", 0, "fields", 0), ["category", "element_type", "show_type"]),
    ("settings/modules/Leads", ("modules", 0),
     ["activity_badge", "chart_view", "chart_view_supported", "lookup_field_properties", "masked_fields_count",
      "show_emailparser", "show_googlesync", "show_social", "show_visitor", "show_webform", "showfacebooksync",
      "showleadchainsync", "showlinkedinsync", "showtiktoksync"]),
    ("settings/custom_views/VIEW", ("custom_views", 0), ["$modified_criteria", "criteria", "fields"]),
]  # fmt: skip


@pytest.mark.source("docs: getLayouts, getModuleByApiName, getCustomViewById examples: the keys")
@pytest.mark.parametrize(("path", "place", "keys"), KEYS, ids=[path for path, *_ in KEYS])
def test_metadata_has_the_keys_of_the_service(path: str, place: tuple[Any, ...], keys: list[str], crm: Crm) -> None:
    view = crm.get("settings/custom_views", DEALS).json["custom_views"][0]["id"]

    found = crm.get(path.replace("VIEW", view), DEALS).json
    for step in place:
        found = found[step]

    assert set(keys) <= found.keys()


@pytest.mark.source("docs: getCustomViews, getCustomViewById examples: the headings")
def test_the_views_of_others_have_their_heading(crm: Crm) -> None:
    listed = crm.get("settings/custom_views", DEALS).json
    one = crm.get(f"settings/custom_views/{listed['custom_views'][0]['id']}", DEALS).json

    assert listed["info"]["translation"] == one["info"]["translation"]
    assert one["info"]["translation"]["other_users_views"] == "Other User's Views"


@pytest.mark.source("docs: getEmailTemplates examples and operation: the size of a page")
def test_templates_come_by_twenty_unless_more_are_asked_for(crm: Crm) -> None:
    Automation(crm).template()

    sizes = [
        crm.get("settings/email_templates", params).json["info"]["per_page"] for params in ({}, {"per_page": "200"})
    ]

    assert sizes == [20, 200]
