"""Records through the SDK against a real server: every operation, and what comes back."""

import datetime as dt
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from kaizen import F, errors

_NUMBERS = count(1)


@pytest.fixture
def firm() -> str:
    """A company that only one test knows: the server is shared."""
    return f"Engines No {next(_NUMBERS)} (Ltd), Bath"


def digits(firm: str) -> str:
    """Give a company eight digits of its own, for addresses and names."""
    return f"{int(firm.split()[2]):08}"


def lead(firm: str, **more: object) -> dict[str, object]:
    """Write a lead of a company."""
    return {"Last_Name": "Lovelace", "Company": firm, **more}


@pytest.mark.source("reference: platform C.1 to C.4")
def test_the_life_of_a_record(real: Any, firm: str) -> None:
    record = real.leads.create(lead(firm, Annual_Revenue=1500, Email_Opt_Out=True))
    assert record.id.isdecimal()
    assert len(record.id) == 19
    assert record.created_time == record.modified_time
    assert record["Created_By"]["name"]

    record["City"] = "London"
    record["Annual_Revenue"] = 1500
    assert record.changes == {"City": "London"}
    record.save()
    assert record.changes == {}

    again = real.leads.get(record.id)
    seen = {name: again[name] for name in ("Last_Name", "Company", "City", "Annual_Revenue", "Email_Opt_Out")}
    assert seen == {**lead(firm), "City": "London", "Annual_Revenue": 1500, "Email_Opt_Out": True}
    assert real.leads.update(again, {"City": None}).id == record.id
    assert record.reload()["City"] is None
    assert dict(real.leads.get(record, fields=["City", "Last_Name"])).keys() >= {"id", "City", "Last_Name"}
    assert "Company" not in dict(real.leads.get(record, fields="City"))

    record.delete()
    with pytest.raises(errors.NotFound):
        real.leads.get(record)


@pytest.mark.source("reference: platform C.1")
def test_a_new_record_is_created_by_saving_it(real: Any, firm: str) -> None:
    record = real.leads.new(lead(firm))
    assert not record.is_saved

    record.save(trigger=())

    assert real.leads.get(record)["Company"] == firm


@pytest.mark.source("reference: platform C.1: lookups")
def test_a_record_as_a_value_is_a_lookup(real: Any, firm: str) -> None:
    account = real.accounts.create({"Account_Name": firm})
    deal = real.deals.create(
        {
            "Deal_Name": "Engine",
            "Stage": "Qualification",
            "Account_Name": {"id": account.id},
            "Amount": 1250.5,
            "Closing_Date": dt.date(2026, 3, 1),
        }
    )

    found = real.deals.get(deal)

    assert found["Account_Name"] == {"name": firm, "id": account.id}
    assert (found["Amount"], found["Closing_Date"], found["Probability"]) == (1250.5, "2026-03-01", 10)


@pytest.mark.source("reference: platform C.5: conditional requests")
def test_a_record_that_somebody_else_changed_is_not_overwritten(real: Any, firm: str) -> None:
    record = real.leads.create(lead(firm))
    read_at = record.modified_time
    real.control.clock.advance(minutes=1)
    real.leads.update(record, {"City": "Bath"})

    with pytest.raises(errors.AlreadyModified):
        real.leads.update(record, {"City": "London"}, if_unmodified_since=read_at)

    now = real.leads.get(record)
    assert now["City"] == "Bath"
    real.leads.update(record, {"City": "London"}, if_unmodified_since=now.modified_time)
    assert real.leads.get(record, modified_since=read_at)["City"] == "London"
    with pytest.raises(errors.NotFound):
        real.leads.get(record, modified_since=now.modified_time + dt.timedelta(days=1))


@pytest.mark.source("reference: platform B.4: every row has its own outcome")
def test_many_rows_some_of_them_bad(real: Any, firm: str) -> None:
    rows = [lead(firm, Last_Name=f"L{number}") for number in range(120)]
    rows[7] = {"Company": firm}
    rows[110] = lead(firm, Email="nowhere")

    result = real.leads.create_many(rows)

    assert len(result) == 120
    assert [(refused.index, refused.code) for refused in result.failed] == [
        (7, "MANDATORY_NOT_FOUND"),
        (110, "INVALID_DATA"),
    ]
    assert result.failed[1].details["api_name"] == "Email"
    assert result.failed[1].row is rows[110]
    with pytest.raises(errors.PartialFailure, match="2 of 120 rows were refused"):
        result.raise_for_errors()
    assert len(set(result.ids)) == 119  # 118 ids, and None for the refused

    changed = real.leads.update_many({"id": kept.id, "City": "Bath"} for kept in result.succeeded)
    assert changed.ids == [kept.id for kept in result.succeeded]
    assert real.leads.get(result[119].id)["City"] == "Bath"

    gone = real.leads.delete_many([kept.id for kept in changed.succeeded])
    assert len(gone.raise_for_errors()) == 118


