"""The tags of a module (reference: platform E.8)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError
from kaizen.json_body.json_path import item
from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.records.tags import FORBIDDEN, LONGEST_NAME, PER_MODULE, TAG, count_tagged, replace_tag
from kaizen.server.http import conditional, envelope, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.metadata import module_of
from kaizen.server.resources.shared.stamps import reference, stamps
from kaizen.vocabulary.automation import ActionType
from kaizen.vocabulary.codes import Code

SCOPE: Final = "ZohoCRM.settings.tags"
NOT_SUPPORTED: Final = "the given module is not supported for this api"

_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_LONGEST_COLOUR: Final = 7
#: Emoji and other characters beyond these are refused in names.
_LAST_PLAIN: Final = 0xFFFF
_ACTIONS: Final[Mapping[ActionType, str]] = {ActionType.ADD_TAGS: "AddTags", ActionType.REMOVE_TAGS: "RemoveTags"}


def list_tags(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the tags of a module, with `my_tags=true` the caller's own."""
    module = _tagged_module(uow, call)
    tags = list(uow.tags.get(module.api_name, {}).values())
    if params.flag(call, "my_tags"):
        tags = [tag for tag in tags if tag.created_by == call.actor.user.id]
    if not tags:
        return Answer(204)
    since = conditional.modified_since(call)
    if since is not None and all(tag.modified_at <= since for tag in tags):
        return conditional.NOT_MODIFIED
    shown: list[Json] = [show_tag(uow, call, tag, False) for tag in tags]
    return Answer(body={"tags": shown, "info": {"count": len(shown), "allowed_count": PER_MODULE}})


def delete_tag(uow: UnitOfWork, call: Call) -> Answer:
    """Delete a tag and take it off all records."""
    tag = uow.document("tag", params.path_id(call))
    if tag is None:
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"id": call.params["id"]}, "tags not found"))
    replace_tag(uow, uow.catalog.by_name[tag.module], tag.id)
    uow.drop_document("tag", tag.id)
    outcome = envelope.succeeded("tags deleted successfully", {"id": str(tag.id)})
    if call.dialect.deleted_tag_as_list:
        return envelope.elements(call, "tags", [outcome])
    return Answer(body={"tags": outcome})


def merge_tags(uow: UnitOfWork, call: Call) -> Answer:
    """Let the tag of the path take the place of another on all records; the other goes."""
    kept = uow.document("tag", params.path_id(call))
    if kept is None:
        raise RequestRefusedError(replace(params.bad_path_id(call), message="invalid tag id"))
    row = envelope.rows(call, "tags", maximum=1)[0]
    if not isinstance(row, dict):
        return envelope.elements(call, "tags", [envelope.not_an_object("tags", 0)])
    values = BodyReader(row, item("tags"))
    try:
        values.required("conflict_id")
        gone = uow.document("tag", values.reference("conflict_id") or 0)
        if gone is None or gone.id == kept.id or gone.module != kept.module:
            raise values.refuse(Code.INVALID_DATA, "conflict_id", "invalid tag id")
    except RefusedError as refusal:
        return envelope.elements(call, "tags", [refusal.problem])
    replace_tag(uow, uow.catalog.by_name[kept.module], gone.id, by=kept.id)
    uow.drop_document("tag", gone.id)
    return envelope.elements(call, "tags", [envelope.succeeded("tags merged successfully", {"id": str(kept.id)})])


def count_records(uow: UnitOfWork, call: Call) -> Answer:
    """Answer how many records have a tag, as text, and which rules give or take it."""
    module = _tagged_module(uow, call)
    tag = uow.tags.get(module.api_name, {}).get(params.path_id(call))
    if tag is None:
        raise RequestRefusedError(Problem(Code.TAG_ID_NOT_FOUND))
    used = _used_by_rules(uow, module, tag)
    areas: dict[str, Json] = {"configured_areas": {"Workflow": {str(module.id): used}}} if used else {}
    return Answer(body={"count": str(count_tagged(uow, module, tag.id)), **areas})


