"""Criteria survive being written and read again, and no garbage makes a reader fail."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaizen.criteria.coql_query import CoqlLimits, CoqlQuery
from kaizen.criteria.dump_json import dump_json
from kaizen.criteria.read_coql import read_coql
from kaizen.criteria.read_json import read_json
from kaizen.criteria.read_search import read_search
from kaizen.criteria.tree import Compare, Criteria, Group
from kaizen.fields.conversion import operand, read
from kaizen.json_body.json_path import JsonPath
from kaizen.model.problem import Problem
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from tests.support.strategies import CATALOG, DEALS, FIELDS, JSON, written_criteria

AT = JsonPath() / "criteria"
_NAMES = st.one_of(
    st.sampled_from([f.api_name for f in FIELDS]), st.sampled_from(["id", "Account_Name.Industry", "no"])
)


@pytest.mark.source("assumed: what is shown can be sent back")
@settings(max_examples=300, deadline=None)
@given(written_criteria())
def test_criteria_that_are_shown_and_read_again_are_the_same(criteria: Criteria) -> None:
    shown = dump_json(criteria, DEALS, CATALOG)

    again = read_json(shown, AT, DEALS, CATALOG)
    if isinstance(again, Problem):
        # Any value is known in triggers only, and they do not know everything.
        again = read_json(shown, AT, DEALS, CATALOG, trigger=True)
        if isinstance(again, Problem):
            assert "ANYVALUE" in str(shown)
            return
    assert again == criteria


def _criteria_like(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Generate JSON that is nearly criteria."""
    name = st.one_of(_NAMES, values)
    simple = st.fixed_dictionaries(
        {"field": st.one_of(name, st.fixed_dictionaries({}, optional={"api_name": name, "id": values}))},
        optional={
            "comparator": st.one_of(st.sampled_from([c.value for c in Comparator]), values),
            "value": st.one_of(st.sampled_from(["${EMPTY}", "${TODAY}", "${!Deals.Name}", "${LAST_N_DAYS:3}"]), values),
            "type": st.one_of(st.sampled_from(["value", "merge_field", "field", "pre_defined"]), values),
        },
    )
    return st.recursive(
        st.one_of(simple, simple, simple, values),
        lambda inner: st.fixed_dictionaries(
            {"group": st.one_of(st.lists(inner, max_size=3), values)},
            optional={"group_operator": st.one_of(st.sampled_from(["AND", "or", "XOR"]), values)},
        ),
        max_leaves=5,
    )


@pytest.mark.source("assumed: issue, bad input is refused and never an error of the server")
@settings(max_examples=500, deadline=None)
@given(raw=_criteria_like(JSON), trigger=st.booleans())
def test_no_json_makes_the_reader_fail(raw: Any, trigger: bool) -> None:
    found = read_json(raw, AT, DEALS, CATALOG, trigger=trigger)

    assert found is None or isinstance(found, Compare | Group | Problem)


_PIECES = st.one_of(
    _NAMES,
    st.sampled_from(["(", ")", ":", ",", " and ", " or ", "\\", "equals", "in", "between", "1", "null", "2024-02-29"]),
    st.text(max_size=3),
)


@pytest.mark.source("assumed: issue, bad input is refused and never an error of the server")
@settings(max_examples=500, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_no_text_makes_the_search_reader_fail(text: str) -> None:
    assert isinstance(read_search(text, DEALS, CATALOG), Compare | Group | Problem)


_WORDS = st.one_of(
    _NAMES,
    st.sampled_from(["select", "from", "where", "and", "or", "not", "in", "is", "null", "like", "between", "group"]),
    st.sampled_from(["order", "by", "limit", "offset", "as", "asc", "desc"]),
    st.sampled_from(
        ["Deals", "(", ")", ",", "=", "!=", "<", "'x'", '"', "'", "1", "COUNT", "SUM", "*", "#", "->", "!"]
    ),
    st.text(max_size=3),
)


@pytest.mark.source("assumed: issue, bad input is refused and never an error of the server")
@settings(max_examples=500, deadline=None)
@given(words=st.lists(_WORDS, max_size=30), whole=st.booleans())
def test_no_text_makes_the_coql_reader_fail(words: list[str], whole: bool) -> None:
    begin = "select Name from Deals where " if whole else ""

    assert isinstance(read_coql(begin + " ".join(words), CATALOG, CoqlLimits()), CoqlQuery | Problem)


@pytest.mark.source("assumed: issue, criteria nested without end are refused")
@pytest.mark.parametrize("levels", [100, 20_000])
def test_brackets_without_end_are_refused(levels: int) -> None:
    deep: Any = {"field": "Name", "comparator": "equal", "value": "x"}
    for _ in range(levels):
        deep = {"group_operator": GroupOperator.AND.value, "group": [deep]}
    brackets = "(" * levels + "Name:equals:x" + ")" * levels
    query = "select Name from Deals where " + "(" * levels + "Name = 'x'" + ")" * levels

    assert isinstance(read_json(deep, AT, DEALS, CATALOG), Problem)
    assert isinstance(read_search(brackets, DEALS, CATALOG), Problem)
    assert isinstance(read_coql(query, CATALOG, CoqlLimits()), Problem)


@pytest.mark.source("assumed: issue, bad input is refused and never an error of the server")
@settings(max_examples=500, deadline=None)
@given(field=st.sampled_from(FIELDS), raw=JSON, bare_ids=st.booleans())
def test_no_json_makes_a_field_fail(field: Any, raw: Any, bare_ids: bool) -> None:
    read(field, raw, "$.data[0].x", bare_ids=bare_ids)
    operand(field, raw)
