"""Rows from the wire are read one by one and checked together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from kaizen.access.rights import AccessBook
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.model.claim import Claim
from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.values import Id, Value
from kaizen.records.draft import Draft, Options, refusal
from kaizen.records.intake.validate import RowValidator
from kaizen.records.modules.module_plan import plan_of
from kaizen.records.ports import Query, UnitOfWork
from kaizen.records.tags import Tagging
from kaizen.standard import new_organisation
from kaizen.vocabulary.data_types import DataType

NOW = 1_767_603_600
NEW = new_organisation(
    organisation_name="Zylker",
    admin_email="ada@zylker.test",
    admin_last_name="Ada",
    time_zone="UTC",
    zgid="60001",
    id_prefix=4876876000,
    now=NOW,
)
ADMIN = NEW.users[0]
AWAY = User(ADMIN.id + 1, "away@zylker.test", "Away", status="disabled")
INVITED = User(ADMIN.id + 2, "new@zylker.test", "New", confirmed=False)


@dataclass
class Shelf:
    """What the checks ask of a database, and how often they ask."""

    catalog: Catalog = NEW.catalog
    known: frozenset[Id] = frozenset()
    held: Mapping[Value, Id] = field(default_factory=dict)
    parents: Mapping[Id, Id] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    now: int = NOW
    users: Mapping[Id, User] = field(default_factory=lambda: {u.id: u for u in (ADMIN, AWAY, INVITED)})
    tags: Mapping[str, Mapping[Id, Document]] = field(default_factory=dict)

    def claim(self, claims: Iterable[Claim]) -> None:
        self.asked.append(f"claim {sorted({each.of for each in claims})}")

    def existing(self, module: Module, ids: Iterable[Id]) -> frozenset[Id]:
        self.asked.append(f"existing {module.api_name}")
        return self.known & frozenset(ids)

    def holders(self, module: Module, its: Field, values: Iterable[Value]) -> dict[Value, Id]:
        self.asked.append(f"holders {its.api_name}")
        return dict(self.held)

    def fetch(self, module: Module, ids: Iterable[Id]) -> dict[Id, dict[str, Value]]:
        return {}

    def select(self, query: Query) -> list[dict[str, Value]]:
        self.asked.append(f"select {query.module}")
        wanted = cast("tuple[Id, ...]", query.where.value)  # type: ignore[union-attr]  # one comparison of ids
        return [{"id": i, "Parent_Account": self.parents.get(i)} for i in wanted]


def check(shelf: Shelf, module: str, drafts: list[Draft], **options: Any) -> list[Draft]:
    """Read and check drafts."""
    uow = cast(UnitOfWork, shelf)
    its = shelf.catalog.by_name[module]
    plan = plan_of(shelf.catalog, its, bare_ids=bool(options.get("bare_ids")))
    rights = AccessBook(NEW.catalog, shelf.users).of_user(ADMIN)
    intake = RowValidator(uow, plan, Options(**options), Tagging(uow, module, ADMIN.id), rights)
    for draft in drafts:
        intake.read(draft)
    intake.check(drafts)
    return drafts


def new(*rows: dict[str, Any]) -> list[Draft]:
    """Drafts of new records."""
    return [Draft(index, row, {}, record_id=1000 + index) for index, row in enumerate(rows)]


def problems(draft: Draft) -> list[tuple[str, str]]:
    """The codes of what is wrong, with where."""
    return [(p.code.value, str(p.details.get("json_path"))) for p in draft.problems]


DEAL = {"Deal_Name": "D", "Stage": "Qualification"}


@pytest.mark.source("assumed: a hundred rows cost one query for each module their lookups point into")
def test_rows_are_looked_up_together() -> None:
    shelf = Shelf(known=frozenset({5, 6, 7}))
    rows = [
        {**DEAL, "Account_Name": {"id": "5"}, "Contact_Name": {"id": "6"}, "Owner": {"id": str(ADMIN.id)}},
        {**DEAL, "Account_Name": {"id": "8"}},
        *({**DEAL, "Account_Name": {"id": "7"}} for _ in range(98)),
    ]

    drafts = check(shelf, "Deals", new(*rows))

    assert sorted(shelf.asked) == ["existing Accounts", "existing Contacts"]
    assert [d.index for d in drafts if d.problems] == [1]
    assert problems(drafts[1]) == [("INVALID_DATA", "$.data[1].Account_Name")]


@pytest.mark.source("assumed: rows without lookups ask nothing")
def test_rows_without_lookups_ask_nothing() -> None:
    shelf = Shelf()

    check(shelf, "Deals", new(DEAL, DEAL))

    assert shelf.asked == []


@pytest.mark.source("reference: platform C.2: active, confirmed user")
@pytest.mark.parametrize(("user", "good"), [(ADMIN, True), (AWAY, False), (INVITED, False)])
def test_owners_are_active_and_confirmed(user: User, good: bool) -> None:
    (draft,) = check(Shelf(), "Leads", new({"Last_Name": "L", "Owner": {"id": str(user.id)}}))

    assert problems(draft) == ([] if good else [("INVALID_DATA", "$.data[0].Owner")])


@dataclass(frozen=True)
class Case:
    name: str
    row: dict[str, Any]
    found: list[tuple[str, str]]
    options: dict[str, Any] = field(default_factory=dict)


PATH = "$.data[0]."
CASES = [
    Case(
        "what is missing comes before what is wrong",
        {"Email": 5, "Phone": 6},
        [
            ("MANDATORY_NOT_FOUND", PATH + "Last_Name"),
            ("INVALID_DATA", PATH + "Email"),
            ("INVALID_DATA", PATH + "Phone"),
        ],
    ),
    Case("what is wrong is not missing", {"Last_Name": []}, [("INVALID_DATA", PATH + "Last_Name")]),
    Case("unknown names are ignored", {"Last_Name": "L", "Nothing": {}, "$x": 1}, []),
    Case("an id without its object", {"Last_Name": "L", "Owner": str(ADMIN.id)}, [("INVALID_DATA", PATH + "Owner")]),
    Case("an id without its object in v2", {"Last_Name": "L", "Owner": str(ADMIN.id)}, [], {"bare_ids": True}),
]


@pytest.mark.source("reference: platform B.6, C.1, C.2")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_wrong_with_a_row(case: Case) -> None:
    (draft,) = check(Shelf(), "Leads", new(case.row), **case.options)

    assert problems(draft) == case.found


@pytest.mark.source("reference: platform B.6, I.3")
def test_all_or_the_first_of_the_problems_is_said() -> None:
    (draft,) = check(Shelf(), "Leads", new({"Email": 5}))

    first, every = refusal(draft, Options()), refusal(draft, Options(multiple_errors=True))

    assert first.code == "MANDATORY_NOT_FOUND"
    assert every.code == "MULTIPLE_OR_MULTI_ERRORS"
    assert [e["code"] for e in cast("list[dict[str, Any]]", every.details["errors"])] == [
        "MANDATORY_NOT_FOUND",
        "INVALID_DATA",
    ]


def with_unique() -> Catalog:
    """The standard catalog with a unique field on leads."""
    leads = NEW.catalog.by_name["Leads"]
    badge = Field(1, "Badge", "Badge", DataType.TEXT, "badge", unique=True)
    values = {f: getattr(leads, f) for f in leads.__dataclass_fields__}
    return Catalog(2, (Module(**{**values, "fields": (*leads.fields, badge)}),))


@pytest.mark.source("reference: platform C.4")
def test_unique_values_are_claimed_looked_up_together_and_taken_in_order() -> None:
    shelf = Shelf(catalog=with_unique(), held={"b1": 77})
    rows = ({"Last_Name": "L", "Badge": badge} for badge in ("B1", "b2", "B2", None, ""))

    drafts = check(shelf, "Leads", new(*rows))

    assert shelf.asked == ["claim ['Leads.Badge']", "holders Badge"]
    assert [[p.details["id"] for p in d.problems] for d in drafts] == [["77"], [], ["1001"], [], []]


@pytest.mark.source("assumed: nobody is among their own ancestors")
def test_ancestors_are_read_generation_by_generation() -> None:
    shelf = Shelf(known=frozenset(range(1, 10)), parents={2: 3, 3: 4, 4: 5})
    before: dict[str, Value] = {"Account_Name": "A"}
    rows = [(5, 2), (5, 9), (9, 5)]
    drafts = [
        Draft(i, {"Parent_Account": {"id": str(parent)}}, {}, record_id=child, before=before)
        for i, (child, parent) in enumerate(rows)
    ]

    check(shelf, "Accounts", drafts)

    # 2 hangs on 3, 3 on 4, 4 on 5: so 5 cannot hang on 2. Once 5 hangs on 9, 9 cannot hang on 5.
    assert [bool(d.problems) for d in drafts] == [True, False, True]
    assert shelf.asked.count("select Accounts") == 3
