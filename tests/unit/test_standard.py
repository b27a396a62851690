"""What a new organisation has."""

from collections import Counter
from collections.abc import Iterator

import pytest

from kaizen.model.catalog import Field, Module
from kaizen.standard import new_organisation
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

PREFIX = 4876876000
NEW = new_organisation(
    organisation_name="Zylker",
    admin_email="ada@zylker.example",
    admin_last_name="Lovelace",
    time_zone="Asia/Kolkata",
    zgid="700001",
    id_prefix=PREFIX,
    now=1_700_000_000,
)
CATALOG = NEW.catalog
STORED = [module for module in CATALOG.modules if module.table]
#: Standard modules whose id ends in the same digits everywhere.
SUFFIXES = {
    "Leads": 2175,
    "Accounts": 2177,
    "Contacts": 2179,
    "Deals": 2181,
    "Tasks": 2193,
    "Events": 2195,
    "Calls": 33015,
    "Quoted_Items": 233001,
}


def fields() -> Iterator[tuple[Module, Field]]:
    for module in CATALOG.modules:
        for field in module.fields:
            yield module, field


def ids() -> Iterator[int]:
    yield NEW.organisation.id
    yield from (user.id for user in NEW.users)
    yield from (document.id for document in NEW.documents)
    for module in CATALOG.modules:
        yield module.id
        for layout in module.layouts:
            yield layout.id
            yield from (section.id for section in layout.sections)
        for key in ("views", "related_lists"):
            listed = module.properties.get(key, [])
            assert isinstance(listed, list)
            yield from (entry["id"] for entry in listed)  # type: ignore[misc,index,call-overload]  # objects with ids
        for field in module.fields:
            yield field.id
            # The stage history shows the stages of deals, ids included.
            if module.api_name != "DealHistory":
                yield from (value.id for value in field.pick_list_values)


@pytest.mark.source("reference: platform B.4")
@pytest.mark.parametrize(("api_name", "suffix"), SUFFIXES.items())
def test_a_standard_module_has_its_fixed_id(api_name: str, suffix: int) -> None:
    assert CATALOG.by_name[api_name].id == PREFIX * 10**9 + suffix


@pytest.mark.source("assumed: fixed ids lie below those of records")
def test_ids_are_unique_and_lie_below_those_of_records() -> None:
    counted = Counter(ids())

    assert [each for each, times in counted.items() if times > 1] == []
    assert all(PREFIX * 10**9 < each < PREFIX * 10**9 + 10_000_000 for each in counted)


@pytest.mark.source("reference: modules.json")
def test_all_standard_modules_and_fields_are_there() -> None:
    assert len(CATALOG.modules) == 48
    described = [f for module in CATALOG.modules for f in module.fields if not f.api_name.startswith("$")]
    assert len(described) == 785


@pytest.mark.source("assumed: physical names come from our own data only")
def test_physical_names_are_plain_and_unique() -> None:
    tables = [module.table for module in STORED]

    assert len(set(tables)) == len(tables)
    for module in STORED:
        columns = [field.column for field in module.stored]
        assert len(set(columns)) == len(columns)
        assert all(name.replace("_", "").isalnum() and name == name.lower() for name in (module.table, *columns))


@pytest.mark.source("assumed: unions, files and histories have no records of their own here")
@pytest.mark.parametrize("api_name", ["Activities", "Attachments", "DealHistory", "Home", "Visits"])
def test_modules_without_records_have_no_table(api_name: str) -> None:
    module = CATALOG.by_name[api_name]

    assert module.table == ""
    assert not module.triggers_supported


@pytest.mark.source("reference: modules.json")
def test_every_lookup_leads_to_a_module() -> None:
    for module, field in fields():
        if field.data_type in {DataType.LOOKUP, DataType.MULTI_MODULE_LOOKUP} and "refers_to" not in field.properties:
            assert field.lookup_module in {*CATALOG.by_name, "se_module"}, (module.api_name, field.api_name)
        if field.data_type in USER_REFERENCES:
            assert field.lookup_module == "Users"


@pytest.mark.source("reference: platform B.9, line items")
@pytest.mark.parametrize(
    ("parent", "rows"),
    [
        ("Quotes", "Quoted_Items"),
        ("Sales_Orders", "Ordered_Items"),
        ("Purchase_Orders", "Purchase_Items"),
        ("Invoices", "Invoiced_Items"),
    ],
)
def test_line_items_hang_on_their_parent(parent: str, rows: str) -> None:
    field = CATALOG.by_name[parent].by_name[rows]

    assert field.subform_module == rows
    assert field.column == ""
    assert CATALOG.by_name[rows].parent_module == parent


@pytest.mark.source("reference: platform C.1, system-mandatory fields")
@pytest.mark.parametrize(
    ("api_name", "mandatory", "by_layout"),
    [
        ("Leads", {"Last_Name"}, {"Company", "Last_Name"}),
        ("Accounts", {"Account_Name"}, {"Account_Name"}),
        ("Deals", {"Deal_Name", "Stage"}, {"Deal_Name", "Stage", "Closing_Date", "Pipeline"}),
        ("Tasks", {"Subject"}, {"Subject"}),
        ("Events", {"Event_Title", "Start_DateTime", "End_DateTime"}, None),
        ("Cases", {"Subject", "Status", "Case_Origin"}, None),
        ("Notes", {"Parent_Id", "Note_Content"}, None),
    ],
)
def test_mandatory_fields(api_name: str, mandatory: set[str], by_layout: set[str] | None) -> None:
    module = CATALOG.by_name[api_name]

    assert {field.api_name for field in module.fields if field.mandatory} == mandatory
    if by_layout is not None:
        assert module.layouts[0].mandatory == by_layout


