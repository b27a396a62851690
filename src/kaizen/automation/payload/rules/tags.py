"""The details of add_tags and remove_tags: tags that exist, named by id, by name or by both."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.reading import references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.json_body import json_types
from kaizen.json_body.errors import INVALID, invalid, missing, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

_WORDING: Final = references.Wording(INVALID)


def read_tags(
    payload: Mapping[str, Json], place: JsonPath, module: Module, context: PayloadContext, *, most: int, adds: bool
) -> dict[str, Json]:
    """Check the details of a tag action and give the form in which they are kept and shown."""
    at_tags = place / "tags"
    if payload.get("tags") is None:
        raise missing(at_tags)
    elements = json_types.sequence(payload["tags"], at_tags)
    if not elements:
        raise invalid(at_tags, "Tags array cannot be empty")
    if len(elements) > most:
        raise refused(Code.LIMIT_EXCEEDED, at_tags, limit=most)
    known = context.tags.get(module.api_name, {})
    by_name = {tag.name: tag for tag in known.values()}
    # A name is found whatever its case, but an exact one wins.
    by_name = {tag.name.lower(): tag for tag in known.values()} | by_name
    tags: dict[str, Json] = {}
    for index, element in enumerate(elements):
        tag = references.resolve(_lowered(element, by_name), at_tags / index, known, by_name, _WORDING, "name")
        tags[str(tag.id)] = shown(tag)
    stored: dict[str, Json] = {"module": references.shown(module), "tags": list(tags.values())}
    if adds:
        stored["over_write"] = _overwrites(payload, place)
    return stored


def _lowered(element: Json, by_name: Mapping[str, Document]) -> Json:
    if isinstance(element, dict) and isinstance(name := element.get("name"), str) and name not in by_name:
        return {**element, "name": name.strip().lower()}
    return element


def _overwrites(payload: Mapping[str, Json], place: JsonPath) -> bool:
    # One of the service's own samples spells it without the underscore (reference: automation C20).
    for key in ("over_write", "overwrite"):
        if payload.get(key) is not None:
            return json_types.boolean(payload[key], place / key)
    return False


def shown(tag: Document) -> dict[str, Json]:
    """Show a tag as actions show theirs."""
    return {"name": tag.name, "id": str(tag.id), "color_code": tag.body.get("color_code")}
