"""What is wrong with one value, before its place in the request is known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from kaizen.model.problem import UNKNOWN_ID, Problem, expected_type
from kaizen.model.values import Json, Value
from kaizen.vocabulary.codes import Code


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why one value is refused; its place is added by the caller.

    Readers make their flaws once per field, not once per value: the hundred rows of a call share them.
    """

    details: Mapping[str, Json] = field(default_factory=dict)
    message: str = ""  #: empty: the code's usual message
    code: Code = Code.INVALID_DATA
    trail: str = ""  #: JSON path from the field to the bad part: `[1].Quantity`, or empty
    part: str = ""  #: api_name of the bad part where it is not the field itself

    def at(self, api_name: str, json_path: str) -> Problem:
        """Return the problem with its place: the field's api_name and JSON path (`$.data[0].Amount`)."""
        place: dict[str, Json] = {"api_name": self.part or api_name, "json_path": json_path + self.trail}
        return Problem(self.code, {**self.details, **place}, self.message)

    def inside(self, trail: str, part: str) -> "Flaw":
        """Move the flaw one level out: what had it is itself part of a larger value."""
        return Flaw(self.details, self.message, self.code, trail + self.trail, self.part or part)


#: Takes one JSON value to what records hold.
Reader: TypeAlias = Callable[[Json], "Value | Flaw"]

#: Takes what records hold to one JSON value.
Writer: TypeAlias = Callable[[Value], Json]


def expected(data_type: str) -> Flaw:
    """Return the flaw that names the expected data type."""
    return Flaw(expected_type(data_type))


def too_long(maximum: int) -> Flaw:
    """Return the flaw that names the maximum number of characters or digits."""
    return Flaw({"maximum_length": maximum})


#: An id that is invalid or unknown.
NO_SUCH_ID = Flaw(message=UNKNOWN_ID)
