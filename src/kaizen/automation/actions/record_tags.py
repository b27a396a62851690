"""What adding and removing tags share: which tags an action names, how they are shown, which a record has."""

from collections.abc import Iterable, Mapping
from typing import Final

from kaizen.automation.actions.action_context import NOTHING_TO_DO, ActionContext, ActionResult, failed, id_in
from kaizen.automation.actions.action_kind import ActionGround, CurrentNames, Touched
from kaizen.automation.actions.action_payload import ActionPayload
from kaizen.automation.effect_types import SetFields
from kaizen.automation.reading import references
from kaizen.automation.reading.stored_body import objects_in
from kaizen.json_body import json_types
from kaizen.json_body.errors import INVALID, invalid, missing, refused
from kaizen.model.document import Document
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id, Json
from kaizen.vocabulary.codes import Code

FIELD: Final = "Tag"
#: How many tags one record may have (reference: platform C.15).
LIMIT: Final = 10

_WORDING: Final = references.Wording(INVALID)


def read_tags(payload: ActionPayload) -> dict[str, Json]:
    """Read the tags that an action names: tags that exist, named by id, by name or by both."""
    payload.check_home(payload.module)
    details, at_tags = payload.details, payload.details.path / "tags"
    if not details.has("tags"):
        raise missing(at_tags)
    elements = json_types.sequence(details.given["tags"], at_tags)
    if not elements:
        raise invalid(at_tags, "Tags array cannot be empty")
    if len(elements) > payload.most:
        raise refused(Code.LIMIT_EXCEEDED, at_tags, limit=payload.most)
    known = payload.context.tags.get(payload.module.api_name, {})
    by_name = {tag.name: tag for tag in known.values()}
    # A name is found whatever its case, but an exact one wins.
    by_name = {tag.name.lower(): tag for tag in known.values()} | by_name
    tags: dict[str, Json] = {}
    for index, element in enumerate(elements):
        tag = references.resolve(_lowered(element, by_name), at_tags / index, known, by_name, _WORDING, "name")
        tags[str(tag.id)] = _shown(tag)
    return {"module": references.shown(payload.module), "tags": list(tags.values())}


def _lowered(element: Json, by_name: Mapping[str, Document]) -> Json:
    if isinstance(element, dict) and isinstance(name := element.get("name"), str) and name not in by_name:
        return {**element, "name": name.strip().lower()}
    return element


def _shown(tag: Document) -> dict[str, Json]:
    return {"name": tag.name, "id": str(tag.id), "color_code": tag.body.get("color_code")}


def title(details: Mapping[str, Json]) -> str:
    """Return the name of an action, made from its tags."""
    tags = details.get("tags")
    names = (tag.get("name") for tag in tags if isinstance(tag, Mapping)) if isinstance(tags, list | tuple) else ()
    return ", ".join(name for name in names if isinstance(name, str))


def show_tags(details: dict[str, Json], module: str, names: CurrentNames) -> dict[str, Json]:
    """Show the details with the tags as they are now."""
    known = names.tags.get(module, {})
    tags: list[Json] = []
    for tag in objects_in(details["tags"]):
        current = known.get(int(str(tag["id"])))
        tags.append(_shown(current) if current else dict(tag))
    # Where tags are removed the service shows it too, and never means anything by it.
    return {**details, "tags": tags, "over_write": details.get("over_write", False)}


def named(action: RuleAction) -> tuple[Id, ...]:
    """Return the ids of the tags an action names; they were resolved when the rule was saved."""
    tags = action.details.get("tags")
    if not isinstance(tags, (list, tuple)):
        return ()
    found = [each for each in map(id_in, tags) if each is not None]
    return tuple(dict.fromkeys(found))


def present(context: ActionContext) -> tuple[Id, ...]:
    """Return the ids of the tags the record has."""
    tags = context.values.get(FIELD)
    return tags if isinstance(tags, tuple) else ()  # type: ignore[return-value]  # the field holds ids


def tagged(context: ActionContext, wanted: tuple[Id, ...]) -> ActionResult:
    """Ask for exactly these tags."""
    if wanted == present(context):
        return NOTHING_TO_DO
    if len(wanted) > LIMIT:
        return failed(f"a record has at most {LIMIT} tags; this one would have {len(wanted)}")
    return ActionResult(SetFields({FIELD: wanted or None}))


def touches_tags(_action: RuleAction, ground: ActionGround) -> Iterable[Touched]:
    """Return the field that holds the tags."""
    return (Touched(ground.module.api_name, frozenset({FIELD})),)
