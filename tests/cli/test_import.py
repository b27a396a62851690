"""`kaizen import`, `replay`, `clock` and `trace` against a real server in a process of its own."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from kaizen.cli.main import run
from kaizen.cli.sample_data import write_sample_data
from tests.cli.conftest import Desk
from tests.support.server import StartKaizen

pytestmark = pytest.mark.source("assumed: the command line is ours")

MAPPING = """
name = "people"

[[custom_fields]]
module = "Leads"
field_label = "Badge"
data_type = "text"
length = 20
unique = true

[[loads]]
file = "people.csv"
module = "Leads"
match = "Badge"
[loads.fields]
Badge = "badge"
Last_Name = "name"
Email = "mail"
Annual_Revenue = "worth"
Lead_Source = "source"
"""

PEOPLE = """badge,name,mail,worth,source
b1,Ada,ada@example.com,12,Advertisement
b2,Bob,not an address,1,Cold Call
b3,Cy,cy@example.com,much,Cold Call
b4,Dot,dot@example.com
b5,,eve@example.com,3,A fair
b6,Fay,fay@example.com,4,A fair
"""


@pytest.fixture
def desk(desk: Desk) -> Desk:
    (desk.folder / "mapping.toml").write_text(MAPPING)
    (desk.folder / "people.csv").write_text(PEOPLE)
    return desk


def test_bad_rows_are_skipped_and_the_rest_is_kept(desk: Desk) -> None:
    status, said = desk.load()

    assert status == 1
    assert "people.csv:3: INVALID_DATA" in said
    assert "(Email)" in said
    assert 'people.csv:4: Annual_Revenue: "much" is not a number' in said
    assert "people.csv:5: 3 cells, but the first line names 5 columns" in said
    assert "people.csv:6: MANDATORY_NOT_FOUND" in said
    with desk.client as crm:
        leads = {lead["Badge"]: lead for lead in crm.leads.iter(fields=["Badge", "Last_Name", "Lead_Source"])}
        options = next(f for f in crm.settings.fields("Leads") if f["api_name"] == "Lead_Source")
    assert {badge: lead["Last_Name"] for badge, lead in leads.items()} == {"b1": "Ada", "b6": "Fay"}
    assert "A fair" in [value["actual_value"] for value in options["pick_list_values"]]


def test_a_second_run_doubles_nothing(desk: Desk) -> None:
    desk.load()
    with desk.client as crm:
        before = sorted(str(lead.id) for lead in crm.leads.iter(fields=["Badge"]))

    desk.load("--progress", "another.progress")
    (desk.folder / "people.csv").write_text(PEOPLE.replace("not an address", "bob@example.com"))
    desk.load()

    with desk.client as crm:
        after = sorted(str(lead.id) for lead in crm.leads.iter(fields=["Badge"]))
    assert set(before) < set(after)
    assert len(after) == len(before) + 1


def test_a_finished_load_is_not_repeated(desk: Desk) -> None:
    desk.load()

    _, said = desk.load()

    row = next(line for line in said.splitlines() if "people.csv)" in line)
    assert row.split()[-5:] == ["5", "0", "0", "2", "4"]


def test_an_interrupted_load_goes_on_where_it_was(desk: Desk) -> None:
    (desk.folder / "people.csv").write_text(
        "badge,name,mail,worth,source\n" + "".join(f"b{n},Name {n},p{n}@example.com,{n},Web\n" for n in range(250))
    )
    (desk.folder / "mapping.toml").write_text(MAPPING + '[loads.fields.Company]\ncolumn = "name"\n')
    desk.load("--progress", "whole.progress")
    text = Path("whole.progress").read_text()
    with desk.client as crm:
        crm.leads.delete_many([lead for lead in crm.leads.iter(fields=["Badge"]) if int(lead["Badge"][1:]) >= 200])

    Path("whole.progress").write_text(text.replace("250", "200"))
    status, _ = desk.load("--progress", "whole.progress")

    assert status == 0
    with desk.client as crm:
        assert sorted(int(lead["Badge"][1:]) for lead in crm.leads.iter(fields=["Badge"])) == list(range(250))


def test_a_field_that_is_not_there_is_told_before_anything_is_written(desk: Desk) -> None:
    (desk.folder / "mapping.toml").write_text(MAPPING.replace("Annual_Revenue", "Anual_Revenue"))

    status, said = desk.load()

    assert status == 2
    assert 'fields fills "Anual_Revenue", which is not a field of Leads; did you mean "Annual_Revenue"?' in said
    with desk.client as crm:
        assert crm.leads.first(fields="Last_Name") is None
        assert "Badge" not in {field["api_name"] for field in crm.settings.fields("Leads")}


def test_an_event_with_a_field_that_is_not_there_is_told(desk: Desk) -> None:
    (desk.folder / "mapping.toml").write_text(
        '[replay]\nfile = "people.csv"\nmodule = "Leads"\nmatch = "Last_Name"\n[[replay.events]]\nname = "met"\n'
        'at = "source"\nkind = "create"\n[replay.events.fields]\nLast_Name = "name"\nEmial = "mail"\n'
    )

    status, said = desk.kaizen("replay", str(desk.folder), "--mapping", str(desk.folder / "mapping.toml"))

    assert status == 2
    assert 'replay.met.fields fills "Emial", which is not a field of Leads; did you mean "Email"?' in said


def test_a_replay_before_its_import_is_told(desk: Desk) -> None:
    (desk.folder / "mapping.toml").write_text(
        MAPPING + '[replay]\nfile = "people.csv"\nmodule = "Leads"\nmatch = "Badge"\n[[replay.events]]\nname = "met"\n'
        'at = "source"\nkind = "create"\n[replay.events.fields]\nBadge = "badge"\n'
    )

    status, said = desk.kaizen("replay", str(desk.folder), "--mapping", str(desk.folder / "mapping.toml"))

    assert status == 2
    assert 'fills "Badge", which Leads does not have yet; run `kaizen import` with this mapping first' in said


@pytest.mark.parametrize("data_type", ["bigint", "text"])
def test_a_number_keeps_every_digit(data_type: str, desk: Desk) -> None:
    mapping = MAPPING.replace('data_type = "text"', f'data_type = "{data_type}"').replace("length = 20", "length = 18")
    (desk.folder / "mapping.toml").write_text(mapping)
    (desk.folder / "people.csv").write_text("badge,name,mail,worth,source\n9007199254740993,Ada,,,\n")

    status, said = desk.load()

    assert status == 0, said
    with desk.client as crm:
        assert [str(lead["Badge"]) for lead in crm.leads.iter(fields=["Badge"])] == ["9007199254740993"]


LABELS = """
[[custom_fields]]
module = "Leads"
field_label = "Size (cm)"
data_type = "integer"