@pytest.mark.source("reference: modules.json, writable")
@pytest.mark.parametrize(
    ("api_name", "field", "writable"),
    [
        ("Leads", "Full_Name", False),
        ("Leads", "Created_Time", False),
        ("Leads", "Owner", True),
        ("Leads", "Layout", True),
        ("Leads", "Tag", True),
        ("Deals", "Expected_Revenue", False),
        ("Deals", "Probability", True),
        ("Quotes", "Quote_Number", False),
        ("Quotes", "Grand_Total", False),
    ],
)
def test_what_clients_may_write(api_name: str, field: str, writable: bool) -> None:
    assert CATALOG.by_name[api_name].by_name[field].writable is writable


@pytest.mark.source("reference: platform E.2, display differs from actual")
def test_stages_are_known_by_what_they_show_and_by_what_they_hold() -> None:
    actual = CATALOG.by_name["Deals"].by_name["Stage"].actual_values

    assert actual["Identify Decision Makers"] == "Id. Decision Makers"
    assert actual["Id. Decision Makers"] == "Id. Decision Makers"
    assert actual["Closed-Lost to Competition"] == "Closed Lost to Competition"


@pytest.mark.source("reference: modules.json")
def test_stages_have_probability_and_forecast() -> None:
    stages = {value.actual_value: value.extra for value in CATALOG.by_name["Deals"].by_name["Stage"].pick_list_values}

    assert stages["Closed Lost"]["probability"] == 0
    assert stages["Closed Lost"]["forecast_type"] == "Closed Lost"
    assert stages["Negotiation/Review"]["probability"] == 90
    assert stages["Closed Won"]["forecast_category"] == {"name": "Closed", "id": f"{PREFIX}000006789"}


@pytest.mark.source("docs: Kaizen 215: its rules look at this reason")
def test_price_is_a_reason_for_loss() -> None:
    values = CATALOG.by_name["Deals"].by_name["Reason_For_Loss__s"].actual_values

    assert "Price" in values


@pytest.mark.source("reference: platform A.9")
@pytest.mark.parametrize(
    ("api_name", "word"),
    [
        ("Leads", "leads"),
        ("Price_Books", "pricebooks"),
        ("Sales_Orders", "salesorders"),
        ("Services__s", "services"),
        ("Locking_Information__s", "lockinginformation"),
    ],
)
def test_scopes_have_a_word_for_each_module(api_name: str, word: str) -> None:
    assert CATALOG.by_name[api_name].scope == word


@pytest.mark.source("reference: modules.json, duplicate check")
def test_upsert_has_a_system_field_where_the_service_has_one() -> None:
    assert CATALOG.by_name["Leads"].duplicate_check_field == "Email"
    assert CATALOG.by_name["Deals"].duplicate_check_field == "Deal_Name"
    assert CATALOG.by_name["Tasks"].duplicate_check_field is None


@pytest.mark.source("reference: modules.json")
def test_a_layout_shows_each_writable_field_once() -> None:
    for module in CATALOG.modules:
        for layout in module.layouts:
            shown = Counter(name for section in layout.sections for name in section.fields)
            assert set(shown) <= set(module.by_name)
            assert max(shown.values()) == 1
            assert layout.mandatory <= set(shown)


@pytest.mark.source("reference: platform F.1, F.2, F.4")
def test_the_organisation_begins_with_an_administrator_at_the_top() -> None:
    (administrator,) = NEW.users

    assert administrator.is_administrator
    assert administrator.confirmed
    assert administrator.role_name == "CEO"
    assert [role.name for role in NEW.roles] == ["CEO", "Manager"]
    assert NEW.roles[1].body["reporting_to"] == str(NEW.roles[0].id)
    assert [profile.name for profile in NEW.profiles] == ["Administrator", "Standard"]
    (hours,) = (document for document in NEW.documents if document.kind == "business_hours")
    assert hours.body["daily_timing"] == ["09:00", "18:00"]
    assert hours.body["business_days"] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


@pytest.mark.source("assumed: a booleans's default is a boolean")
def test_defaults_have_the_type_of_their_field() -> None:
    assert CATALOG.by_name["Products"].by_name["Product_Active"].default_value is True
    assert CATALOG.by_name["Cases"].by_name["Status"].default_value == "New"


@pytest.mark.source("assumed: the same facts give the same organisation")
def test_building_again_gives_the_same() -> None:
    again = new_organisation(
        organisation_name="Zylker",
        admin_email="ada@zylker.example",
        admin_last_name="Lovelace",
        time_zone="Asia/Kolkata",
        zgid="700001",
        id_prefix=PREFIX,
        now=1_700_000_000,
    )

    assert again == NEW
