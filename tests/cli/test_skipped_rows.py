"""Rows that `kaizen import` and `kaizen replay` skip: each is told with its reason, in every run the same."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk

pytestmark = pytest.mark.source("assumed: the command line is ours")

ACCOUNTS = """
name = "accounts"

[[loads]]
file = "acc.csv"
module = "Accounts"
match = "Account_Name"
[loads.fields]
Account_Name = "name"
Employees = "emp"
"""
PARENTS = ACCOUNTS + 'Parent_Account = { column = "parent", lookup = "Accounts", later = true }\n'
KEY_FIELD = """
[[custom_fields]]
module = "{module}"
field_label = "Key"
data_type = "text"
length = 40
unique = true
"""
VENDORS = (
    KEY_FIELD.format(module="Vendors")
    + """
[[loads]]
file = "vendors.csv"
module = "Vendors"
match = "Key"
[loads.fields]
Key = "id"
Vendor_Name = "name"
"""
)
USERS = """
[[loads]]
file = "users.csv"
module = "Users"
match = "email"
[loads.fields]
email = "mail"
last_name = "name"
Reporting_To = { column = "boss", lookup = "Users", later = true }
"""
DEALS = (
    KEY_FIELD.format(module="Deals")
    + """
[replay]
file = "deals.csv"
module = "Deals"
match = "Key"

[[replay.events]]
name = "made"
at = "start"
kind = "create"
[replay.events.fields]
Key = "id"
Deal_Name = "name"
Stage = "stage"
Amount = "amount"

[[replay.events]]
name = "closed"
at = "end"
kind = "update"
[replay.events.fields]
Closing_Date = "end"
Amount = "paid"
"""
)


def told(said: str) -> list[str]:
    """Return what is told below the tables: the headings of rows that went wrong, and their reasons."""
    lines = [line.strip() for line in said.splitlines()]
    first = next((place for place, line in enumerate(lines) if line.endswith(":")), len(lines))
    return [line for line in lines[first:] if line]


def come_so_far(step: str, rows: int | None) -> None:
    """Leave the progress of an import that was cut short in this step; None: before it."""
    path = Path("kaizen-import.progress")
    kept = json.loads(path.read_text())
    kept["left_out"].pop(step, None)
    kept["done"].pop(step)
    if rows is not None:
        kept["done"][step] = rows
    path.write_text(json.dumps(kept))


def accounts(desk: Desk) -> dict[str, Any]:
    """Return the name of each account's parent."""
    with desk.client as crm:
        found = crm.accounts.iter(fields=["Account_Name", "Parent_Account"])
        return {str(one["Account_Name"]): one["Parent_Account"] and one["Parent_Account"]["name"] for one in found}


def lay(desk: Desk, mapping: str, file: str, lines: Iterable[str]) -> None:
    """Put a mapping and its file into the folder."""
    (desk.folder / "mapping.toml").write_text(mapping)
    (desk.folder / file).write_text("\n".join(lines) + "\n")


def play(desk: Desk) -> tuple[int, str]:
    """Replay the folder."""
    return desk.kaizen("replay", str(desk.folder), "--mapping", str(desk.folder / "mapping.toml"))


@pytest.mark.parametrize("mapping", [ACCOUNTS, PARENTS], ids=["one pass", "two passes"])
@pytest.mark.parametrize("blank", ["", '"   "'])
def test_a_row_without_its_natural_key_is_skipped_and_the_rest_is_kept(desk: Desk, mapping: str, blank: str) -> None:
    lay(desk, mapping, "acc.csv", ["name,emp,parent", "RootCo,1,", f"{blank},2,RootCo", "KidCo,3,RootCo"])

    status, said = desk.load()

    assert status == 1
    assert told(said) == ["1 row was skipped:", 'acc.csv:3: Account_Name: the key column "name" is empty']
    assert accounts(desk) == {"RootCo": None, "KidCo": "RootCo" if mapping == PARENTS else None}


