"""E-mail templates. The service's API only reads them; creating them is an operation of ours."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.payload import references, shape, tokens
from kaizen.automation.payload.entity import EntityBody
from kaizen.automation.payload.facts import Facts
from kaizen.automation.payload.place import Place
from kaizen.automation.payload.refusal import RefusedError, missing, refused
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
        said = shape.mapping(raw, place)
        if stored is not None:
            said = {**stored, **said}
        return _read(said, stored, place, facts)
    except RefusedError as refusal:
        return refusal.problem


def _read(said: Mapping[str, Json], stored: Mapping[str, Json] | None, place: Place, facts: Facts) -> EntityBody:
    name = shape.name(said.get("name"), place / "name", longest=LONGEST_NAME)
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
        "editor_mode": shape.one_of(mode, place / "editor_mode", EDITOR_MODES) if mode is not None else "rich_text",
    }
    return EntityBody(name, module.api_name, body)


def _text(said: Mapping[str, Json], place: Place, key: str, longest: int, module: Module, facts: Facts) -> str:
    at = place / key
    if said.get(key) is None:
        raise missing(at)
    text = shape.text(said[key], at, longest=longest)
    tokens.check_tokens(text, at, module, facts.catalog)
    return text
