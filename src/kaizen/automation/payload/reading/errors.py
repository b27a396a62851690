"""Why a payload is refused: one error inside the readers, a Problem for everybody else."""

from collections.abc import Iterable

from kaizen.automation.payload.reading.json_path import JsonPath
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

WRONG_TYPE = "Invalid data type"
WRONG_DATA = "Invalid data"
INVALID = "invalid data"
REQUIRED = "Required field is missing"
UNKNOWN_ID = "the id given seems to be invalid"


class RefusedError(Exception):
    """The payload cannot be accepted; the readers of this package turn it into its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.text}")
        self.problem = problem


def refused(code: Code, place: JsonPath, message: str = "", **details: Json) -> RefusedError:
    """Refuse what stands at a place."""
    return RefusedError(Problem(code, place.position | details, message))


def invalid(place: JsonPath, message: str = INVALID, **details: Json) -> RefusedError:
    """Refuse a value that is not acceptable."""
    return refused(Code.INVALID_DATA, place, message, **details)


def wrong_type(place: JsonPath, expected: str) -> RefusedError:
    """Refuse a value of the wrong JSON type."""
    return invalid(place, WRONG_TYPE, expected_data_type=expected)


def missing(place: JsonPath, message: str = REQUIRED) -> RefusedError:
    """Refuse the absence of a mandatory key."""
    return refused(Code.MANDATORY_NOT_FOUND, place, message)


def needed_by(place: JsonPath, dependee: JsonPath, message: str = "Dependent Field missing") -> RefusedError:
    """Refuse the absence of a key that another one demands."""
    return refused(Code.DEPENDENT_FIELD_MISSING, place, message, dependee=dependee.position)


def mismatched(place: JsonPath, dependee: JsonPath, message: str = "Dependent Field is not matching") -> RefusedError:
    """Refuse a value that another one rules out."""
    return refused(Code.DEPENDENT_MISMATCH, place, message, dependee=dependee.position)


def ambiguous(places: Iterable[JsonPath], message: str = "Ambiguity during processing") -> RefusedError:
    """Refuse two values that contradict each other."""
    due_to: list[Json] = [place.position for place in places]
    return RefusedError(Problem(Code.AMBIGUITY_DURING_PROCESSING, {"ambiguity_due_to": due_to}, message))


def expected_one_of(places: Iterable[JsonPath]) -> RefusedError:
    """Refuse an object that has none of the keys of which it needs one."""
    fields: list[Json] = [place.position for place in places]
    return RefusedError(Problem(Code.EXPECTED_FIELD_MISSING, {"expected_fields": fields}, "Specify atleast one field"))


def not_run(place: JsonPath, what: str) -> RefusedError:
    """Refuse what is legal at the service but not carried out by this server (our own code and message)."""
    return refused(Code.NOT_IMPLEMENTED, place, f"this server does not run {what} yet")
