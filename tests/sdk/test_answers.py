"""What an answer means."""

import json
import pickle
from dataclasses import dataclass

import pytest

from kaizen import errors
from kaizen.sdk.answers import body_of, code_of, done_of, elements_of, items_of, one_of, outcomes_of, problem
from kaizen.sdk.wire import Answer


def answer(status: int, body: object = None, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, content=content, headers=named, method="GET", url="http://crm/Leads")


def flat(code: str, message: str = "told", **details: object) -> dict[str, object]:
    return {"code": code, "details": details, "message": message, "status": "error"}


@dataclass(frozen=True)
class Case:
    name: str
    status: int
    body: object
    kind: type[errors.KaizenError]
    code: str | None


CASES = [
    Case("a bad token", 401, flat("INVALID_TOKEN"), errors.TokenExpired, "INVALID_TOKEN"),
    Case("no authentication", 401, flat("AUTHENTICATION_FAILURE"), errors.TokenExpired, "AUTHENTICATION_FAILURE"),
    Case("a missing scope", 401, flat("OAUTH_SCOPE_MISMATCH"), errors.ScopeMismatch, "OAUTH_SCOPE_MISMATCH"),
    Case("no permission", 403, flat("NO_PERMISSION"), errors.Permission, "NO_PERMISSION"),
    Case("an inactive user", 403, flat("INACTIVE_USER"), errors.Permission, "INACTIVE_USER"),
    Case("a permission told with 400", 400, flat("AUTHORIZATION_FAILED"), errors.Permission, "AUTHORIZATION_FAILED"),
    Case("an unknown address", 404, flat("INVALID_URL_PATTERN"), errors.NotFound, "INVALID_URL_PATTERN"),
    Case("an unknown module", 400, flat("INVALID_MODULE"), errors.BadRequest, "INVALID_MODULE"),
    Case("a wrong value", 400, flat("INVALID_DATA"), errors.BadRequest, "INVALID_DATA"),
    Case("a duplicate", 400, {"data": [flat("DUPLICATE_DATA")]}, errors.Duplicate, "DUPLICATE_DATA"),
    Case("a lock", 400, {"data": [flat("RECORD_LOCKED")]}, errors.Locked, "RECORD_LOCKED"),
    Case("a change in between", 412, {"data": [flat("ALREADY_MODIFIED")]}, errors.AlreadyModified, "ALREADY_MODIFIED"),
    Case("pages beyond the end", 400, flat("LIMIT_REACHED"), errors.LimitExceeded, "LIMIT_REACHED"),
    Case("too many calls", 429, flat("TOO_MANY_REQUESTS"), errors.RateLimited, "TOO_MANY_REQUESTS"),
    Case("not served", 501, flat("NOT_IMPLEMENTED"), errors.NotServed, "NOT_IMPLEMENTED"),
    Case("a failure", 500, flat("INTERNAL_ERROR"), errors.ServerError, "INTERNAL_ERROR"),
    Case("an error as an object", 400, {"tasks": flat("INVALID_DATA")}, errors.BadRequest, "INVALID_DATA"),
    Case("a gateway's page", 502, b"<html>Bad Gateway</html>", errors.ServerError, None),
    Case("nothing at all", 403, None, errors.Permission, None),
    Case("a code that nobody knows", 400, flat("SOMETHING_NEW"), errors.BadRequest, "SOMETHING_NEW"),
]


@pytest.mark.source("reference: platform A.10, B.5, B.6, G")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_refusal_becomes_an_exception(case: Case) -> None:
    refused = answer(case.status, case.body)
    error = problem(refused)

    assert type(error) is case.kind
    assert (error.code, error.status, code_of(refused)) == (case.code, case.status, case.code)
    with pytest.raises(case.kind):
        body_of(refused)