def test_a_row_without_its_natural_key_is_never_inserted_by_any_run(desk: Desk) -> None:
    lay(desk, VENDORS, "vendors.csv", ["id,name", "1,Acme", ",Nameless"])

    for progress in ("first", "second"):
        status, said = desk.load("--progress", progress)
        assert status == 1
        assert told(said)[1:] == ['vendors.csv:3: Key: the key column "id" is empty']

    with desk.client as crm:
        assert [vendor["Vendor_Name"] for vendor in crm.vendors.iter(fields=["Vendor_Name"])] == ["Acme"]


def test_a_key_made_of_several_columns_is_empty_when_they_all_are(desk: Desk) -> None:
    mapping = ACCOUNTS.replace('Account_Name = "name"', 'Account_Name = { format = "{name} - {town}" }')
    lay(desk, mapping, "acc.csv", ["name,town,emp", ",,1", ",Oslo,2"])

    _, said = desk.load()

    assert told(said)[1:] == ['acc.csv:2: Account_Name: the key columns "name", "town" are empty']
    assert list(accounts(desk)) == ["Oslo"]


def test_a_record_without_its_key_is_not_one_called_none(desk: Desk) -> None:
    with desk.client as crm:
        crm.vendors.create({"Vendor_Name": "Old"})
    contacts = """
[[loads]]
file = "contacts.csv"
module = "Contacts"
match = "Email"
[loads.fields]
Email = "mail"
Last_Name = "name"
Vendor_Name = { column = "vendor", lookup = "Vendors" }
"""
    (desk.folder / "contacts.csv").write_text("mail,name,vendor\na@example.com,Ada,None\n")
    lay(desk, VENDORS + contacts, "vendors.csv", ["id,name", "1,Acme"])

    _, said = desk.load()

    assert told(said)[1:] == ['contacts.csv:2: Vendor_Name: there is no record of Vendors with the key "None"']


FAMILY = ["name,emp,parent", "RootCo,1,", "KidCo,2,RootCo", "BadCo,2.5,RootCo", "LostCo,3,Nobody"]
FAMILY_TOLD = [
    "1 row was skipped:",
    'acc.csv:4: Employees: "2.5" is not a whole number',
    "1 row was imported without its link:",
    'acc.csv:5: Parent_Account: there is no record of Accounts with the key "Nobody"',
]
LINKS = "loads[0] (acc.csv), links"


@pytest.mark.parametrize("cut_short", ["finished", "before the links", "amid the links"])
def test_each_run_tells_the_same_of_the_rows_it_did_not_carry_out(desk: Desk, cut_short: str) -> None:
    lay(desk, PARENTS, "acc.csv", FAMILY)
    first, said_first = desk.load()
    if cut_short != "finished":
        come_so_far(LINKS, None if cut_short == "before the links" else 2)

    second, said_second = desk.load()

    assert (first, told(said_first)) == (1, FAMILY_TOLD)
    assert (second, told(said_second)) == (1, FAMILY_TOLD)
    assert accounts(desk) == {"RootCo": None, "KidCo": "RootCo", "LostCo": None}


def test_an_import_cut_short_amid_its_links_links_every_row_behind_one_skipped(desk: Desk) -> None:
    lay(desk, PARENTS, "acc.csv", ["name,emp,parent", "BadCo,2.5,", "RootCo,1,", "KidCo,2,RootCo"])
    desk.load()
    with desk.client as crm:
        crm.accounts.update_many([{"id": one.id, "Parent_Account": None} for one in crm.accounts.iter(fields=["id"])])
    come_so_far(LINKS, 2)

    desk.load()

    assert accounts(desk) == {"RootCo": None, "KidCo": "RootCo"}


def test_rows_whose_keys_differ_in_case_are_one_record_in_each_run(desk: Desk) -> None:
    lay(desk, PARENTS, "acc.csv", ["name,emp,parent", "RootCo,1,", "kidco,2,rootco", "KidCo,3,"])
    first, _ = desk.load()
    come_so_far(LINKS, None)

    second, said = desk.load()

    assert (first, second, told(said)) == (0, 0, [])
    assert accounts(desk) == {"RootCo": None, "KidCo": "RootCo"}


