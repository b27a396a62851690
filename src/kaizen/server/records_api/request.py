"""What record requests say: the module, the rows, and how to write them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Final

from kaizen.json_body import json_types
from kaizen.json_body.errors import RefusedError, invalid, missing
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records.draft import NONE, TRIGGERS, Options
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import conditional, envelope, params
from kaizen.server.http.call import Call
from kaizen.server.http.versions import DIALECTS
from kaizen.server.resources.shared.metadata import known_to
from kaizen.vocabulary.codes import Code

#: The module of notes, which the service's examples treat in some places as no other (reference: platform C.13).
NOTES: Final = "Notes"
#: Rows of one write, ids of one deletion.
MOST_ROWS: Final = 100

#: Features a client can ask for; none of them changes anything here (reference: platform C.1).
_APPLICABLE: Final = (
    "layout_rules",
    "range_validation",
    "assignment_rules",
    "function_validation_rule",
    "criteria_validation_rule",
    "global_map_dependency",
    "territory_subordinates",
)
#: Features a client can leave out. `workflow` is the same as an empty `trigger`.
_SKIPPABLE: Final = ("cadences", "workflow")

_ACTIONS: Final = ("insert", "update")

_UNSUPPORTED: Final = "The given module is not supported in API"


def module_in(uow: UnitOfWork, call: Call) -> Module:
    """Return the module of the path, if this version has it and its records are stored."""
    module = uow.catalog.by_name.get(call.params["module"])
    if module is None or not known_to(call.dialect, module):
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {"resource_path_index": 0}))
    if not module.api_supported or module.api_name == "Users":
        raise RequestRefusedError(unsupported())
    if not module.table:
        # The service has records of it and this server does not.
        raise RequestRefusedError(Problem(Code.NOT_IMPLEMENTED, {"resource_path_index": 0}))
    return module


def unsupported() -> Problem:
    """Return the problem of a module whose records the API cannot read, or cannot write."""
    return Problem(Code.INVALID_MODULE, {"resource_path_index": 0}, _UNSUPPORTED)


def writable_module(uow: UnitOfWork, call: Call, right: str) -> Module:
    """Return the module of the path, if it allows `creatable`, `editable` or `deletable`."""
    module = module_in(uow, call)
    if not getattr(module, right) or module.parent_module:
        raise RequestRefusedError(unsupported())
    return module


def rows_in(call: Call, module: Module) -> list[Json]:
    """Unwrap the rows of a write to a module."""
    place = JsonPath() / "data"
    found = json_types.sequence(envelope.wrapped(call, "data"), place)
    if not found:
        raise missing(place)
    if len(found) > MOST_ROWS and module.api_name == NOTES:
        raise invalid(place, maximum_length=MOST_ROWS)
    if len(found) > MOST_ROWS:
        details: dict[str, Json] = {"maximum_length": MOST_ROWS, "api_name": "data"}
        message = "count of records in your request exceeds the limit"
        raise RequestRefusedError(Problem(Code.LIMIT_EXCEEDED, details, message), within="data")
    return list(found)


def row_of(call: Call, module: Module, record_id: Id) -> list[Json]:
    """Unwrap the one row that a write to the record of the path has, and name the record in it."""
    rows = rows_in(call, module)
    if len(rows) > 1:
        raise invalid(JsonPath() / "data", maximum_length=1)
    return [{**row, "id": str(record_id)} if isinstance(row, dict) else row for row in rows]


def options_in(call: Call, *, upsert: bool = False) -> Options:
    """Read everything that a write says beside its rows."""
    body = call.body if isinstance(call.body, dict) else {}
    dialect = call.dialect
    if not upsert and body.keys() == {"data"} and "if-unmodified-since" not in call.headers:
        return _usual_options(dialect.name)
    with _whole_call():
        _features(body, "apply_feature_execution", _APPLICABLE)
        skipped = _features(body, "skip_feature_execution", _SKIPPABLE, needs_action=upsert)
        _check_assignment_rule(body)
        trigger = _trigger(body.get("trigger"), JsonPath() / "trigger")
    # Only upserts say on which of the two a feature is left out.
    both = () if upsert else _ACTIONS
    silent = (verb for each in skipped if each["name"] == "workflow" for verb in both or (each["action"],))
    return replace(
        _usual_options(dialect.name),
        trigger=trigger,
        without_workflow=frozenset(map(str, silent)),
        unmodified_since=conditional.unmodified_since(call),
        duplicate_check_fields=_duplicate_check_fields(call, body) if upsert else None,
    )


@cache
def _usual_options(version: str) -> Options:
    """Return the options of a write that says nothing beside its rows."""
    dialect = DIALECTS[version]
    return Options(
        old_activities=dialect.old_activities,
        short_duplicates=dialect.short_duplicates,
        bare_ids=dialect.bare_ids,
        multiple_errors=dialect.multiple_errors,
    )


def deletion_options(call: Call) -> Options:
    """Read what a deletion says beside the ids."""
    return Options(trigger=None if params.flag(call, "wf_trigger", default=True) else NONE)


@contextmanager
def _whole_call() -> Iterator[None]:
    """Answer what is refused inside as the one element of `data`: no row was looked at."""
    try:
        yield
    except RefusedError as refusal:
        raise RequestRefusedError(refusal.problem, within="data") from None


def _trigger(given: Json, place: JsonPath) -> frozenset[str] | None:
    if given is None:
        return None
    names = json_types.sequence(given, place)
    return frozenset(json_types.each(names, place, lambda name, at: _listed(name, at, TRIGGERS)))


def _features(
    body: Mapping[str, Json], key: str, supported: Sequence[str], *, needs_action: bool = False
) -> Sequence[Mapping[str, Json]]:
    """Read a list of features by name."""
    given, place = body.get(key), JsonPath() / key
    if given is None:
        return ()

    def feature(raw: Json, at: JsonPath) -> Mapping[str, Json]:
        payload = json_types.mapping(raw, JsonPath(at.path, "name"))
        _word(payload.get("name"), at / "name", supported)
        if needs_action:
            _word(payload.get("action"), at / "action", _ACTIONS)
        return payload

    return json_types.each(json_types.sequence(given, place), place, feature)


def _word(raw: Json, place: JsonPath, supported: Collection[str]) -> str:
    if raw is None:
        raise missing(place)
    return _listed(raw, place, supported)


def _listed(raw: Json, place: JsonPath, supported: Collection[str]) -> str:
    if not isinstance(raw, str) or raw not in supported:
        raise invalid(place, supported_values=list(supported))
    return raw


def _check_assignment_rule(body: Mapping[str, Json]) -> None:
    """Refuse every assignment rule: there are none yet, and a caller who names one relies on it."""
    if body.get("lar_id") is not None:
        raise invalid(JsonPath() / "lar_id")


def _duplicate_check_fields(call: Call, body: Mapping[str, Json]) -> tuple[str, ...] | None:
    """Read the fields of an upsert from the body, or from the query as v2 clients send them."""
    given, place = body.get("duplicate_check_fields"), JsonPath() / "duplicate_check_fields"
    if given is None:
        return tuple(params.names(call, "duplicate_check_fields")) or None
    return json_types.each(json_types.sequence(given, place), place, json_types.text) or None
