"""A member added to a closed set is missed by no table: each has it, or says here why it needs only some."""

import ast
import importlib
import inspect
import pkgutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import Enum, StrEnum
from pathlib import Path
from typing import get_args

import pytest

import kaizen
from kaizen.automation.actions import kinds as action_kinds
from kaizen.automation.actions.action_kind import EntityForm
from kaizen.automation.effect_types import Effect
from kaizen.automation.triggers import kinds as trigger_kinds
from kaizen.criteria import normal_tests
from kaizen.criteria.comparator_kinds import COMPARATOR_KINDS, ComparatorKind
from kaizen.fields.kinds import DATA_TYPES
from kaizen.vocabulary.automation import ASSOCIATE_TYPES, ActionType, TriggerType
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType
from kaizen.vocabulary.workflow_types import TRIGGER_TYPES
from tests.support.rules import CATALOG

SOURCES = Path(kaizen.__file__).parent

#: Tables that have a reason to hold some members only.
SOME = {
    "automation.actions.kinds.ACTION_KINDS": "the others are in NOT_RUN",
    "automation.triggers.kinds.TRIGGER_KINDS": "the others are in NOT_RUN",
    "automation.schedule._MONTHS": "periods that are a number of months",
    "automation.schedule._DAYS": "periods that are a number of days",
    "automation.schedule._SECONDS": "periods that are a number of seconds",
    "criteria.codegen._SYMBOLS": "tests that Python has an operator for",
    "criteria.read_search._NULL_TESTS": "comparators that can be asked for no value",
    "criteria.read_search._OPERATORS_OF_TYPE": "data types that the search treats unlike others of their kind",
    "criteria.resolve._MIRRORED": "the order of ages is that of days turned round; equality stays",
    "criteria.resolve._OTHER_SIDE": "comparators with one bound",
    "records.draft._VERBS": "a delete has no trigger of its own to be named",
    "server.resources.metadata.tags._ACTIONS": "actions that name tags",
    "store.where._SYMBOLS": "tests that SQL has an operator for",
    "criteria.comparator_kinds.DENIES": "comparators that deny another",
}
#: Matches over a closed set that end in `case _`, by file and function.
OPEN_ENDED: dict[str, str] = {}


def tables() -> dict[str, Mapping[Enum, object]]:
    """Find every table whose keys are members of an enum of ours."""
    found: dict[str, Mapping[Enum, object]] = {}
    for place in pkgutil.walk_packages([str(SOURCES)], "kaizen."):
        module = importlib.import_module(place.name)
        for name in assigned(inspect.getsource(module)):
            value = getattr(module, name, None)
            if isinstance(value, Mapping) and value and closed_set(value) is not None:
                found[f"{place.name.removeprefix('kaizen.')}.{name}"] = value
    return found


def assigned(source: str) -> Iterator[str]:
    """Yield the names that a module assigns, as opposed to those that it imports."""
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def closed_set(table: Mapping[Enum, object]) -> type[Enum] | None:
    """Return the enum that all keys of a table belong to, if it is one of ours."""
    kinds = {type(key) for key in table}
    (kind,) = kinds if len(kinds) == 1 else (object,)
    return kind if issubclass(kind, Enum) and kind.__module__.startswith("kaizen.") else None


def lacking(members: type[Enum], table: Mapping[Enum, object]) -> set[str]:
    """Return the values of the members that a table lacks."""
    return {str(member.value) for member in members} - {str(key.value) for key in table}


def open_ends(source: str) -> Iterator[str]:
    """Yield the functions with a match over enum members that takes whatever is left."""
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for match in ast.walk(function):
                if isinstance(match, ast.Match) and _names_members(match) and _takes_the_rest(match.cases[-1]):
                    yield function.name


def _names_members(match: ast.Match) -> bool:
    values = (part.value for case in match.cases for part in ast.walk(case.pattern) if isinstance(part, ast.MatchValue))
    named = (v.value.id for v in values if isinstance(v, ast.Attribute) and isinstance(v.value, ast.Name))
    return any(name[0].isupper() for name in named)


def _takes_the_rest(case: ast.match_case) -> bool:
    is_wild = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
    return is_wild and "assert_never" not in ast.unparse(case.body[0])


TABLES = tables()
FIELDS = [field for module in CATALOG.modules for field in module.fields if "json_type" in field.properties]


@pytest.mark.source("assumed: a member that a table lacks is a failing test")
@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_has_every_member_of_its_set_or_says_why_not(name: str) -> None:
    members = closed_set(TABLES[name])
    assert members is not None
    absent = lacking(members, TABLES[name])

    assert bool(absent) is (name in SOME), absent


@pytest.mark.source("assumed: a member that a table lacks is a failing test")
@pytest.mark.parametrize("name", sorted(TABLES.keys() - SOME.keys()))
def test_a_member_more_is_missed(name: str) -> None:
    members = closed_set(TABLES[name])
    assert members is not None
    more = StrEnum("more", {**{member.name: str(member.value) for member in members}, "LATE": "a late member"})  # type: ignore[misc]  # made here

    assert lacking(more, TABLES[name]) == {"a late member"}


