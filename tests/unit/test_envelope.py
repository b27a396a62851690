"""How elements of a body are unwrapped, and how outcomes become an answer in each version."""

from dataclasses import dataclass
from typing import Any

import pytest

from kaizen.model.people import Actor, User
from kaizen.model.problem import Problem, RequestRefusedError, position
from kaizen.model.values import Json
from kaizen.server.http import envelope
from kaizen.server.http.call import ABSENT, Absent, Call
from kaizen.server.http.versions import DIALECTS
from kaizen.vocabulary.codes import Code

GOOD = envelope.succeeded("tag added", {"id": "1"})
BAD = Problem(Code.INVALID_DATA, position("name", "$.tags[0].name"))
LOCKED = Problem(Code.NO_PERMISSION)
STALE = Problem(Code.ALREADY_MODIFIED, {"id": "1"})


def a_call(version: str = "v8", body: Json | Absent = ABSENT) -> Call:
    """Make a call with a body."""
    actor = Actor(User(1, "a@b.c", "A"))
    return Call("POST", "settings/tags", DIALECTS[version], actor, {}, {}, {}, body)


@dataclass(frozen=True)
class Case:
    name: str
    outcomes: list[envelope.Element]
    version: str
    status: int
    asked: int = 200


CASES = [
    Case("all good", [GOOD, GOOD], "v8", 200),
    Case("all good, created", [GOOD], "v8", 201, asked=201),
    Case("some bad", [GOOD, BAD], "v8", 207),
    Case("all bad", [BAD, BAD], "v8", 400, asked=201),
    Case("all bad in the first version that says so", [BAD], "v2.1", 400),
    Case("some bad in v2", [BAD, GOOD], "v2", 202, asked=201),
    Case("all bad in v2", [BAD], "v2", 202),
    Case("all good in v2", [GOOD], "v2", 201, asked=201),
    Case("all for the same reason with a status of its own", [STALE], "v8", 412),
    Case("all for different reasons", [STALE, BAD], "v8", 400),
    Case("all without permission", [LOCKED, LOCKED], "v8", 403),
]


@pytest.mark.source("reference: platform B.5, B.6, I.1")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_status_of_a_list_of_outcomes(case: Case) -> None:
    answer = envelope.elements(a_call(case.version), "tags", case.outcomes, case.asked)

    assert answer.status == case.status
    assert isinstance(answer.body, dict)
    assert [row["status"] for row in _rows(answer.body)] == [
        "error" if isinstance(outcome, Problem) else "success" for outcome in case.outcomes
    ]


@pytest.mark.source("reference: platform B.6, I.3")
def test_only_the_oldest_version_leaves_out_where_in_the_body() -> None:
    nested = Problem(Code.DEPENDENT_MISMATCH, {"dependee": position("a", "$.a"), **position("b", "$.b")})

    assert envelope.problem_body(nested, DIALECTS["v2.1"])["details"] == {
        "dependee": {"api_name": "a", "json_path": "$.a"},
        "api_name": "b",
        "json_path": "$.b",
    }
    assert envelope.problem_body(nested, DIALECTS["v2"])["details"] == {"dependee": {"api_name": "a"}, "api_name": "b"}


@dataclass(frozen=True)
class Body:
    name: str
    body: Json | Absent
    code: str
    details: dict[str, Json]


TAGS = {"api_name": "tags", "json_path": "$.tags"}
BODIES = [
    Body("no body", ABSENT, "MANDATORY_NOT_FOUND", TAGS),
    Body("no key", {"data": []}, "MANDATORY_NOT_FOUND", TAGS),
    Body("null under the key", {"tags": None}, "MANDATORY_NOT_FOUND", TAGS),
    Body("an object under the key", {"tags": {}}, "INVALID_DATA", {"expected_data_type": "jsonarray", **TAGS}),
    Body("a text under the key", {"tags": "x"}, "INVALID_DATA", {"expected_data_type": "jsonarray", **TAGS}),
    Body("an empty list", {"tags": []}, "INVALID_DATA", {"minimum_length": 1, **TAGS}),
    Body("too many", {"tags": [{}, {}, {}]}, "INVALID_DATA", {"maximum_length": 2, **TAGS}),
    Body("a list for a body", [], "INVALID_DATA", {"expected_data_type": "jsonobject"}),
    Body("a number for a body", 5, "INVALID_DATA", {"expected_data_type": "jsonobject"}),
]


@pytest.mark.source("reference: platform B.2")
@pytest.mark.parametrize("case", BODIES, ids=lambda case: case.name)
def test_a_body_that_cannot_be_unwrapped(case: Body) -> None:
    with pytest.raises(RequestRefusedError) as refused:
        envelope.rows(a_call(body=case.body), "tags", maximum=2)

    assert (refused.value.problem.code, dict(refused.value.problem.details)) == (case.code, case.details)


@pytest.mark.source("reference: platform B.2")
def test_elements_are_unwrapped_in_order() -> None:
    assert envelope.rows(a_call(body={"tags": [{"name": "a"}, 5], "other": 1}), "tags", maximum=2) == [{"name": "a"}, 5]


def _rows(body: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = body["tags"]
    return rows
