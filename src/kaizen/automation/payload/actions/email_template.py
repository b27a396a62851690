"""E-mail templates. The service's API only reads them; creating them is an operation of ours."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.payload.actions.action_body import EntityBody
from kaizen.automation.payload.reading import json_types, merge_field_check, references
from kaizen.automation.payload.reading.errors import RefusedError, missing, refused
from kaizen.automation.payload.reading.json_path import Place
from kaizen.automation.payload.reading.payload_context import Facts
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

LONGEST_NAME: Final = 75
LONGEST_SUBJECT: Final = 500
LONGEST_CONTENT: Final = 500_000
EDITOR_MODES: Final = ("plain_text", "rich_text", "gallery")
_MODULE: Final = references.Wording("the module name given seems to be invalid", at_key=True)


def read_email_template(
    raw: object, stored: Mapping[str, Json] | None, facts: Facts, place: Place
) -> EntityBody | Problem:
    """Check a template that is created, or what a change makes of a stored one."""
    try:
        said = json_types.mapping(raw, place)
        if stored is not None:
            said = {**stored, **said}
        return _read(said, stored, place, facts)
    except RefusedError as refusal:
        return refusal.problem


def _read(said: Mapping[str, Json], stored: Mapping[str, Json] | None, place: Place, facts: Facts) -> EntityBody:
    name = json_types.name(said.get("name"), place / "name", longest=LONGEST_NAME)
    if said.get("module") is None:
        raise missing(place / "module")
    module = references.module(said["module"], place / "module", facts.catalog, _MODULE)
    if stored is not None and isinstance(old := stored["module"], dict) and old["id"] != str(module.id):
        raise refused(Code.NOT_ALLOWED, place / "module", "The module cannot be changed")
    mode = said.get("editor_mode")
    body: dict[str, Json] = {
        "name": name,
        "module": references.shown(module),
        "subject": _text(said, place, "subject", LONGEST_SUBJECT, module, facts),
        "content": _text(said, place, "content", LONGEST_CONTENT, module, facts),
        "editor_mode": json_types.one_of(mode, place / "editor_mode", EDITOR_MODES)
        if mode is not None
        else "rich_text",
    }
    return EntityBody(name, module.api_name, body)


def _text(said: Mapping[str, Json], place: Place, key: str, longest: int, module: Module, facts: Facts) -> str:
    at = place / key
    if said.get(key) is None:
        raise missing(at)
    text = json_types.text(said[key], at, longest=longest)
    merge_field_check.check_tokens(text, at, module, facts.catalog)
    return text
