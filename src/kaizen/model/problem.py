"""Why a row, an element or a whole request was refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

#: The key of `details` that says which type a value must have.
EXPECTED_TYPE: Final = "expected_data_type"
#: The service's words for an id that is invalid or unknown.
UNKNOWN_ID: Final = "the id given seems to be invalid"


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal, as a value: a bad row among good ones does not stop them."""

    code: Code
    details: Mapping[str, Json] = field(default_factory=dict)
    message: str = ""  #: empty: the code's usual message
    status: int = 0  #: 0: the code's usual status; only looked at when it is a whole answer

    @property
    def text(self) -> str:
        """The message to show."""
        return self.message or self.code.message

    @property
    def http_status(self) -> int:
        """The HTTP status when this is the whole answer."""
        return self.status or self.code.status

    def body(self) -> dict[str, Json]:
        """Show the problem as the service's error object."""
        return {
            "code": self.code.value,
            "details": dict(self.details),
            "message": self.text,
            "status": "error",
        }


class RequestRefusedError(Exception):
    """The request cannot go on; the problem is the whole answer, or the one element of the list `within` it."""

    def __init__(self, problem: Problem, within: str = "") -> None:
        super().__init__(f"{problem.code}: {problem.text}")
        self.problem = problem
        self.within = within


def position(api_name: str, json_path: str) -> dict[str, Json]:
    """Return where in the request a problem is."""
    return {"api_name": api_name, "json_path": json_path}


def expected_type(data_type: str) -> dict[str, Json]:
    """Return the details that name the expected type of a value."""
    return {EXPECTED_TYPE: data_type}
