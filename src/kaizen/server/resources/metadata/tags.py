"""The tags of a module (reference: platform E.8)."""

import re
from collections.abc import Mapping
from typing import Final

from kaizen.fields.moment import instant
from kaizen.json_body import json_types
from kaizen.json_body.body_reader import BodyReader, reader_of
from kaizen.json_body.errors import RefusedError, invalid, wrong_type
from kaizen.json_body.json_path import JsonPath, item
from kaizen.json_body.wording import BodyWording
from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.problem import UNKNOWN_ID, Problem, RequestRefusedError
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id, Json
from kaizen.records.permitted import taggable
from kaizen.records.ports import UnitOfWork
from kaizen.records.tags import (
    FORBIDDEN,
    LONGEST_NAME,
    PER_MODULE,
    PER_RECORD,
    TAG,
    UNTAGGED_MODULE,
    count_tagged,
    replace_tag,
)
from kaizen.server.http import conditional, envelope, params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.resource import Messages, ParsedDocument, Resource, Row
from kaizen.server.resources.shared.metadata import find_module
from kaizen.server.resources.shared.stamps import reference, stamps
from kaizen.vocabulary.automation import ActionType
from kaizen.vocabulary.codes import Code

SCOPE: Final = "ZohoCRM.settings.tags"

_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
#: Characters that neither a colour nor a word has.
_SPECIAL: Final = re.compile(r"[^#\w]")
_LONGEST_COLOUR: Final = 7
#: One more than a record may name.
_LONGEST_NAME: Final = LONGEST_NAME + 1
_LONGEST_MOMENT: Final = 25
_WORDING: Final = BodyWording(
    wrong_type="Invalid data type", missing="Required field is missing", too_long="Invalid data"
)
_BLANK: Final = Code.MANDATORY_NOT_FOUND.message
#: Emoji and other characters beyond these are refused in names.
_LAST_PLAIN: Final = 0xFFFF
_ACTIONS: Final[Mapping[ActionType, str]] = {ActionType.ADD_TAGS: "AddTags", ActionType.REMOVE_TAGS: "RemoveTags"}


def list_tags(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the tags of a module, with `my_tags=true` the caller's own."""
    module = _tagged_module(uow, call)
    taggable(uow, call.actor, module)
    tags = list(uow.tags.get(module.api_name, {}).values())
    if params.flag(call, "my_tags"):
        tags = [tag for tag in tags if tag.created_by == call.actor.user.id]
    if not tags:
        return Answer(204)
    since = conditional.modified_since(call)
    if since is not None and all(tag.modified_at <= since for tag in tags):
        return conditional.NOT_MODIFIED
    shown: list[Json] = [show_tag(uow, call, tag, False) for tag in tags]
    info: Json = {"count": len(shown), "allowed_count": PER_MODULE, "record_limit": PER_RECORD}
    return Answer(body={"tags": shown, "info": info})


def delete_tag(uow: UnitOfWork, call: Call) -> Answer:
    """Delete a tag and take it off all records."""
    tag = uow.document("tag", params.path_id(call))
    if tag is None:
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"id": call.params["id"]}, "tags not found"))
    module = uow.catalog.by_name[tag.module]
    taggable(uow, call.actor, module, tags_first=True)
    replace_tag(uow, module, tag.id)
    uow.drop_document("tag", tag.id)
    outcome = envelope.succeeded("tags deleted successfully", {"id": str(tag.id)})
    if call.dialect.deleted_tag_as_list:
        return envelope.elements(call, "tags", [outcome])
    return Answer(body={"tags": outcome})


def merge_tags(uow: UnitOfWork, call: Call) -> Answer:
    """Let the tag of the path take the place of another on all records; the other goes."""
    given = call.body.get("tags") if isinstance(call.body, dict) else None
    if not isinstance(given, list):
        raise wrong_type(JsonPath() / "tags", "jsonarray")
    row = envelope.rows(call, "tags", maximum=1)[0]
    try:
        kept, gone = _merged(uow, call, reader_of(row, item("tags").worded(_WORDING)))
    except RefusedError as refusal:
        return envelope.elements(call, "tags", [refusal.problem])
    module = uow.catalog.by_name[kept.module]
    try:
        taggable(uow, call.actor, module)
    except RequestRefusedError as refusal:
        raise RequestRefusedError(refusal.problem, within="tags") from None
    replace_tag(uow, module, gone.id, by=kept.id)
    uow.drop_document("tag", gone.id)
    details = show_tag(uow, call, kept, True)
    del details["name"]
    return envelope.elements(call, "tags", [envelope.succeeded("tags merged successfully", details)])


def _merged(uow: UnitOfWork, call: Call, row: BodyReader) -> tuple[Document, Document]:
    """Find the tag that stays and the one that goes."""
    conflict = json_types.bigint(row.required("conflict_id", _BLANK), row.path / "conflict_id")
    _check_moment(row.given.get("modified_time"), row.path / "modified_time")
    kept = uow.document("tag", params.path_id(call))
    if kept is None:
        raise row.refuse(Code.INVALID_DATA, "id", "Invalid data")
    gone = uow.document("tag", conflict or 0)
    if gone is None or gone.id == kept.id or gone.module != kept.module:
        raise row.refuse(Code.INVALID_DATA, "conflict_id", "invalid tag id")
    return kept, gone


