"""Add tags to records and remove them (reference: platform C.15)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec

from kaizen.access.rights import ModuleRights
from kaizen.access.scopes import on_module, permitted
from kaizen.fields.reference import id_of
from kaizen.json_body import json_types
from kaizen.json_body.errors import invalid
from kaizen.json_body.json_path import JsonPath
from kaizen.json_body.wording import BodyWording
from kaizen.model.catalog import Module
from kaizen.model.problem import EXPECTED_TYPE, UNKNOWN_ID, Problem, RequestRefusedError, expected_type
from kaizen.model.values import Id, Json, Values
from kaizen.records.permitted import taggable
from kaizen.records.pipeline import Pipeline
from kaizen.records.ports import UnitOfWork
from kaizen.records.tags import PER_RECORD, UNTAGGED_MODULE, Tagging, TagName, colour_of, read_tags
from kaizen.server.http import envelope, params
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.request import module_in
from kaizen.vocabulary.codes import Code

_WORDING: Final = BodyWording(wrong_type="Invalid data type", too_long="Invalid data")
#: As in "Tue, 30 Dec 2025 03:42 PM".
_MOMENT: Final = "%a, %d %b %Y %I:%M %p"
_MOST_IDS: Final = 500
_MOST_IDS_IN_QUERY: Final = 100
#: The operations on a module that let a token give its records tags, or take them away.
_OPERATIONS: Final = {True: ("CREATE", "UPDATE"), False: ("UPDATE",)}
_UPDATED: Final = "tags updated successfully"
_MISSING: Final = "One of the expected param is missing"


def add_tags(uow: UnitOfWork, call: Call) -> Answer:
    """Add tags to records; tags that do not exist are created."""
    return _retag(uow, call, add=True)


def remove_tags(uow: UnitOfWork, call: Call) -> Answer:
    """Take tags away from records."""
    return _retag(uow, call, add=False)


def _retag(uow: UnitOfWork, call: Call, *, add: bool) -> Answer:
    module = _tagged_module(uow, call, add=add)
    rights = taggable(uow, call.actor, module)
    wanted = _tags_in(call)
    if isinstance(wanted, Problem):
        return envelope.elements(call, "tags", [wanted])
    ids = _ids_in(call)
    records = uow.fetch(module, {record_id for given in ids if (record_id := id_of(given)) is not None})
    tagging = Tagging(uow, module.api_name, call.actor.user.id)
    problem = tagging.check(wanted, "$.tags") if add else None
    if problem is not None:
        raise RequestRefusedError(problem)
    # No tag comes into being for records that do not exist.
    named = (
        tagging.ids(wanted)
        if add and any(map(rights.may_change, records.values()))
        else tuple(tagging.existing(wanted))
    )
    work = _Retagging(records, named, uow.now, rights, replaced=add and _over_write(call), add=add)
    outcomes = [work.outcome(given, call, tagging) for given in ids]
    Pipeline(call.automation).retag(uow, call.actor, module, work.tags, records)
    answer = envelope.elements(call, "data", outcomes)
    if "id" in call.params or not call.dialect.colour_codes or not isinstance(answer.body, dict):
        return answer
    # No record here is ever locked.
    return replace(answer, body={**answer.body, "locked_count": "0"})


class _Retagging:
    """The tags that each record will have."""

    def __init__(
        self,
        records: Mapping[Id, Values],
        named: Sequence[Id],
        at: int,
        rights: ModuleRights,
        *,
        replaced: bool,
        add: bool,
    ) -> None:
        self._records = records
        self._rights = rights
        self._at = at
        self._named = named
        self._replaced = replaced
        self._add = add
        self.tags: dict[Id, tuple[Id, ...]] = {}

    def outcome(self, given: Json, call: Call, tagging: Tagging) -> envelope.Element:
        """Compute the tags of one record, and return the outcome."""
        record_id = id_of(given) or 0
        before = self._records.get(record_id)
        if before is None:
            return Problem(Code.INVALID_DATA, {"id": str(given)}, UNKNOWN_ID)
        if not self._rights.may_change(before):
            return Problem(Code.NO_PERMISSION, {"id": str(given)})
        tags = self._tags(before.get("Tag"))
        if len(tags) > PER_RECORD:
            return Problem(Code.LIMIT_EXCEEDED, {"limit": PER_RECORD, "id": str(record_id)})
        self.tags[record_id] = tags
        # The service shows the colours of what is left of one record's tags nowhere else but where they are given.
        coloured = call.dialect.colour_codes and (self._add or "id" not in call.params)
        details: dict[str, Json] = {"id": str(record_id), "tags": _shown(call, tagging, tags, coloured=coloured)}
        return envelope.succeeded(_UPDATED, details | self._more(call))

    def _more(self, call: Call) -> dict[str, Json]:
        """Show the further keys of the answer for one record, and for each of several."""
        if not call.dialect.colour_codes:
            return {}
        if "id" in call.params:
            return {"modifiedTime": datetime.fromtimestamp(self._at, call.actor.zone).strftime(_MOMENT)}
        return {"affected_data": None} if self._add else {}

    def _tags(self, before: object) -> tuple[Id, ...]:
        had = before if isinstance(before, tuple) and not self._replaced else ()
        if not self._add:
            return tuple(tag for tag in had if tag not in self._named)
        return tuple(dict.fromkeys((*had, *self._named)))


def _shown(call: Call, tagging: Tagging, tags: Sequence[Id], *, coloured: bool) -> Json:
    known = [tag for tag in map(tagging.document, tags) if tag is not None]
    if call.dialect.tags_in_query:
        return [tag.name for tag in known]
    if not coloured:
        return [{"name": tag.name, "id": str(tag.id)} for tag in known]
    return [{"name": tag.name, "id": str(tag.id), "color_code": colour_of(tag)} for tag in known]


def _tagged_module(uow: UnitOfWork, call: Call, *, add: bool) -> Module:
    try:
        module = module_in(uow, call)
    except RequestRefusedError as refusal:
        if refusal.problem.code is not Code.INVALID_MODULE:
            raise
        # Of tags the service says less of a module than elsewhere, and other words.
        is_known = call.params["module"] in uow.catalog.by_name
        raise _wrong_module(UNTAGGED_MODULE if is_known else "") from None
    if "Tag" not in module.by_name:
        raise _wrong_module(UNTAGGED_MODULE)
    # The scope changed with the versions; each one is enough (reference: platform H).
    enough = [*(on_module(module, operation) for operation in _OPERATIONS[add]), "ZohoCRM.settings.tags.ALL"]
    if not any(permitted(call.actor, scope) for scope in enough):
        raise RequestRefusedError(Problem(Code.OAUTH_SCOPE_MISMATCH))
    return module


def _wrong_module(message: str) -> RequestRefusedError:
    return RequestRefusedError(Problem(Code.INVALID_MODULE, {}, message))


def _body(call: Call) -> Mapping[str, Json]:
    return call.body if isinstance(call.body, dict) else {}


def _tags_in(call: Call) -> tuple[TagName, ...] | Problem:
    """Read the tags from the query in v2, from the body since; the problem of one tag is answered under `tags`."""
    raw: Json = list[Json](params.names(call, "tag_names")) if call.dialect.tags_in_query else _body(call).get("tags")
    if not raw and call.dialect.tags_in_query:
        raise _without("tag_names")
    place = JsonPath(wording=_WORDING) / "tags"
    if isinstance(raw, list) and len(raw) > PER_RECORD:
        raise invalid(place, Code.INVALID_DATA.message, maximum_length=PER_RECORD)
    if not isinstance(raw, list):
        raise invalid(place, Code.INVALID_DATA.message, **expected_type("jsonarray"))
    if not raw:
        raise invalid(place, Code.INVALID_DATA.message, minimum_length=1)
    tags = read_tags(raw, place)
    is_of_definition = isinstance(tags, Problem) and tags.details.keys() & {EXPECTED_TYPE, "maximum_length"}
    if isinstance(tags, Problem) and not is_of_definition:
        raise RequestRefusedError(tags)
    return tags


def _ids_in(call: Call) -> list[Json]:
    """Read the record of the path, or `ids` from the query in v2, from the body since."""
    if "id" in call.params:
        return [params.path_id(call)]
    if call.dialect.tags_in_query or "ids" in call.query:
        params.required(call, "ids", _MISSING)
        return list(params.ids(call, maximum=_MOST_IDS_IN_QUERY))
    ids = _listed(_body(call).get("ids"))
    place = JsonPath() / "ids"
    if not ids:
        raise _without("ids")
    listed = json_types.sequence(ids, place)
    if len(listed) > _MOST_IDS:
        raise invalid(place, maximum_length=_MOST_IDS)
    return list(listed)


def _without(name: str) -> RequestRefusedError:
    return RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, {"param_name": name}, _MISSING))


def _listed(raw: Json) -> Json:
    """Take a list that is written as text, as the service's own sample has it."""
    if not isinstance(raw, str):
        return raw
    try:
        found: Json = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        return raw
    return found if isinstance(found, list) else raw


def _over_write(call: Call) -> bool:
    given = _body(call).get("over_write")
    if given is None:
        return params.flag(call, "over_write")
    return json_types.boolean(given, JsonPath() / "over_write")
