"""What handlers read from the path, the query and the headers, refused as the service refuses it."""

from datetime import UTC
from email.utils import parsedate_to_datetime

from kaizen.fields.moment import instant
from kaizen.fields.reference import id_of
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError, expected_type
from kaizen.model.values import Id, Json
from kaizen.server.http.call import Call
from kaizen.vocabulary.codes import Code

#: Digits of a number that the database can still multiply by the rows of a page.
_LONGEST = 15


def path_id(call: Call, name: str = "id") -> Id:
    """Read an id of the path."""
    found = id_of(call.params[name])
    if found is None:
        raise RequestRefusedError(bad_path_id(call, name))
    return found


def bad_path_id(call: Call, name: str = "id", message: str = UNKNOWN_ID) -> Problem:
    """Return the problem of an id in the path that does not exist; its index counts from 0 after the version."""
    index = call.pattern.split("/").index(f"{{{name}}}")
    return Problem(Code.INVALID_DATA, {"resource_path_index": index}, message)


def required(call: Call, name: str, message: str = "") -> str:
    """Read a query parameter that must be there."""
    text = call.query.get(name)
    if text is None:
        raise RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, {"param_name": name}, message))
    return text


def names(call: Call, name: str) -> list[str]:
    """Read a comma-separated query parameter; a trailing comma and blanks around names do no harm."""
    return [part for part in (piece.strip() for piece in call.query.get(name, "").split(",")) if part]


def ids(call: Call, name: str = "ids", *, maximum: int, message: str = "") -> list[Id | str]:
    """Read a required list of ids; what is not an id stays text, for the answer to name it."""
    required(call, name)
    given = names(call, name)
    if not given:
        raise RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, {"param_name": name}))
    if len(given) > maximum:
        details: dict[str, Json] = {"maximum_length": maximum, "param_name": name}
        raise RequestRefusedError(Problem(Code.INVALID_DATA, details, message))
    return [number if (number := id_of(text)) is not None else text for text in given]


def whole(call: Call, name: str, default: int, *, minimum: int, maximum: int | None = None, clamp: bool = False) -> int:
    """Read a whole number from the query."""
    text = call.query.get(name)
    if text is None:
        return default
    wrong = Problem(Code.INVALID_DATA, {"param_name": name, **expected_type("integer")})
    if not (text.isascii() and text.removeprefix("-").isdecimal() and len(text) <= _LONGEST):
        raise RequestRefusedError(wrong)
    number = int(text)
    if number < minimum:
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": name, "minimum_value": minimum}))
    if maximum is not None and number > maximum:
        if clamp:
            return maximum
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": name, "maximum_value": maximum}))
    return number


def flag(call: Call, name: str, default: bool = False) -> bool:
    """Read true or false from the query."""
    text = call.query.get(name)
    if text is None:
        return default
    if text.lower() not in ("true", "false"):
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": name, **expected_type("boolean")}))
    return text.lower() == "true"


def choice(call: Call, name: str, allowed: tuple[str, ...], default: str = "") -> str:
    """Read one of a closed set of words from the query."""
    text = call.query.get(name)
    if text is None:
        return default
    if text not in allowed:
        details: dict[str, Json] = {"param_name": name, "supported_values": list(allowed)}
        message = "The value provided to the param is Invalid"
        raise RequestRefusedError(Problem(Code.INVALID_DATA, details, message))
    return text


def header_moment(call: Call, name: str) -> int | None:
    """Read a moment from a header, ISO 8601 with offset or an HTTP date, as seconds since the epoch."""
    text = call.headers.get(name.lower(), "").strip()
    if not text:
        return None
    moment = instant(text)
    if moment is None:
        try:
            date = parsedate_to_datetime(text)
            moment = int((date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            wrong = Problem(Code.INVALID_DATA, {"api_name": name, **expected_type("datetime")})
            raise RequestRefusedError(wrong) from None
    return moment
