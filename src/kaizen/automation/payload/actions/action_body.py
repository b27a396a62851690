"""What the entities that rules name have in common: field updates, tasks, e-mail notifications."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kaizen.automation.reading import references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.json_body import json_types
from kaizen.json_body.errors import missing, not_run, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

FEATURE_TYPES: Final = ("workflow",)


@dataclass(frozen=True, slots=True)
class ActionBody:
    """An entity that was accepted: what its document holds."""

    name: str
    module: str
    body: dict[str, Json]


def merged(raw: object, stored: Mapping[str, Json] | None, place: JsonPath) -> Mapping[str, Json]:
    """Take the object that describes an entity; what a change does not mention stays as it is stored."""
    payload = json_types.mapping(raw, place)
    return payload if stored is None else {**stored, **payload}


def common(payload: Mapping[str, Json], place: JsonPath) -> dict[str, Json]:
    """Check what every entity can say, and give the part of the body that says so."""
    feature = payload.get("feature_type")
    if feature is not None:
        json_types.one_of(feature, place / "feature_type", FEATURE_TYPES)
    if payload.get("related_module") is not None:
        raise not_run(place / "related_module", "actions on a related module")
    return {"feature_type": "workflow", "source": "API"}


def module_of(
    payload: Mapping[str, Json],
    stored: Mapping[str, Json] | None,
    place: JsonPath,
    context: PayloadContext,
    wording: references.Wording,
) -> Module:
    """Find the module of an entity; it never changes."""
    at = place / "module"
    if payload.get("module") is None:
        raise missing(at)
    module = references.module(payload["module"], at, context.catalog, wording)
    if context.configurations.of(module) is None:
        named = json_types.mapping(payload["module"], at)
        key = "id" if named.get("id") is not None else "api_name"
        raise refused(Code.INVALID_MODULE, at / key if wording.at_key else at)
    if stored is not None and isinstance(old := stored["module"], dict) and old["id"] != str(module.id):
        raise refused(Code.NOT_ALLOWED, at, "The module cannot be changed")
    return module


def dump_module(module: Module, *, whole: bool) -> dict[str, Json]:
    """Show the module of an entity; `whole` adds its labels."""
    shown = references.shown(module)
    if whole:
        shown |= {
            "singular_label": module.singular_label,
            "plural_label": module.plural_label,
            "moduleName": module.module_name,
        }
    return shown


def dump_state(associated: bool) -> dict[str, Json]:
    """Show what can be done with an entity."""
    return {"lock_status": {"locked": False}, "editable": True, "deletable": True, "associated": associated}