def _check_moment(raw: Json, place: JsonPath) -> None:
    """Check a time that says nothing here: the service asks for none."""
    if raw is None:
        return
    text = json_types.text(raw, place, longest=_LONGEST_MOMENT) if isinstance(raw, str) else ""
    if instant(text) is None:
        raise wrong_type(place, "datetime")


def count_records(uow: UnitOfWork, call: Call) -> Answer:
    """Answer how many records have a tag, as text, and which rules give or take it."""
    if "module" not in call.query:
        message = "One of the expected param is missing"
        raise RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, {"param_name": "module"}, message))
    module = _tagged_module(uow, call)
    taggable(uow, call.actor, module)
    tag = uow.tags.get(module.api_name, {}).get(params.path_id(call))
    if tag is None:
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"api_name": "id"}, "tags not found", status=404))
    used = _used_by_rules(uow, module, tag)
    areas: Json = {
        "workflow_tagActionRecords": {"Workflow": {str(tag.id): used}} if used else {},
        "custom_view": {"cvnames": [], "inaccessible_custom_view_present": False, "cvmodules": [], "cvids": []},
    }
    return Answer(body={"configured_areas": areas, "count": str(count_tagged(uow, module, tag.id))})


def parse_tag(uow: UnitOfWork, call: Call, row: Row) -> ParsedDocument | Problem:
    """Read a tag to be made or changed."""
    module = _tagged_module(uow, call)
    taggable(uow, call.actor, module, tags_first=True)
    try:
        return _draft(uow, module, BodyReader(row.values, row.path.worded(_WORDING)), row.old)
    except RefusedError as refusal:
        return refusal.problem


def show_tag(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    """Show a tag; versions before v4 know no colours."""
    colour = {"color_code": document.body.get("color_code")} if call.dialect.colour_codes else {}
    return {"id": str(document.id), "name": document.name, **colour, **stamps(uow, call, document)}


def _details(uow: UnitOfWork, call: Call, document: Document) -> dict[str, Json]:
    return show_tag(uow, call, document, True)


def _tagged_module(uow: UnitOfWork, call: Call) -> Module:
    if "module" not in call.query:
        raise RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, {"param": "module"}))
    module = find_module(uow.catalog, call.query["module"], call.dialect)
    if module is None:
        raise RequestRefusedError(Problem(Code.INVALID_MODULE))
    if not module.table or TAG not in module.by_name:
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {}, UNTAGGED_MODULE))
    return module


def _draft(uow: UnitOfWork, module: Module, row: BodyReader, old: Document | None) -> ParsedDocument:
    if old is not None and old.module != module.api_name:
        raise row.refuse(Code.INVALID_DATA, "id", UNKNOWN_ID)
    tags = uow.tags.get(module.api_name, {})
    if old is None and len(tags) >= PER_MODULE:
        raise RefusedError(Problem(Code.LICENSE_LIMIT_EXCEEDED, {}, "tags edition limit exceeded"))
    name = row.text("name", _LONGEST_NAME)
    if name is None:
        # Blank is another thing than absent, and has other words.
        raise row.refuse(Code.MANDATORY_NOT_FOUND, "name", _BLANK if row.has("name") else _WORDING.missing)
    if FORBIDDEN & set(name) or any(ord(character) > _LAST_PLAIN for character in name):
        raise row.refuse(Code.INVALID_DATA, "name")
    for tag in tags.values():
        if tag.name.casefold() == name.casefold() and (old is None or tag.id != old.id):
            raise row.refuse(Code.DUPLICATE_DATA, "name", id=str(tag.id))
    return ParsedDocument(name, {"color_code": _colour(row, old)}, module.api_name)


def _colour(row: BodyReader, old: Document | None) -> Json:
    if "color_code" not in row.given:
        return old.body.get("color_code") if old else None
    raw = row.given["color_code"]
    if raw is None:
        return None
    place = row.path / "color_code"
    colour = json_types.text(raw, place, longest=_LONGEST_COLOUR, too_long=Code.INVALID_DATA.message).strip()
    if colour and not _COLOUR.fullmatch(colour):
        raise invalid(place, "special characters found in the given name" if _SPECIAL.search(colour) else "")
    return colour or None


def _used_by_rules(uow: UnitOfWork, module: Module, tag: Document) -> dict[str, Json]:
    """Show the actions of rules that name a tag, each with the rule and the condition in which it stands."""
    found: dict[str, Json] = {}
    for rule in uow.book.by_module.get(module.api_name, ()):
        for each in rule.actions():
            if not _names(each.action, tag.id):
                continue
            home: Json = {
                "subtype": "rule_condition",
                "module": module.api_name,
                **reference(rule.name, rule.id),
                "execution_type": "instant" if each.group is None else "schedule",
                "source": 1,
                "subtype_id": str(each.condition.id),
            }
            actions = found.setdefault(_ACTIONS[each.action.type], [])
            if isinstance(actions, list):
                actions.append({**reference(each.action.name, each.action.id), "rules": [home]})
    return found


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