[[custom_fields]]
module = "Leads"
field_label = "2nd badge"
data_type = "text"
length = 20
unique = true

[[loads]]
file = "people.csv"
module = "Leads"
match = "2nd badge"
[loads.fields]
"2nd badge" = "badge"
Last_Name = "name"
SIZE = "size"

[replay]
file = "people.csv"
module = "Leads"
match = "2nd badge"
[[replay.events]]
name = "met"
at = "day"
kind = "create"
[replay.events.fields]
"2nd badge" = { format = "{badge}-again" }
Last_Name = "name"
SIZE = "size"
"""


@pytest.mark.parametrize("size", ["Size_cm", "Size__cm_", '"Size (cm)"'])
def test_new_fields_are_filled_under_the_names_that_the_server_gave_them(size: str, desk: Desk) -> None:
    (desk.folder / "mapping.toml").write_text(LABELS.replace("SIZE", size))
    (desk.folder / "people.csv").write_text("badge,name,size,day\nb1,Ada,170,2017-02-01\n")

    loaded, said = desk.load()
    again, more = desk.load("--progress", "another.progress")
    played, told = desk.kaizen("replay", str(desk.folder), "--mapping", str(desk.folder / "mapping.toml"))

    assert (loaded, again, played) == (0, 0, 0), said + more + told
    with desk.client as crm:
        names = {field["field_label"]: field["api_name"] for field in crm.settings.fields("Leads")}
        wanted = [names["2nd badge"], names["Size (cm)"]]
        leads = [tuple(lead[name] for name in wanted) for lead in crm.leads.iter(fields=wanted)]
    assert sorted(leads) == [("b1", 170), ("b1-again", 170)]


def test_a_new_field_under_a_name_that_nothing_has_is_told_before_anything_is_written(desk: Desk) -> None:
    (desk.folder / "mapping.toml").write_text(LABELS.replace("SIZE", "Width"))
    (desk.folder / "people.csv").write_text("badge,name,size,day\nb1,Ada,170,2017-02-01\n")

    status, said = desk.load()

    assert status == 2
    assert 'fills "Width", which is not a field of Leads; it has: 2nd badge, ' in said
    with desk.client as crm:
        assert "Size (cm)" not in {field["field_label"] for field in crm.settings.fields("Leads")}


def test_an_amount_is_exact_from_the_file_to_the_program(desk: Desk) -> None:
    (desk.folder / "people.csv").write_text("badge,name,mail,worth,source\nb1,Ada,,99999999999999.99,\n")

    status, said = desk.load()

    assert status == 0, said
    with desk.client as crm:
        assert [lead["Annual_Revenue"] for lead in crm.leads.iter(fields=["Annual_Revenue"])] == [
            Decimal("99999999999999.99")
        ]


REFUSALS = {
    "no folder for the progress": (
        ["import", "data", "--mapping", "data/mapping.toml", "--progress", "nowhere/p"],
        "nowhere/p: cannot be written (there is no folder nowhere)",
    ),
    "a folder for the progress": (
        ["replay", "data", "--mapping", "data/mapping.toml", "--progress", "data"],
        "data: cannot be written (it is a folder)",
    ),
    "an unknown constant": (
        ["import", "data", "--mapping", "data/mapping.toml", "--set", "rate=1"],
        'mapping.toml: has no constant "rate" to override with --set',
    ),
    "no credentials": (["clock", "--credentials", "nowhere.json"], "nowhere.json: no credentials file"),
    "no mapping": (["import", "data", "--mapping", "nowhere.toml"], "nowhere.toml: cannot be read"),
    "no such unit": (["clock", "--fortnights", "1"], "fortnights"),
    "both": (["clock", "--set", "2017-01-02T00:00:00Z", "--days", "1"], "not both"),
    "a negative time": (["clock", "--business-days", "-1"], "--business-days -1: the clock cannot go back"),
    "no number": (
        ["import", "data", "--mapping", "data/mapping.toml", "--set", "rate=nan"],
        '--set takes NAME=NUMBER, not "rate=nan"',
    ),
    "backwards": (["clock", "--set", "2016-01-02T00:00:00Z"], "cannot go back"),
    "no such record": (["trace", "Deals", "12"], "there are no changes of this record"),
    "no such module": (["trace", "Deels", "12"], "Deels"),
    "no id": (["trace", "Deals", "twelve"], "twelve"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_done_is_said_in_a_sentence(desk: Desk, name: str) -> None:
    arguments, expected = REFUSALS[name]
    status = run(arguments) if "--credentials" in arguments else desk.kaizen(*arguments)[0]
    said = desk.capture.readouterr()

    assert status == 2
    if "--credentials" in arguments:
        assert expected in said.out + said.err
    again = desk.kaizen(*[word for word in arguments if word not in ("--credentials", "nowhere.json")])[1]
    assert "Traceback" not in again
    assert "defect" not in again
    if "--credentials" not in arguments:
        assert expected in again


def test_a_server_that_is_gone_is_named(desk: Desk) -> None:
    desk.server.kill()

    status, said = desk.kaizen("clock")

    assert status == 2
    assert "does not answer" in said


def test_a_history_is_played_and_explained(desk: Desk) -> None:
    data = write_sample_data(desk.folder / "sample")
    mapping = Path(__file__).parents[2] / "examples" / "crm-sales-opportunities" / "mapping.toml"

    assert desk.kaizen("import", str(data), "--mapping", str(mapping))[0] == 0
    status, said = desk.kaizen("replay", str(data), "--mapping", str(mapping))

    assert status == 0
    assert "Replayed 2017-01-02 to 2017-08-30: 600 engaged, 436 closed." in said
    with desk.client as crm:
        deals = list(crm.deals.iter(fields=["Deal_Name", "Stage", "Owner", "Product", "Created_Time", "Engage_Date"]))
        assert len(deals) == 600
        dated = [deal for deal in deals if deal["Engage_Date"]]
        assert all(deal["Created_Time"].startswith(deal["Engage_Date"]) for deal in dated)
        lost = next(deal for deal in deals if deal["Stage"] == "Closed Lost")
        shown = desk.kaizen("trace", "Deals", str(lost.id))[1]
    assert "create" in shown
    assert "Closed Lost" in shown
    status, again = desk.kaizen("replay", str(data), "--mapping", str(mapping))
    assert (status, again.splitlines()[-1]) == (
        0,
        "Nothing left to replay: an earlier run had replayed all 1,036 events.",
    )
    _, clock = desk.kaizen("clock", "--business-days", "1")
    assert "2017-08-31T09:00:00+00:00 (virtual)" in clock


def test_history_is_not_played_on_a_real_clock(desk: Desk, start_kaizen: StartKaizen) -> None:
    data = write_sample_data(desk.folder / "sample")
    mapping = Path(__file__).parents[2] / "examples" / "crm-sales-opportunities" / "mapping.toml"
    real = start_kaizen()

    status = run(
        ["replay", str(data), "--mapping", str(mapping), "-c", str(real.database.with_name("credentials.json"))]
    )

    assert status == 2
    assert "the server uses the real clock" in desk.capture.readouterr().err
    shutil.rmtree(data)
