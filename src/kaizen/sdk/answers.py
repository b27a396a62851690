"""What an answer means: the objects in it, the outcome of each row, or the exception to raise."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from kaizen.sdk.batches import Outcome
from kaizen.sdk.entity import Entity
from kaizen.sdk.errors import KaizenError, NotFound, UnexpectedAnswer, kind_of
from kaizen.sdk.retry import wait_named
from kaizen.sdk.wire import Answer, decode


def code_of(answer: Answer) -> str | None:
    """Read the service's code of a failed call; None where there is none to be read."""
    if answer.status < 400 or not answer.content:
        return None
    try:
        body = decode(answer.content)
    except ValueError:
        return None
    code = _complaint(body).get("code")
    return code if isinstance(code, str) else None


def body_of(answer: Answer) -> dict[str, Any]:
    """Read the object in a successful answer; empty for "no content" and "not modified"."""
    if answer.status >= 400:
        raise problem(answer)
    if answer.status in {204, 304} or not answer.content:
        return {}
    try:
        body = decode(answer.content)
    except ValueError as error:
        raise _unexpected(
            answer, f"the answer is not JSON ({error}); it begins with {answer.content[:60]!r}"
        ) from error
    if not isinstance(body, dict):
        raise _unexpected(answer, f"the answer is a JSON {type(body).__name__}, not an object")
    return body


def items_of(answer: Answer, envelope: str) -> tuple[list[dict[str, Any]], Entity]:
    """Read the list of a page and its `info`."""
    body = body_of(answer)
    if not body:
        return [], Entity({})
    found = body.get(envelope)
    if isinstance(found, dict):
        found = [found]
    if not isinstance(found, list):
        raise _unexpected(answer, f"the answer has no list {envelope!r}; it has {sorted(body)}")
    info = body.get("info")
    return found, Entity(info if isinstance(info, dict) else {})


def one_of(answer: Answer, envelope: str, what: str) -> dict[str, Any]:
    """Read the only object of an answer; raises NotFound when there is none."""
    items, _ = items_of(answer, envelope)
    if not items:
        raise NotFound(
            f"there is no {what}",
            code="NOT_FOUND",
            status=answer.status,
            method=answer.method,
            url=answer.url,
            request_id=answer.headers.get("x-request-id"),
        )
    return items[0]


def done_of(answer: Answer, envelope: str) -> dict[str, Any]:
    """Read the outcome of a write of one object: its details, with the id; raises what went wrong."""
    rows = elements_of(answer, envelope)
    if len(rows) != 1:
        raise _unexpected(answer, f"one object was sent, but the answer has {len(rows)} outcomes")
    if rows[0].get("status") == "error":
        raise _error(rows[0], answer)
    details = rows[0].get("details")
    return details if isinstance(details, dict) else {}


def outcomes_of(answer: Answer, envelope: str, start: int, rows: Sequence[object]) -> list[Outcome]:
    """Read the outcome of each row of a write; `start` is the number of the first of them in the whole.

    The paths in the details are moved by it, so that they name the rows as the caller counts them.
    """
    elements = elements_of(answer, envelope)
    if len(elements) != len(rows):
        if len(elements) == 1 and elements[0].get("status") == "error":
            raise _error(moved(elements[0], envelope, start), answer)
        raise _unexpected(answer, f"{len(rows)} rows were sent, but the answer has {len(elements)} outcomes")
    return [
        Outcome.read(moved(element, envelope, start), index=start + offset, row=row, status=answer.status)
        for offset, (element, row) in enumerate(zip(elements, rows, strict=True))
    ]


def moved(element: dict[str, Any], envelope: str, start: int) -> dict[str, Any]:
    """Write the paths in an outcome as they are in the whole, of which this call held the rows from `start` on."""
    if start == 0 or element.get("status") != "error" or "details" not in element:
        return element
    place = re.compile(rf"^\$\.{re.escape(envelope)}\[(\d+)\]")

    def rewritten(value: Any) -> Any:
        if isinstance(value, list):
            return [rewritten(item) for item in value]
        if isinstance(value, dict):
            return {
                name: place.sub(lambda found: f"$.{envelope}[{int(found[1]) + start}]", inner)
                if name == "json_path" and isinstance(inner, str)
                else rewritten(inner)
                for name, inner in value.items()
            }
        return value

    return {**element, "details": rewritten(element["details"])}


def elements_of(answer: Answer, envelope: str) -> list[dict[str, Any]]:
    """Read the list of outcomes in the answer to a write.

    When every row was refused the status is 400, but the answer still has one outcome per row.
    """
    if answer.status >= 400:
        try:
            body = decode(answer.content)
        except ValueError:
            body = None
        found = body.get(envelope) if isinstance(body, dict) else None
    else:
        found = body_of(answer).get(envelope)
    if isinstance(found, dict):
        found = [found]  # some families write a single outcome without the list
    if isinstance(found, list) and all(isinstance(item, dict) and "code" in item for item in found):
        return found
    if answer.status >= 400:
        raise problem(answer)
    raise _unexpected(answer, f"the answer has no outcomes under {envelope!r}")


def problem(answer: Answer) -> KaizenError:
    """Make the exception for an answer that refuses the whole call."""
    try:
        body = decode(answer.content) if answer.content else {}
    except ValueError:
        text = " ".join(answer.content[:200].decode("utf-8", "replace").split())
        return _error({"message": f"HTTP {answer.status}: {text}"}, answer)
    return _error(_complaint(body) or {"message": f"HTTP {answer.status}"}, answer)


def _complaint(body: object) -> Mapping[str, Any]:
    """Find the object with the code: the body itself, or inside its only envelope."""
    if not isinstance(body, dict):
        return {}
    if "code" in body:
        return body
    for inner in body.values():
        found = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(found, dict) and "code" in found:
            return found
    return body


def _error(element: Mapping[str, Any], answer: Answer) -> KaizenError:
    return error_of(
        element,
        status=answer.status,
        method=answer.method,
        url=answer.url,
        request_id=answer.headers.get("x-request-id"),
        retry_after=wait_named(answer.headers, answer.received_at) if answer.status >= 400 else None,
    )


def error_of(element: Mapping[str, Any], *, status: int | None = None, **facts: Any) -> KaizenError:
    """Make the exception for one object with `code`, `message` and `details`."""
    code = element.get("code")
    details = element.get("details")
    return kind_of(code if isinstance(code, str) else None, status)(
        str(element.get("message") or "the service gave no message"),
        code=code if isinstance(code, str) else None,
        status=status,
        details=details if isinstance(details, dict) else {"details": details} if details else {},
        **facts,
    )


def _unexpected(answer: Answer, message: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        message,
        status=answer.status,
        method=answer.method,
        url=answer.url,
        request_id=answer.headers.get("x-request-id"),
    )
