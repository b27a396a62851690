"""Mapping files and CSV files: what they mean, and what is said when they mean nothing."""

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from kaizen.cli.demo import mapping_file
from kaizen.cli.fitting import ModuleFields, check_columns, check_fields, fields_by_api_name
from kaizen.cli.import_files import constants
from kaizen.cli.loading import distinct, read_tables
from kaizen.cli.mapping import CustomField, Source, read_mapping
from kaizen.cli.numbers import key_text
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.sample_data import write_sample_data
from kaizen.cli.tables import Row, read_table
from kaizen.cli.values import RowProblemError, Translator, chosen

pytestmark = pytest.mark.source("assumed: the mapping format is ours")

LOAD = """
[[loads]]
file = "accounts.csv"
module = "Accounts"
match = "Account_Name"
[loads.fields]
Account_Name = "account"
"""


@dataclass(frozen=True)
class Refused:
    """A mapping that cannot be used, and what is said of it."""

    name: str
    text: str
    said: str


REFUSED = [
    Refused("no TOML", "loads = [", "mapping.toml: is not valid TOML"),
    Refused("an unknown part", "lods = 1", 'the file has an unknown key "lods"; did you mean "loads"?'),
    Refused("a load without a file", '[[loads]]\nmodule = "Leads"', "loads[0] needs `file`"),
    Refused(
        "a key that is not filled",
        LOAD.replace('match = "Account_Name"', 'match = "Phone"'),
        "does not fill that field",
    ),
    Refused("an unknown source key", LOAD + 'Phone = { colum = "x" }', 'did you mean "column"?'),
    Refused("a source of nothing", LOAD + "Phone = { multiply = 2 }", "needs `column`, `format` or `choose`"),
    Refused("a number as a source", LOAD + "Phone = 4", "must be the name of a column or a table"),
    Refused("an unknown constant", LOAD + 'X = { column = "x", multiply = "rate" }', 'the constant "rate"'),
    Refused(
        "a factor that is not a number", LOAD + 'X = { column = "x", multiply = nan }', "multiply is NaN; it must be"
    ),
    Refused("an unknown table", LOAD + 'X = { column = "x", values = "sector" }', "names [values.sector]"),
    Refused("a join without a key", LOAD + 'X = { column = "x", join = "a.csv" }', "needs `key`"),
    Refused("a choice by nothing", LOAD + 'X = { choose = ["a"] }', "needs `by`"),
    Refused("a part that is none", LOAD + 'X = { column = "x", part = "middle" }', "it must be first or last"),
    Refused("a table for a list", LOAD.replace("[[loads]]", "[loads]"), "loads must be a list; a list of tables is"),
    Refused("a text for a list", 'notes = "x"', "notes must be a list"),
    Refused("a text for a table", 'loads = ["x"]', "loads[0] must be a table, not 'x'"),
    Refused("a number for a text", LOAD + "Phone = { column = 3 }", "loads[0].fields.Phone.column must be text, not 3"),
    Refused(
        "a lookup that nobody matches",
        LOAD + 'Parent = { column = "x", lookup = "Accountz" }',
        'names "Accountz", but no load says by which field its records are matched; did you mean "Accounts"?',
    ),
    Refused(
        "two events of one name",
        '[replay]\nfile = "d.csv"\nmodule = "Deals"\nmatch = "Name"\n'
        + '[[replay.events]]\nat = "day"\nkind = "create"\n[replay.events.fields]\nName = "n"\n' * 2,
        'replay.events[1] has the same name as another event, "create"; give each its own `name`',
    ),
    Refused(
        "an event of no kind",
        '[replay]\nfile = "d.csv"\nmodule = "Deals"\nmatch = "Name"\n'
        '[[replay.events]]\nat = "day"\nkind = "delete"\n[replay.events.fields]\nName = "n"',
        "it must be create or update",
    ),
    Refused(
        "a history that creates nothing",
        '[replay]\nfile = "d.csv"\nmodule = "Deals"\nmatch = "Name"\n'
        '[[replay.events]]\nat = "day"\nkind = "update"\n[replay.events.fields]\nName = "n"',
        "replay needs an event of kind create that fills Name",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_mapping_that_means_nothing_is_refused(case: Refused, tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(case.text)

    with pytest.raises(UsageProblemError, match=r".") as refusal:
        read_mapping(path)

    assert case.said in str(refusal.value)


def test_the_example_fits_the_generated_files(tmp_path: Path) -> None:
    mapping = read_mapping(mapping_file())
    tables = read_tables(mapping, write_sample_data(tmp_path))

    for load in mapping.loads:
        check_columns(load.fields, tables[load.file], tables, load.name)
    assert mapping.replay is not None
    assert [event.kind for event in mapping.replay.events] == ["create", "update"]
    assert len(distinct(tables["sales_teams.csv"].rows, "manager")) == 2


def test_generated_files_are_always_the_same(tmp_path: Path) -> None:
    one, two = write_sample_data(tmp_path / "one"), write_sample_data(tmp_path / "two")

    assert [p.read_bytes() for p in sorted(one.iterdir())] == [p.read_bytes() for p in sorted(two.iterdir())]


def test_a_constant_can_be_given(tmp_path: Path) -> None:
    mapping = read_mapping(mapping_file(), constants(["rupees_per_dollar=1"]))

    assert next(load for load in mapping.loads if load.module == "Products").fields["Unit_Price"].multiply == 1
    with pytest.raises(UsageProblemError, match="NAME=NUMBER"):
        constants(["rupees_per_dollar"])
    unknown = 'has no constant "rupees_per_dolar" to override with --set; did you mean "rupees_per_dollar"?'
    with pytest.raises(UsageProblemError, match=re.escape(unknown)):
        read_mapping(mapping_file(), constants(["rupees_per_dolar=1"]))


@dataclass(frozen=True)
class Read:
    """One cell through one source."""

    name: str
    source: Source
    data_type: str
    gives: object


READ = [
    Read("a text", Source(column="name"), "text", "Ada Lovelace"),
    Read("an empty cell", Source(column="empty"), "text", None),
    Read("a whole number", Source(column="number"), "integer", 12),
    Read("a number times a million", Source(column="price", multiply=Decimal(1_000_000)), "currency", 1100040000),
    Read("a whole number beyond 2**53", Source(column="large"), "bigint", 9007199254740993),
    Read("a sum with more digits than a float", Source(column="exact"), "currency", Decimal("99999999999999.99")),
    Read("many decimal places", Source(column="places"), "double", Decimal("0.1234567890123456789")),
    Read("half a cent", Source(column="half", multiply=Decimal("0.1")), "currency", Decimal("0.1005")),
    Read("a product beyond 2**53", Source(column="exact", multiply=Decimal(100)), "bigint", 9999999999999999),
    Read("a date", Source(column="day"), "date", "2017-03-01"),
    Read("a truth", Source(column="yes"), "boolean", True),
    Read("a first name", Source(column="name", part="first"), "text", "Ada"),
    Read("a last name", Source(column="name", part="last"), "text", "Lovelace"),
    Read("a replaced value", Source(column="number", values={"12": "a dozen"}), "text", "a dozen"),
    Read("a format", Source(format="{name:slug}@example.com"), "email", "ada.lovelace@example.com"),
    Read("a format that begins with nothing", Source(format="{empty} - {name}"), "text", "Ada Lovelace"),
    Read("a format of nothing", Source(format="{empty}@example.com"), "email", None),
    Read("only for others", Source(column="name", only={"yes": ("no",)}), "text", None),
    Read("a lookup", Source(column="name", lookup="Contacts"), "lookup", {"id": "7"}),
    Read("a choice", Source(choose=("a", "b", "c"), by="name"), "picklist", chosen(("a", "b", "c"), "Ada Lovelace")),
]

BAD = [
    Read("no number", Source(column="name"), "double", '"Ada Lovelace" is not a number'),
    Read("not a whole number", Source(column="price"), "integer", "is not a whole number"),
    Read("infinity", Source(column="infinite"), "double", "is not a number"),
    Read("more digits than anybody writes", Source(column="endless"), "bigint", "is not a number"),
    Read("no date", Source(column="name"), "date", "is not a date (YYYY-MM-DD)"),
    Read("no truth", Source(column="name"), "boolean", "is neither true nor false"),
    Read(
        "nobody",
        Source(column="number", lookup="Contacts"),
        "lookup",
        'there is no record of Contacts with the key "12"',
    ),
]

ROW = Row(
    "people.csv",
    2,
    {
        "name": "Ada Lovelace",
        "empty": "",
        "number": "12",
        "price": "1100.04",
        "day": "2017-03-01",
        "yes": "Yes",
        "infinite": "inf",
        "endless": "1e999999999",
        "large": "9007199254740993",
        "exact": "99999999999999.99",
        "places": "0.1234567890123456789",
        "half": "1.005",
    },
)


def translator(data_type: str) -> Translator:
    return Translator({"Field": data_type}, {}, lambda module, key: "7" if key == "Ada Lovelace" else None)


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_a_cell_becomes_a_value(case: Read) -> None:
    value = translator(case.data_type).record(ROW, {"Field": case.source}).get("Field")

    assert (type(value), value) == (type(case.gives), case.gives)


@pytest.mark.parametrize("text", ["1.50", "1.5", "15e-1", "+1.500"])
def test_a_number_as_a_key_is_the_same_however_it_is_written(text: str) -> None:
    row = Row("people.csv", 2, {"number": text})

    assert translator("double").key(row, "Field", Source(column="number")) == key_text(1.5) == "1.5"


def test_constants_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text("[constants]\nrate = 0.1000000000000000000001\n" + LOAD + 'X = { column = "x", multiply = "rate" }')

    written = read_mapping(path).loads[0].fields["X"].multiply
    given = read_mapping(path, constants(["rate=83.00000000000000000002"])).loads[0].fields["X"].multiply

    assert (written, given) == (Decimal("0.1000000000000000000001"), Decimal("83.00000000000000000002"))


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_cell_that_does_not_fit_names_its_field(case: Read) -> None:
    with pytest.raises(RowProblemError) as problem:
        translator(case.data_type).record(ROW, {"Field": case.source})

    assert str(case.gives) in str(problem.value)
    assert str(problem.value).startswith("Field: ")


@dataclass(frozen=True)
class File:
    """A file that cannot be read, and what is said of it."""

    name: str
    content: bytes
    said: str
    encoding: str = "utf-8-sig"


FILES = [
    File("empty", b"", "people.csv: the file is empty"),
    File("a column twice", b"a,b,a\n1,2,3\n", "people.csv:1: there are two columns 'a'"),
    File("not UTF-8", "name\nZoë\n".encode("cp1252"), "people.csv:2: byte 0xeb is not utf-8-sig"),
    File("an unknown encoding", b"a\n1\n", "unknown encoding 'klingon'", "klingon"),
    File("an open quote", b'a,b\n"1,2\n', "people.csv:2: a quote opens here and is not closed"),
    File("an open quote far above", b'a,b\n1,2\n"3,4\n5,6\n7,8\n', "people.csv:3: a quote opens here"),
    File("an open quote that another ends", b'a,b\n"1,2\n3,4\n5,"6, 7"\n', "people.csv:2: a quote opens here"),
    File("an open quote after a cell of two lines", b'a,b\n"1\n2","3\n4,5\n', "people.csv:3: a quote opens here"),
    File("a quote in the middle", b'a,b\n"1"x,2\n', "people.csv:2: ',' expected after '\"'; check the quotes"),
]


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_a_file_that_cannot_be_read_is_named_with_its_line(case: File, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(case.content)

    with pytest.raises(UsageProblemError) as problem:
        read_table(path, case.encoding)

    assert case.said in str(problem.value)


def test_lines_of_the_wrong_length_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,age\nAda,36\nBob\n\nCy,1,2\nDot,5\n")

    table = read_table(path)

    assert [row.cells["name"] for row in table.rows] == ["Ada", "Dot"]
    assert [bad.where for bad in table.bad] == ["people.csv:3", "people.csv:5"]
    assert [row.line for row in table.rows] == [2, 6]


def test_a_row_with_a_nul_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"name,age\nAda,36\nB\0b,4\nDot,5\n")

    table = read_table(path)

    assert [row.cells["name"] for row in table.rows] == ["Ada", "Dot"]
    assert [str(bad) for bad in table.bad] == ["people.csv:3: name: contains a NUL character, which no field can store"]


@pytest.mark.parametrize("encoding", ["utf-8", "UTF8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_a_column(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"\xef\xbb\xbfname\nZo\xc3\xab\n")

    table = read_table(path, encoding)

    assert (table.columns, table.rows[0].cells) == (("name",), {"name": "Zoë"})


def test_a_row_is_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('name,note\nAda,"two\nlines"\nBob,a\u2028b\nCy,c\n')

    assert [(row.line, row.cells["note"]) for row in read_table(path).rows] == [
        (2, "two\nlines"),
        (4, "a\u2028b"),
        (5, "c"),
    ]


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,age\nAda,36\n")

    with pytest.raises(UsageProblemError, match=r'"nmae", which people\.csv does not have; did you mean "name"'):
        check_columns({"Last_Name": Source(column="nmae")}, read_table(path), {}, "mapping.toml: loads[0]")


def fields_of(*names: tuple[str, str]) -> ModuleFields:
    """Fields as a server has them, by API name and label, for a mapping that creates some."""
    answered = [{"api_name": name, "field_label": label, "data_type": "text"} for name, label in names]
    new = ("Size (cm)", "Badge No. 2", "Größe", "2nd")
    return ModuleFields.of("Leads", answered, [CustomField("Leads", {"field_label": label}) for label in new])


BEFORE = fields_of(("Last_Name", "Last Name"), ("Email", "Email"))


@pytest.mark.parametrize(
    "name", ["Email", "Size_cm", "Size__cm_", "Size (cm)", "Badge_No_2", "Badge_No__2", "Größe", "2nd"]
)
def test_a_new_field_is_known_by_its_label_and_by_what_looks_like_it(name: str) -> None:
    check_fields([name], BEFORE, "mapping.toml: loads[0]")


def test_a_field_that_is_not_there_is_named() -> None:
    told = 'mapping.toml: loads[0].fields fills "Lst_Name", which is not a field of Leads; did you mean "Last_Name"?'
    with pytest.raises(UsageProblemError, match=re.escape(told)):
        check_fields(["Lst_Name"], BEFORE, "mapping.toml: loads[0]")


def test_a_new_field_has_the_api_name_that_the_server_gave_it() -> None:
    after = fields_of(("Email", "Email"), ("Size_cm7", "Size (cm)"), ("Gr_e", "GRÖSSE"), ("Field_2nd", "2nd"))
    named = fields_by_api_name({n: Source(column=n) for n in ("Size_cm", "Größe", "2nd", "Email")}, after, "loads[0]")

    assert {name: source.column for name, source in named.items()} == {
        "Size_cm7": "Size_cm",
        "Gr_e": "Größe",
        "Field_2nd": "2nd",
        "Email": "Email",
    }


def test_a_name_that_could_mean_two_fields_is_refused() -> None:
    taken = fields_of(("Size_cm", "Size in cm"))

    with pytest.raises(UsageProblemError, match=r'could also mean the new field "Size \(cm\)"; write the label'):
        check_fields(["Size_cm"], taken, "loads[0]")
    check_fields(["Size_cm", "Size (cm)"], taken, "loads[0]")


def test_a_field_that_is_filled_twice_is_refused() -> None:
    after = fields_of(("Size_cm", "Size (cm)"))
    sources = {name: Source(column="a") for name in ("Size_cm", "Size (cm)")}

    with pytest.raises(UsageProblemError, match=r'fills "Size_cm" twice, the second time as "Size \(cm\)"'):
        fields_by_api_name(sources, after, "loads[0]")
