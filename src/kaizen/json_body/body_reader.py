"""One object of a request, read key by key: what is not given and what is null are the same."""

from collections.abc import Mapping
from dataclasses import dataclass

from kaizen.fields.reference import referred_id
from kaizen.json_body import json_types
from kaizen.json_body.errors import RefusedError, invalid, missing, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.values import Id, Json
from kaizen.vocabulary.codes import Code


@dataclass(frozen=True, slots=True)
class BodyReader:
    """The values of one JSON object of a request; every reader raises RefusedError."""

    given: Mapping[str, Json]
    path: JsonPath

    def where(self, name: str) -> dict[str, Json]:
        """Return the path of a value."""
        return (self.path / name).position

    def refuse(self, code: Code, name: str, message: str = "", /, **why: Json) -> RefusedError:
        """Make the refusal of one value, to be raised."""
        return refused(code, self.path / name, message, **why)

    def has(self, name: str) -> bool:
        """Return whether a value is given and not null."""
        return self.given.get(name) is not None

    def required(self, name: str, message: str | None = None) -> Json:
        """Return a value that must be given; blank text is not given."""
        found = self.given.get(name)
        if found is None or (isinstance(found, str) and not found.strip()):
            raise missing(self.path / name, message)
        return found

    def text(self, name: str, maximum: int) -> str | None:
        """Read text of at most so many characters; blank is None."""
        found = self.given.get(name)
        if found is None:
            return None
        stripped = json_types.text(found, self.path / name).strip()
        return json_types.text(stripped, self.path / name, longest=maximum) or None

    def word(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """Read one of a closed set of words."""
        found = self.given.get(name)
        if found is None:
            return None
        if not isinstance(found, str) or found not in allowed:
            raise invalid(self.path / name, self.path.wording.not_listed, supported_values=list(allowed))
        return found

    def flag(self, name: str) -> bool | None:
        """Read true or false."""
        found = self.given.get(name)
        return None if found is None else json_types.boolean(found, self.path / name)

    def whole(self, name: str, minimum: int, maximum: int) -> int | None:
        """Read a whole number within bounds; the service also takes it as decimal text."""
        found = self.given.get(name)
        if found is None:
            return None
        number = json_types.whole(found, self.path / name)
        if not minimum <= number <= maximum:
            raise invalid(self.path / name, range={"from": minimum, "to": maximum})
        return number

    def child(self, name: str) -> "BodyReader | None":
        """Read an object inside."""
        found = self.given.get(name)
        return None if found is None else reader_of(found, self.path / name)

    def children(self, name: str) -> tuple["BodyReader", ...]:
        """Read a list of objects; missing is empty."""
        found = self.given.get(name)
        if found is None:
            return ()
        at = self.path / name
        return json_types.each(json_types.sequence(found, at), at, reader_of)

    def reference(self, name: str) -> Id | None:
        """Read a reference, `{"id": ...}` or a bare id; None when none is given."""
        found = self.given.get(name)
        if found is None:
            return None
        number = referred_id(found)
        if number is None:
            raise invalid(self.path / name)
        return number


def reader_of(raw: Json, place: JsonPath) -> BodyReader:
    """Take a JSON object to be read key by key."""
    return BodyReader(json_types.mapping(raw, place), place)