def test_users_can_point_at_each_other(desk: Desk) -> None:
    lay(desk, USERS, "users.csv", ["mail,name,boss", "kid@example.com,Kid,root@example.com", "root@example.com,Root,"])

    status, said = desk.load()

    assert (status, told(said)) == (0, [])
    with desk.client as crm:
        bosses = {user["email"]: user["Reporting_To"] for user in crm.users.iter()}
    assert bosses["kid@example.com"]["name"] == "Root"


def test_a_user_without_the_address_is_skipped(desk: Desk) -> None:
    lay(desk, USERS, "users.csv", ["mail,name,boss", ",Nobody,", "root@example.com,Root,"])

    status, said = desk.load()

    assert status == 1
    assert told(said) == ["1 row was skipped:", 'users.csv:2: email: the key column "mail" is empty']


def test_a_line_that_two_loads_skip_is_one_row(desk: Desk) -> None:
    lay(desk, ACCOUNTS + ACCOUNTS.split("\n", 2)[2], "acc.csv", ["name,emp", "RootCo,1", "a,b,c", "d,e,f"])

    _, said = desk.load()

    assert told(said) == [
        "2 rows were skipped:",
        "acc.csv:3: 3 cells, but the first line names 2 columns",
        "acc.csv:4: 3 cells, but the first line names 2 columns",
    ]


HISTORY = [
    "id,name,amount,paid,start,end,stage",
    "1,Fine,1,1,2017-01-02,2017-01-05,Qualification",
    ",Keyless,1,1,2017-01-03,2017-01-04,Qualification",
    "3,Unpaid,1,x,2017-01-03,2017-01-06,Qualification",
    "4,Worthless,x,1,2017-01-03,2017-01-06,Qualification",
    "1,Again,1,1,2017-01-04,2017-01-07,Qualification",
    "6,Dateless,1,1,soon,later,Qualification",
]
HISTORY_TOLD = [
    "4 rows were skipped:",
    'deals.csv:7: start: "soon" is not a date (YYYY-MM-DD)',
    'deals.csv:3: Key: the key column "id" is empty',
    'deals.csv:5: Amount: "x" is not a number',
    "deals.csv:6: DUPLICATE_DATA duplicate data (Key)",
    "1 row was replayed without a later event:",
    'deals.csv:4: Amount: "x" is not a number',
]


def test_a_replay_tells_each_row_that_is_not_played_and_why(desk: Desk) -> None:
    lay(desk, DEALS, "deals.csv", HISTORY)
    desk.load()

    status, said = play(desk)
    again, said_again = play(desk)

    assert (status, told(said)) == (1, HISTORY_TOLD)
    assert "Replayed 2017-01-02 to 2017-01-07: 2 made, 1 closed." in said
    assert (again, told(said_again)) == (1, HISTORY_TOLD)
    assert "Nothing left to replay: an earlier run had replayed 3 events." in said_again
    with desk.client as crm:
        deals = {
            deal["Deal_Name"]: deal["Closing_Date"] for deal in crm.deals.iter(fields=["Deal_Name", "Closing_Date"])
        }
    assert deals == {"Fine": "2017-01-05", "Unpaid": None}


def test_a_replay_cut_short_after_a_write_tells_nothing_of_the_records_it_made(desk: Desk) -> None:
    lay(
        desk,
        DEALS,
        "deals.csv",
        ["id,name,amount,paid,start,end,stage", "1,One,1,1,2017-01-02,2017-01-02,Qualification"],
    )
    desk.load()
    with desk.client as crm:
        crm.deals.create({"Key": "1", "Deal_Name": "One", "Stage": "Qualification"})

    status, said = play(desk)

    assert (status, told(said)) == (0, [])
    assert "1 closed" in said


def test_a_natural_key_that_is_set_later_is_refused(desk: Desk) -> None:
    mapping = PARENTS.replace('Account_Name = "name"', 'Account_Name = { column = "name", later = true }')
    lay(desk, mapping, "acc.csv", FAMILY)

    status, said = desk.load()

    assert status == 2
    assert (
        "loads[0].fields.Account_Name cannot be set `later`, because records are matched by it; leave `later` out"
        in said
    )
