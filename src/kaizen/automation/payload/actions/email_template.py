"""E-mail templates. The service's API only reads them; creating them is an operation of ours."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.payload.actions import action_body
from kaizen.automation.payload.actions.action_body import ActionBody
from kaizen.automation.reading import merge_field_check, references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.automation.reading.wordings import ACTIONS
from kaizen.json_body import json_types
from kaizen.json_body.errors import accepted, missing, refused
from kaizen.json_body.json_path import JsonPath
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
    raw: object, stored: Mapping[str, Json] | None, context: PayloadContext, place: JsonPath
) -> ActionBody | Problem:
    """Check a template that is created, or the result of a change of a stored one."""
    at = place.worded(ACTIONS)
    return accepted(lambda: _read(action_body.merged(raw, stored, at), stored, at, context))


def _read(
    payload: Mapping[str, Json], stored: Mapping[str, Json] | None, place: JsonPath, context: PayloadContext
) -> ActionBody:
    name = json_types.name(payload.get("name"), place / "name", longest=LONGEST_NAME)
    if payload.get("module") is None:
        raise missing(place / "module")
    module = references.module(payload["module"], place / "module", context.catalog, _MODULE)
    if stored is not None and isinstance(old := stored["module"], dict) and old["id"] != str(module.id):
        raise refused(Code.NOT_ALLOWED, place / "module", "The module cannot be changed")
    mode = payload.get("editor_mode")
    body: dict[str, Json] = {
        "name": name,
        "module": references.shown(module),
        "subject": _text(payload, place, "subject", LONGEST_SUBJECT, module, context),
        "content": _text(payload, place, "content", LONGEST_CONTENT, module, context),
        "editor_mode": json_types.one_of(mode, place / "editor_mode", EDITOR_MODES)
        if mode is not None
        else "rich_text",
    }
    return ActionBody(name, module.api_name, body)


def _text(
    payload: Mapping[str, Json], place: JsonPath, key: str, longest: int, module: Module, context: PayloadContext
) -> str:
    at = place / key
    if payload.get(key) is None:
        raise missing(at)
    text = json_types.text(payload[key], at, longest=longest)
    merge_field_check.check_tokens(text, at, module, context.catalog)
    return text