@pytest.mark.source("reference: platform C.4: upsert")
def test_upsert(real: Any, firm: str) -> None:
    known = real.leads.create(lead(firm, Email=f"ada.{digits(firm)}@example.com"))

    result = real.leads.upsert(
        [
            {**lead(firm), "Email": known["Email"], "City": "London"},
            lead(firm, Last_Name="Byron", Email=f"byron.{digits(firm)}@example.com"),
        ],
        match=[F("Email")],
    )

    assert [(one.action, one.duplicate_field) for one in result] == [("update", "Email"), ("insert", None)]
    assert result[0].id == known.id
    assert real.leads.get(known)["City"] == "London"
    assert real.leads.upsert({**lead(firm), "Email": known["Email"]}, match="Email")[0].action == "update"


@pytest.mark.source("reference: platform B.7")
def test_more_records_than_two_pages(real: Any, firm: str) -> None:
    ids = real.leads.create_many(lead(firm, Last_Name=f"{number:03}") for number in range(430)).raise_for_errors().ids

    found = [one for one in real.leads.iter(fields=["Last_Name", "Company"]) if one["Company"] == firm]

    assert [one["Last_Name"] for one in found] == [f"{number:03}" for number in range(430)]
    assert [one.id for one in found] == ids
    page = real.leads.list(fields="Last_Name", sort_by="id", sort_order="desc", per_page=3, page=2, ids=ids[:9])
    assert [one["Last_Name"] for one in page] == ["005", "004", "003"]
    assert (page.more_records, page.info.page, page.info.count) == (True, 2, 3)
    assert real.leads.first(fields="Last_Name", ids=[ids[42]])["Last_Name"] == "042"
    assert [len(page) for page in real.leads.pages(fields="id", ids=ids[:100], per_page=40)] == [40, 40, 20]
    assert real.leads.delete_many(ids).failed == []


@pytest.mark.source("reference: platform B.7: by page token beyond 2,000")
def test_records_beyond_what_page_numbers_reach(real: Any, firm: str) -> None:
    name = "Solutions"
    made = real[name].create_many({"Solution_Title": f"{number:04}"} for number in range(2105))
    made.raise_for_errors()

    assert [one["Solution_Title"] for one in real[name].iter(fields="Solution_Title")] == [
        f"{number:04}" for number in range(2105)
    ]
    # The rest of a file's tests, of both forms, must not find them.
    assert real[name].delete_many(made.ids).failed == []


def by_criteria(crm: Any, firm: str) -> Any:
    return crm.leads.search((F("Company") == firm) & (F("Annual_Revenue") > 100), fields="Last_Name")


def by_text(crm: Any, firm: str) -> Any:
    number = firm.split()[2]
    return crm.leads.search(f"((Annual_Revenue:between:150,9999)and(Company:starts_with:Engines No {number} ))")


SEARCHES: dict[str, Callable[[Any, str], Any]] = {
    "criteria": by_criteria,
    "criteria as text": by_text,
    "e-mail": lambda crm, firm: crm.leads.search(email=f"ada.{digits(firm)}@example.com"),
    "phone": lambda crm, firm: crm.leads.search(phone=f"+44-20-{digits(firm)}"),
    "word": lambda crm, firm: crm.leads.search(word=f"Lovelace{digits(firm)}", fields=["Last_Name"]),
}


@pytest.mark.source("reference: platform D.2")
@pytest.mark.parametrize("kind", SEARCHES)
def test_search(kind: str, real: Any, firm: str) -> None:
    wanted = real.leads.create(
        lead(
            firm,
            Last_Name=f"Lovelace{digits(firm)}",
            Email=f"ada.{digits(firm)}@example.com",
            Phone=f"+44 20 {digits(firm)}",
            Annual_Revenue=200,
        )
    )
    real.leads.create(lead(firm, Last_Name="Byron", Annual_Revenue=50))

    assert [found.id for found in SEARCHES[kind](real, firm)] == [wanted.id]


@pytest.mark.source("reference: platform D.2: several pages of what is found, and nothing found")
def test_search_pages(real: Any, firm: str) -> None:
    ids = real.leads.create_many(lead(firm) for _ in range(7)).ids

    found = real.leads.search(F("Company") == firm, fields="Company", per_page=3, sort_by="id", sort_order="asc")

    assert [one.id for one in found] == ids
    assert list(real.leads.search(F("Company") == f"{firm} and Sons")) == []


@pytest.mark.source("reference: platform D.2")
def test_a_search_that_finds_more_than_its_reach_raises(real: Any, firm: str) -> None:
    real.leads.create_many((lead(firm) for _ in range(2001)), trigger=()).raise_for_errors()
    found: list[str] = []

    with pytest.raises(errors.LimitExceeded, match="more than the 2000 records in Leads"):
        found.extend(record.id for record in real.leads.search(F("Company") == firm, fields="Company"))
    assert len(set(found)) == 2000


