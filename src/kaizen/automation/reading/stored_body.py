"""Parts of stored bodies, which were checked when they came in: what is missing now has another form by mistake."""

from collections.abc import Mapping

from kaizen.automation.reading.static_value import value_of
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem
from kaizen.model.values import Id, Json, Value


class UnreadableError(ValueError):
    """The document does not make sense with the catalog of now."""


def object_in(payload: Json) -> Mapping[str, Json]:
    """Return a stored object; empty when there is none."""
    return payload if isinstance(payload, Mapping) else {}


def objects_in(payload: Json) -> list[Mapping[str, Json]]:
    """Return the elements of a stored list of objects; empty when there is none."""
    return [object_in(each) for each in payload] if isinstance(payload, list) else []


def named_in(reference: Json) -> str:
    """Return the api_name of a stored reference."""
    return str(object_in(reference)["api_name"])


def id_of(reference: Json) -> Id:
    """Return the id of a stored reference."""
    return int(str(object_in(reference)["id"]))


def value_in(payload: Json, name: str, module: Module) -> Value:
    """Return a stored value of a field; raise UnreadableError when the field no longer takes it."""
    value = value_of(payload, module.by_name[name])
    if isinstance(value, Problem):
        raise UnreadableError(value.text)
    return value
