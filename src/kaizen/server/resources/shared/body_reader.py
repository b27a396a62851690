"""Reading the values of one element of a request, refused by place and kind when they are not what they must be."""

from collections.abc import Mapping
from dataclasses import dataclass

from kaizen.fields.reference import id_of
from kaizen.model.problem import Problem, position
from kaizen.model.values import Id, Json
from kaizen.vocabulary.codes import Code


class RowRefusedError(Exception):
    """This element cannot be kept; its neighbours can."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.text}")
        self.problem = problem


@dataclass(frozen=True, slots=True)
class BodyReader:
    """The values of one JSON object of a request; every reader raises RowRefusedError."""

    given: Mapping[str, Json]
    path: str  #: where it is: `$.fields[0]`

    def where(self, name: str) -> dict[str, Json]:
        """Say where a value lies."""
        return position(name, f"{self.path}.{name}")

    def refuse(self, code: Code, name: str, message: str = "", **why: Json) -> RowRefusedError:
        """Make the refusal of one value, to be raised."""
        return RowRefusedError(Problem(code, {**why, **self.where(name)}, message))

    def has(self, name: str) -> bool:
        """Return whether a value is given and not null."""
        return self.given.get(name) is not None

    def required(self, name: str, message: str = "") -> Json:
        """Return a value that must be given; blank text is not given."""
        found = self.given.get(name)
        if found is None or (isinstance(found, str) and not found.strip()):
            raise self.refuse(Code.MANDATORY_NOT_FOUND, name, message)
        return found

    def text(self, name: str, maximum: int) -> str | None:
        """Read text of at most so many characters; blank is None."""
        found = self.given.get(name)
        if found is None:
            return None
        if not isinstance(found, str):
            raise self.refuse(Code.INVALID_DATA, name, expected_data_type="text")
        if len(found.strip()) > maximum:
            raise self.refuse(Code.INVALID_DATA, name, maximum_length=maximum)
        return found.strip() or None

    def word(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """Read one of a closed set of words."""
        found = self.given.get(name)
        if found is None:
            return None
        if not isinstance(found, str) or found not in allowed:
            raise self.refuse(Code.INVALID_DATA, name, supported_values=list(allowed))
        return found

    def flag(self, name: str) -> bool | None:
        """Read true or false."""
        found = self.given.get(name)
        if found is not None and not isinstance(found, bool):
            raise self.refuse(Code.INVALID_DATA, name, expected_data_type="boolean")
        return found

    def whole(self, name: str, minimum: int, maximum: int) -> int | None:
        """Read a whole number within bounds; the service also takes it as decimal text."""
        found = self.given.get(name)
        if found is None:
            return None
        if isinstance(found, str) and found.isascii() and found.isdecimal() and len(found) <= len(str(maximum)):
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.refuse(Code.INVALID_DATA, name, expected_data_type="integer")
        if not minimum <= found <= maximum:
            raise self.refuse(Code.INVALID_DATA, name, range={"from": minimum, "to": maximum})
        return found

    def child(self, name: str) -> "BodyReader | None":
        """Read an object inside."""
        found = self.given.get(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise self.refuse(Code.INVALID_DATA, name, expected_data_type="jsonobject")
        return BodyReader(found, f"{self.path}.{name}")

    def children(self, name: str) -> list["BodyReader"]:
        """Read a list of objects; missing is empty."""
        found = self.given.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            raise self.refuse(Code.INVALID_DATA, name, expected_data_type="jsonarray")
        listed = []
        for index, item in enumerate(found):
            at = f"{self.path}.{name}[{index}]"
            if not isinstance(item, dict):
                problem = Problem(Code.INVALID_DATA, {"expected_data_type": "jsonobject", **position(name, at)})
                raise RowRefusedError(problem)
            listed.append(BodyReader(item, at))
        return listed

    def reference(self, name: str) -> Id | None:
        """Read a reference, `{"id": ...}` or a bare id; None when none is given."""
        found = self.given.get(name)
        if found is None:
            return None
        number = id_of(found.get("id") if isinstance(found, dict) else found)
        if number is None:
            raise self.refuse(Code.INVALID_DATA, name)
        return number