@pytest.mark.source("assumed: a table that is said to hold some members only is there")
def test_what_is_excused_exists() -> None:
    assert SOME.keys() <= TABLES.keys()


@pytest.mark.source("assumed: a member that a match lacks is a type error")
def test_a_match_over_a_closed_set_names_its_members() -> None:
    found = {
        f"{path.relative_to(SOURCES)}: {name}" for path in SOURCES.rglob("*.py") for name in open_ends(path.read_text())
    }
    settings = tomllib.loads((SOURCES.parents[1] / "pyproject.toml").read_text())

    assert found == OPEN_ENDED.keys()
    assert "exhaustive-match" in settings["tool"]["mypy"]["enable_error_code"]


@pytest.mark.source("assumed: a member that a match lacks is a type error")
@pytest.mark.parametrize(
    ("last", "is_open"),
    [
        ("case _: pass", True),
        ("case rest: return", True),
        ("case Kind.B: pass", False),
        ("case _: assert_never(k)", False),
    ],
)
def test_a_match_that_takes_the_rest_is_seen(last: str, is_open: bool) -> None:
    source = f"def f(k):\n match k:\n  case Kind.A: pass\n  {last}\n"

    assert list(open_ends(source)) == (["f"] if is_open else [])


@pytest.mark.source("assumed: what rules of the service can have runs here, or is refused by name")
@pytest.mark.parametrize(
    ("members", "run", "not_run"),
    [
        (ActionType, action_kinds.ACTION_KINDS, action_kinds.NOT_RUN),
        (TriggerType, trigger_kinds.TRIGGER_KINDS, trigger_kinds.NOT_RUN),
    ],
    ids=["actions", "triggers"],
)
def test_every_type_is_declared_or_not_run(
    members: type[Enum], run: Mapping[str, object], not_run: frozenset[str]
) -> None:
    assert not_run.isdisjoint(run)
    assert not_run.union(run) == set(members)


@pytest.mark.source("reference: automation F.2, P3")
def test_the_refusal_of_a_trigger_lists_all_of_them() -> None:
    assert set(TRIGGER_TYPES) == set(TriggerType)


@pytest.mark.source("reference: automation B.5")
def test_associate_actions_are_entities_of_their_own() -> None:
    kinds = action_kinds.ACTION_KINDS
    entities = {kind.type for kind in kinds.values() if isinstance(kind.form, EntityForm)}

    assert entities == ASSOCIATE_TYPES & kinds.keys()


@pytest.mark.source("assumed: each comparator is read plainly, and in a normal form for the fast ways")
@pytest.mark.parametrize("kind", COMPARATOR_KINDS.values(), ids=lambda kind: kind.type.value)
def test_a_comparator_denies_another_or_says_what_it_asks_twice(kind: ComparatorKind) -> None:
    nothing = ComparatorKind(kind.type, frozenset())
    plainly = (kind.one is not nothing.one, kind.several is not nothing.several)
    in_normal_form = (
        kind.test is not None or kind.form is not None,
        kind.test_of_sets is not None or kind.form is not None,
    )

    if kind.denies is not None:
        assert plainly == in_normal_form == (False, False)
        assert COMPARATOR_KINDS[kind.denies].denies is None
    elif kind.test is not normal_tests.Test.EMPTY:  # it asks for no value, so there is none to compare
        assert plainly == in_normal_form
        assert any(plainly)


@pytest.mark.source("assumed: the fields of a new organisation are what their data types say")
def test_a_data_type_is_what_the_metadata_calls_it() -> None:
    declared = {field.data_type: DATA_TYPES[field.data_type].json_type for field in FIELDS}
    shown = {field.data_type: {field.properties["json_type"]} for field in FIELDS}
    for field in FIELDS:
        shown[field.data_type].add(field.properties["json_type"])

    # Of two types there are lists, whose elements they are (reference: platform E.2).
    lists = {DataType.TEXT, DataType.BIGINT}
    assert shown == {
        data_type: {json_type, "jsonarray"} if data_type in lists else {json_type}
        for data_type, json_type in declared.items()
    }


@pytest.mark.source("assumed: what an action asked for is told apart by its fields in the log of changes")
def test_effects_are_told_apart_by_their_fields() -> None:
    effects = get_args(Effect)

    assert len({frozenset(field.name for field in fields(effect)) for effect in effects}) == len(effects)


@pytest.mark.source("reference: automation B.3")
def test_what_rules_cannot_say_is_allowed_nowhere() -> None:
    unsaid = {comparator for comparator in Comparator if not COMPARATOR_KINDS[comparator].fields}

    assert unsaid == {
        Comparator.EMPTY,
        Comparator.NOT_EMPTY,
        Comparator.HAS_WORDS,
        Comparator.HAS_WORD_STARTING,
        Comparator.SAME_NUMBER,
    }
