"""Objects that name a module or a field by api_name, by id, or by both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from kaizen.fields.reference import id_of
from kaizen.json_body import json_types
from kaizen.json_body.errors import ambiguous, expected_one_of, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.model.problem import UNKNOWN_ID
from kaizen.model.values import Id, Json
from kaizen.vocabulary.codes import Code

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wording:
    """How one API says that a reference names nothing, or two things."""

    unknown: str = UNKNOWN_ID
    code: Code = Code.INVALID_DATA
    #: Whether the error stands at the key (`module.id`) or at the reference (`module`).
    at_key: bool = False
    contradictory: str = "Ambiguity during processing"
    #: Whether an id that does not look like one is said to be of the wrong type or too long.
    checks_ids: bool = False
    #: The order in which an empty reference's alternatives are listed.
    id_first: bool = False


MODULE_OF_RULE: Final = Wording("the module name given seems to be invalid")


def module(raw: object, place: JsonPath, catalog: Catalog, wording: Wording = MODULE_OF_RULE) -> Module:
    """Find the module that a reference names."""
    return resolve(raw, place, catalog.by_id, catalog.by_name, wording)


def field(raw: object, place: JsonPath, owner: Module, wording: Wording) -> Field:
    """Find the field of a module that a reference names."""
    return resolve(raw, place, owner.by_id, owner.by_name, wording)


def resolve(
    raw: object,
    place: JsonPath,
    by_id: Mapping[Id, T],
    by_name: Mapping[str, T],
    wording: Wording,
    name_key: str = "api_name",
) -> T:
    """Find what a reference names; either key suffices, both must agree (reference: automation B.1)."""
    payload = json_types.mapping(raw, place)
    at_id, at_name = place / "id", place / name_key
    given: list[tuple[JsonPath, T | None]] = []
    if (raw_id := payload.get("id")) is not None:
        number = (json_types.bigint if wording.checks_ids else json_types.identifier)(raw_id, at_id)
        given.append((at_id, by_id.get(number) if number is not None else None))
    if (raw_name := payload.get(name_key)) is not None:
        given.append((at_name, by_name.get(json_types.text(raw_name, at_name))))
    if not given:
        raise expected_one_of((at_id, at_name) if wording.id_first else (at_name, at_id))
    found: list[T] = []
    for at, entity in given:
        if entity is None:
            raise refused(wording.code, at if wording.at_key else place, wording.unknown)
        found.append(entity)
    if found[0] is not found[-1]:
        # Tags are listed by their name first, modules and fields by their id (reference: automation F.2).
        raise ambiguous((at_name, at_id) if name_key == "name" else (at_id, at_name), wording.contradictory)
    return found[0]


def names_something(raw: Json) -> bool:
    """Return whether a reference gives a name or an id."""
    return not isinstance(raw, dict) or raw.get("id") is not None or raw.get("api_name") is not None


def contradicts_itself(raw: Json, owner: Module) -> bool:
    """Return whether a reference names two fields of a module."""
    if not isinstance(raw, dict):
        return False
    by_id, by_name = owner.by_id.get(id_in(raw.get("id")) or 0), owner.by_name.get(str(raw.get("api_name")))
    return by_id is not None and by_name is not None and by_id is not by_name


def id_in(raw: object) -> Id | None:
    """Read an id; None if it is not one."""
    return id_of(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else None


def shown(entity: Module | Field) -> dict[str, Json]:
    """Show a module or field as references to it are shown."""
    return {"api_name": entity.api_name, "id": str(entity.id)}