def parse_tag(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    """Read a tag to be made or changed."""
    module = _tagged_module(uow, call)
    try:
        return _draft(uow, module, BodyReader(row.values, row.path), row.old)
    except RefusedError as refusal:
        return refusal.problem


def show_tag(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    """Show a tag; versions before v4 know no colours."""
    colour = {"color_code": document.body.get("color_code")} if call.dialect.colour_codes else {}
    return {"id": str(document.id), "name": document.name, **colour, **stamps(uow, call, document)}


def _details(uow: UnitOfWork, call: Call, document: Document) -> dict[str, Json]:
    return show_tag(uow, call, document, True)


def _tagged_module(uow: UnitOfWork, call: Call) -> Module:
    module = module_of(uow, call)
    if not module.table or TAG not in module.by_name:
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {"param_name": "module"}, NOT_SUPPORTED))
    return module


def _draft(uow: UnitOfWork, module: Module, row: BodyReader, old: Document | None) -> ParsedDocument:
    if old is not None and old.module != module.api_name:
        raise row.refuse(Code.INVALID_DATA, "id", "the id given seems to be invalid")
    tags = uow.tags.get(module.api_name, {})
    if old is None and len(tags) >= PER_MODULE:
        raise RefusedError(Problem(Code.LICENSE_LIMIT_EXCEEDED, {}, "tags edition limit exceeded"))
    if old is None or "name" in row.given:
        row.required("name")
    name = row.text("name", LONGEST_NAME) or (old.name if old else "")
    if FORBIDDEN & set(name) or any(ord(character) > _LAST_PLAIN for character in name):
        raise row.refuse(Code.INVALID_DATA, "name")
    for tag in tags.values():
        if tag.name.casefold() == name.casefold() and (old is None or tag.id != old.id):
            raise row.refuse(Code.DUPLICATE_DATA, "name", id=str(tag.id))
    return ParsedDocument(name, {"color_code": _colour(row, old)}, module.api_name)


def _colour(row: BodyReader, old: Document | None) -> Json:
    if "color_code" not in row.given:
        return old.body.get("color_code") if old else None
    colour = row.text("color_code", _LONGEST_COLOUR)
    if colour is not None and not _COLOUR.fullmatch(colour):
        raise row.refuse(Code.INVALID_DATA, "color_code")
    return colour


def _used_by_rules(uow: UnitOfWork, module: Module, tag: Document) -> dict[str, Json]:
    found: dict[str, list[Json]] = {}
    for rule in uow.book.by_module.get(module.api_name, ()):
        shown: Json = {
            **reference(rule.name, rule.id),
            "module": {"api_name": module.api_name, "id": str(module.id)},
            "status": {"active": rule.active},
            "execution_type": rule.trigger.type.value,
        }
        for kind in dict.fromkeys(each.action.type for each in rule.actions() if _names(each.action, tag.id)):
            found.setdefault(_ACTIONS[kind], []).append(shown)
    return {kind: [{**reference(tag.name, tag.id), "rules": rules}] for kind, rules in found.items()}


def _names(action: RuleAction, tag_id: Id) -> bool:
    tags = action.details.get("tags") if action.type in _ACTIONS else None
    return isinstance(tags, list) and any(isinstance(t, dict) and str(t.get("id")) == str(tag_id) for t in tags)


TAGS: Final = Resource(
    path="settings/tags",
    envelope="tags",
    scope=SCOPE,
    kind="tag",
    parse=parse_tag,
    dump=show_tag,
    details=_details,
    messages=Messages(
        created="tags created successfully",
        updated="tags updated successfully",
        deleted="tags deleted successfully",
    ),
    verbs=("create", "update", "update_many"),
)

ROUTES: Final = (
    *TAGS.routes(),
    Route("GET", "settings/tags", list_tags, (f"{SCOPE}.READ",), operation="getTags"),
    Route("DELETE", "settings/tags/{id}", delete_tag, (f"{SCOPE}.DELETE",), writes=True, operation="deleteTags"),
    Route(
        "GET",
        "settings/tags/{id}/actions/records_count",
        count_records,
        (f"{SCOPE}.READ",),
        operation="getRecordsCount",
    ),
    Route(
        "POST",
        "settings/tags/{id}/actions/merge",
        merge_tags,
        (f"{SCOPE}.UPDATE",),
        writes=True,
        operation="postMerge",
    ),
)
