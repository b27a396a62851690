"""The wrapper key of requests and answers: lists of elements in, lists of outcomes back."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeAlias

import msgspec

from kaizen.json_body import errors, json_types
from kaizen.json_body.json_path import JsonPath, item
from kaizen.model.problem import Problem, RequestRefusedError, expected_type
from kaizen.model.values import Json
from kaizen.server.http.call import Answer, Call
from kaizen.server.http.versions import Dialect
from kaizen.vocabulary.codes import Code

#: The result of one element of a write: an outcome to show as it is (or JSON already), or why it was refused.
Element: TypeAlias = dict[str, Json] | msgspec.Raw | Problem

_SUCCESS: Final = Code.SUCCESS.value


def succeeded(message: str, details: dict[str, Json]) -> dict[str, Json]:
    """Show one element that was carried out."""
    return {"code": _SUCCESS, "details": details, "message": message, "status": "success"}


def refused(problem: Problem, dialect: Dialect, within: str = "") -> Answer:
    """Make a problem the whole answer, or the one element of a list in it where the version knows such answers."""
    body = problem_body(problem, dialect)
    return Answer(problem.http_status, {within: [body]} if within and not dialect.refuses_flat else body)


def problem_body(problem: Problem, dialect: Dialect) -> dict[str, Json]:
    """Show a problem as a version does: the oldest does not say where in the body it lies."""
    body = problem.body()
    if not dialect.json_paths:
        body["details"] = _without_paths(body["details"])
    return body


def elements(call: Call, key: str, outcomes: Sequence[Element], status: int = 200) -> Answer:
    """Answer a write element by element, in the order asked.

    The status is the given one when all went well, else what the version says of some and of all failing;
    when all failed for the same reason, that reason's own status (412, 403) wins over 400.
    """
    dialect = call.dialect
    failures = [outcome for outcome in outcomes if isinstance(outcome, Problem)]
    if failures:
        status = dialect.partial_status if len(failures) < len(outcomes) else _failed(failures, dialect)
    shown = [problem_body(outcome, dialect) if isinstance(outcome, Problem) else outcome for outcome in outcomes]
    return Answer(status, {key: shown})  # type: ignore[dict-item]  # Raw is JSON when it is sent


def rows(
    call: Call, key: str, *, maximum: int, missing: Code = Code.MANDATORY_NOT_FOUND, limit: Code = Code.INVALID_DATA
) -> list[Json]:
    """Unwrap the elements of the body; what is wrong with the wrapper refuses the whole request.

    `missing` is the code for a body without the key; families that answer INVALID_DATA there say no more than that
    for every wrong shape (reference: automation B.1).
    """
    found = wrapped(call, key, missing=missing)
    place = JsonPath() / key
    if missing is Code.INVALID_DATA and not (isinstance(found, list) and 0 < len(found) <= maximum):
        raise errors.refused(missing, place)
    elements = json_types.sequence(found, place)
    if not elements:
        raise errors.invalid(place, minimum_length=1)
    if len(elements) > maximum:
        bound = "limit" if limit is Code.LIMIT_EXCEEDED else "maximum_length"
        raise errors.refused(limit, place, **{bound: maximum})
    return list(elements)


def wrapped(call: Call, key: str, *, missing: Code = Code.MANDATORY_NOT_FOUND) -> Json:
    """Unwrap the value under the wrapper key of the body."""
    body = call.body
    if isinstance(body, dict):
        found = body.get(key)
        if found is not None:
            return found
    elif isinstance(body, bool | int | Decimal | str | list):
        raise RequestRefusedError(unreadable())
    raise errors.refused(missing, JsonPath() / key)


def unreadable() -> Problem:
    """Return the problem of a body that is not a JSON object."""
    return Problem(Code.INVALID_DATA, expected_type("jsonobject"), "body")


def not_an_object(key: str, index: int) -> Problem:
    """Return the problem of an element of the body that is not a JSON object."""
    return errors.wrong_type(item(key, index), "jsonobject").problem


def _failed(failures: Sequence[Problem], dialect: Dialect) -> int:
    if dialect.failed_status != Code.INVALID_DATA.status:
        return dialect.failed_status
    statuses = {problem.http_status for problem in failures}
    return statuses.pop() if len(statuses) == 1 else dialect.failed_status


def _without_paths(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_paths(item) for name, item in value.items() if name != "json_path"}
    if isinstance(value, list):
        return [_without_paths(item) for item in value]
    return value