@pytest.mark.source("reference: SDK 5.1, errors")
def test_an_exception_says_all_that_is_known() -> None:
    error = problem(answer(400, flat("INVALID_DATA", "invalid data", api_name="Email"), x_request_id="r-1"))

    assert str(error) == "INVALID_DATA: invalid data {'api_name': 'Email'} (GET http://crm/Leads -> 400)"
    assert (error.details, error.request_id) == ({"api_name": "Email"}, "r-1")


@pytest.mark.source("reference: SDK 2, pain 2: an exception that can neither be printed nor moved")
def test_every_exception_survives_a_process_pool() -> None:
    error = problem(answer(429, flat("TOO_MANY_REQUESTS", limit=5), retry_after="3"))
    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is errors.RateLimited
    assert (str(copy), copy.facts()) == (str(error), error.facts())
    assert copy.retry_after == 3.0


@pytest.mark.source("reference: SDK 2, pain 2: truncated JSON gave None")
@pytest.mark.parametrize("content", [b'{"data": [{"id": "1', b"[1, 2]", b'"text"', b"\xff\xfe"])
def test_an_answer_that_is_no_object_is_never_taken_for_one(content: bytes) -> None:
    with pytest.raises(errors.UnexpectedAnswer):
        body_of(answer(200, content))


@pytest.mark.source("reference: platform B.5: 204 has no body")
def test_no_content_is_an_empty_page_and_a_missing_object() -> None:
    items, info = items_of(answer(204), "data")
    assert (items, dict(info)) == ([], {})
    with pytest.raises(errors.NotFound, match="there is no 42 in Deals") as caught:
        one_of(answer(204), "data", "42 in Deals")
    assert (caught.value.code, caught.value.status) == ("NOT_FOUND", 204)


@pytest.mark.source("assumed: an answer without its envelope is a fault of the server")
def test_an_answer_without_its_list_is_unexpected() -> None:
    with pytest.raises(errors.UnexpectedAnswer, match="no list 'data'"):
        items_of(answer(200, {"users": []}), "data")


OK = {"code": "SUCCESS", "details": {"id": "1"}, "message": "record added", "status": "success"}
BAD = flat("MANDATORY_NOT_FOUND", "required field not found", api_name="Last_Name")


@pytest.mark.source("reference: platform B.5, B.6: 207 mixed, 400 when all failed, 202 in v2")
@pytest.mark.parametrize("status", [200, 201, 202, 207, 400])
def test_rows_have_their_outcomes_whatever_the_status(status: int) -> None:
    outcomes = outcomes_of(answer(status, {"data": [OK, BAD]}), "data", 100, [{"a": 1}, {"a": 2}])

    assert [(o.index, o.ok, o.row) for o in outcomes] == [(100, True, {"a": 1}), (101, False, {"a": 2})]


@pytest.mark.source("reference: platform C.1: LIMIT_EXCEEDED inside data for 101 rows")
def test_one_refusal_for_many_rows_refuses_the_call() -> None:
    with pytest.raises(errors.LimitExceeded):
        outcomes_of(answer(400, {"data": [flat("LIMIT_EXCEEDED")]}), "data", 0, [{}, {}])


@pytest.mark.source("assumed: outcomes that do not match the rows cannot be trusted")
def test_outcomes_that_do_not_match_the_rows_are_unexpected() -> None:
    with pytest.raises(errors.UnexpectedAnswer, match="3 rows were sent, but the answer has 2 outcomes"):
        outcomes_of(answer(200, {"data": [OK, OK]}), "data", 0, [{}, {}, {}])


@pytest.mark.source("reference: automation C.2, F.6: single outcomes without the list")
def test_an_outcome_by_itself_counts_as_a_list_of_one() -> None:
    assert elements_of(answer(200, {"tags": OK}), "tags") == [OK]
    assert done_of(answer(200, {"tags": OK}), "tags") == {"id": "1"}


@pytest.mark.source("reference: platform B.6")
def test_a_flat_refusal_of_a_write_refuses_the_call() -> None:
    with pytest.raises(errors.BadRequest, match="INVALID_MODULE"):
        elements_of(answer(400, flat("INVALID_MODULE")), "data")
