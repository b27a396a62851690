"""Why a body is refused: one error inside the readers, a Problem for everybody else."""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from kaizen.json_body.json_path import JsonPath
from kaizen.model.problem import Problem, RequestRefusedError, expected_type
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

S = TypeVar("S")
T = TypeVar("T")

INVALID: Final = "invalid data"


class RefusedError(RequestRefusedError):
    """A part of the body cannot be accepted.

    Where the body has elements, the border of each (`accepted`) makes the problem that of the element alone;
    elsewhere it is the whole answer.
    """


class NotedError(RefusedError):
    """What is wrong here already stands among the problems that are gathered."""


def accepted(read: Callable[[], T]) -> T | Problem:
    """Return what a reader returns for a part of the body, or why that part is refused."""
    try:
        return read()
    except RefusedError as refusal:
        return refusal.problem


def every(elements: Iterable[S], read: Callable[[S], T], problems: list[Problem] | None) -> tuple[T, ...]:
    """Read all elements of a body that can be judged one by one.

    The first problem ends the reading. Where problems are gathered, what is wrong with one element does not hide
    what is wrong with the next: then the reading ends after the last of them.
    """
    if problems is None:
        return tuple(read(element) for element in elements)
    found: list[T] = []
    last: RefusedError | None = None
    for element in elements:
        try:
            found.append(read(element))
        except RefusedError as refusal:
            last = refusal
            if not isinstance(refusal, NotedError):
                problems.append(refusal.problem)
    if last is not None:
        raise NotedError(last.problem)
    return tuple(found)


def refused(code: Code, place: JsonPath, message: str = "", /, **details: Json) -> RefusedError:
    """Refuse what stands at a place."""
    return RefusedError(Problem(code, place.position | details, message))


def invalid(place: JsonPath, message: str = "", /, **details: Json) -> RefusedError:
    """Refuse a value that is not acceptable."""
    return refused(Code.INVALID_DATA, place, message, **details)


def wrong_type(place: JsonPath, expected: str) -> RefusedError:
    """Refuse a value of the wrong JSON type."""
    return invalid(place, place.wording.wrong_type, **expected_type(expected))


def missing(place: JsonPath, message: str | None = None) -> RefusedError:
    """Refuse the absence of a mandatory key."""
    return refused(Code.MANDATORY_NOT_FOUND, place, place.wording.missing if message is None else message)


def needed_by(place: JsonPath, dependee: JsonPath, message: str = "") -> RefusedError:
    """Refuse the absence of a key that another one demands."""
    return refused(Code.DEPENDENT_FIELD_MISSING, place, message, dependee=dependee.position)


def mismatched(place: JsonPath, dependee: JsonPath, message: str = "", /, **details: Json) -> RefusedError:
    """Refuse a value that another one rules out."""
    return refused(Code.DEPENDENT_MISMATCH, place, message, dependee=dependee.position, **details)


def ambiguous(places: Iterable[JsonPath], message: str = "") -> RefusedError:
    """Refuse two values that contradict each other."""
    due_to: list[Json] = [place.position for place in places]
    return RefusedError(Problem(Code.AMBIGUITY_DURING_PROCESSING, {"ambiguity_due_to": due_to}, message))


def expected_one_of(places: Iterable[JsonPath], message: str = "") -> RefusedError:
    """Refuse an object that has none of the keys of which it needs one."""
    fields: list[Json] = [place.position for place in places]
    return RefusedError(Problem(Code.EXPECTED_FIELD_MISSING, {"expected_fields": fields}, message))


def not_run(place: JsonPath, what: str) -> RefusedError:
    """Refuse what is legal at the service but not carried out by this server (our own code and message)."""
    return refused(Code.NOT_IMPLEMENTED, place, f"this server does not run {what} yet")