@pytest.mark.source("reference: platform D.2: null")
def test_a_search_for_no_value(real: Any, firm: str) -> None:
    wanted = real.leads.create(lead(firm))
    real.leads.create(lead(firm, Annual_Revenue=1))

    found = real.leads.search((F("Annual_Revenue") == None) & (F("Company") == firm))  # noqa: E711 - criteria

    assert [one.id for one in found] == [wanted.id]


#: Values that would change the meaning of criteria if they were not escaped.
AWKWARD = [
    "Nuts, Bolts",
    "Smith (Sons)",
    "a)and(City:equals:b",
    "back\\slash",
    "back\\",
    'quo"te',
    "100 % & more",
    "Über",
]


@pytest.mark.source("reference: platform D.2: escaping")
@pytest.mark.parametrize("value", AWKWARD)
def test_a_search_finds_awkward_values(value: str, real: Any, firm: str) -> None:
    wanted = real.leads.create(lead(firm, City=value))
    real.leads.create(lead(firm, City="elsewhere"))

    found = list(real.leads.search((F("City") == value) & (F("Company") == firm)))

    assert [(one.id, one["City"]) for one in found] == [(wanted.id, value)]


@pytest.mark.source("reference: platform D.1")
def test_coql(real: Any, firm: str) -> None:
    account = real.accounts.create({"Account_Name": firm})
    deals = [
        {"Deal_Name": f"Engine {n}", "Stage": "Qualification", "Account_Name": {"id": account.id}, "Amount": n * 10}
        for n in range(5)
    ]
    real.deals.create_many(deals).raise_for_errors()
    query = (
        "select Deal_Name, Amount, Account_Name.Account_Name, Owner.email from Deals "
        f"where Account_Name = '{account.id}' and Amount >= 10 order by Amount desc"
    )

    rows = list(real.coql(query))

    assert [row.Deal_Name for row in rows] == ["Engine 4", "Engine 3", "Engine 2", "Engine 1"]
    assert rows[0]["Account_Name.Account_Name"] == firm
    assert rows[0]["Owner.email"] == real.users.current().email
    assert [row.Amount for row in real.coql(f"{query} limit 2")] == [40, 30]
    assert [row.Amount for row in real.coql(f"{query} limit 2 offset 1")] == [30, 20]
    assert list(real.coql("select id from Deals where Deal_Name = 'none such'")) == []
    total = (
        f"select COUNT(id) as deals, SUM(Amount) as total from Deals where Account_Name = '{account.id}' group by Stage"
    )
    assert [dict(row) for row in real.coql(total)] == [{"deals": 5, "total": 100.0}]


@pytest.mark.source("reference: platform D.1: 200 rows a call in version 2, 2,000 in version 8")
def test_coql_goes_on_page_after_page(real: Any, firm: str) -> None:
    real.leads.create_many(lead(firm, Last_Name=f"{number:03}") for number in range(430)).raise_for_errors()
    old = real.with_options(api_version="v2")
    query = f"select Last_Name from Leads where Company = '{firm}' order by Last_Name"

    assert [row.Last_Name for row in old.coql(query)] == [f"{number:03}" for number in range(430)]
    assert [row.Last_Name for row in old.coql(f"{query} limit 250 offset 5")] == [f"{n:03}" for n in range(5, 255)]
    assert len(list(real.coql(query))) == 430


@pytest.mark.source("reference: platform F.3")
def test_tags_on_records(real: Any, firm: str) -> None:
    name, other = f"hot {digits(firm)}", f"cold {digits(firm)}"
    record = real.leads.create(lead(firm))

    record.add_tags(name, other)
    assert sorted(tag["name"] for tag in record.reload()["Tag"]) == [other, name]
    record.remove_tags(other)
    assert [tag["name"] for tag in record.reload()["Tag"]] == [name]
    real.leads.add_tags([record.id], [other], over_write=True).raise_for_errors()
    assert [tag["name"] for tag in record.reload()["Tag"]] == [other]
    real.with_options(api_version="v2").leads.remove_tags([record.id], [other]).raise_for_errors()
    assert record.reload()["Tag"] == []


@pytest.mark.source("reference: platform F.3")
def test_the_tags_of_a_module(real: Any, firm: str) -> None:
    tags = real.settings.tags
    first, second = f"a{digits(firm)}", f"b{digits(firm)}"
    made = tags.create("Leads", first, {"name": second, "color_code": "#879BFC"}).raise_for_errors()
    real.leads.create(lead(firm, Tag=[{"name": first}]))

    assert {first, second} <= {tag.name for tag in tags.iter("Leads")}
    assert [tag.color_code for tag in tags.list("Leads") if tag.name == second] == ["#879BFC"]
    assert tags.records_count("Leads", made[0].id)["count"] == "1"
    assert tags.update("Leads", made[0].id, name=f"c{first}"[:25]).id == made[0].id
    tags.delete(made[0].id)
    tags.delete(made[1].id)
    assert {first, second, f"c{first}"} & {tag.name for tag in tags.iter("Leads")} == set()
    assert [(one.code, one.details["maximum_length"]) for one in tags.create("Leads", "x" * 27)] == [
        ("INVALID_DATA", 26)
    ]
