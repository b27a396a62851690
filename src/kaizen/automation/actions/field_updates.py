"""Field updates: a fixed value, added values, and the fields that follow."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed, nothing_to_do
from kaizen.automation.actions.action_kind import ActionGround, ActionKind, EntityForm, Related, Touched
from kaizen.automation.actions.action_payload import ActionPayload
from kaizen.automation.actions.related_details import at_home
from kaizen.automation.actions.target import Target, target_of, touched
from kaizen.automation.reading import references
from kaizen.automation.reading.stored_body import named_in, objects_in, value_in
from kaizen.model.catalog import Field, Module
from kaizen.model.document import Document
from kaizen.model.rule import FieldUpdate, RuleAction
from kaizen.model.values import Json, Value
from kaizen.vocabulary.automation import ActionType
from kaizen.vocabulary.data_types import DataType


def _load(document: Document, module: Module) -> FieldUpdate:
    body = document.body
    return FieldUpdate(
        id=document.id,
        name=document.name,
        module=module.api_name,
        field=named_in(body["field"]),
        value=value_in(body["value"], named_in(body["field"]), module),
        append=body.get("update_type") == "append",
        dependents=tuple(_dependents(body.get("dependent_fields"), module)),
    )


def _dependents(payload: Json, module: Module) -> Iterator[tuple[str, Value]]:
    for follower in objects_in(payload):
        name = named_in(follower["field"])
        yield name, value_in(follower["value"], name, module)
        yield from _dependents(follower.get("dependent_fields"), module)


def _related(payload: ActionPayload) -> Related:
    """Read which record gets the value: the one that fired, or one behind a lookup of it."""
    if not payload.related.has("lookup_field"):
        return at_home(payload)
    at = payload.related.path / "lookup_field"
    lookup, parent = payload.parent(payload.related.given["lookup_field"], at)
    stored: dict[str, Json] = {
        "related_details": {"lookup_field": references.shown(lookup)},
        "details": {"module": references.shown(parent)},
    }
    return Related(stored, parent)


def _ask(action: RuleAction, context: ActionContext) -> ActionResult:
    """Ask for the new values."""
    update = context.book.find(FieldUpdate, action.id)
    if update is None:
        return failed(f"there is no field update {action.id}")
    dependents = dict(update.dependents)
    target = target_of(context, action.related_details, (update.field, *dependents))
    if isinstance(target, ActionResult):
        return target
    if target.module.api_name != update.module:
        return failed(f"the field update {update.name} belongs to {update.module}")
    field = target.module.by_name[update.field]
    if field.data_type is DataType.OWNERLOOKUP and not (
        isinstance(update.value, int) and context.engine.may_own(update.value)
    ):
        return nothing_to_do(f"user {update.value} is not active and confirmed; the owner stays")
    if _leads_nowhere(field, update.value, context):
        return failed(f"there is no record {update.value} that {update.field} can hold")
    if _circles(field, update.value, target, context):
        return failed(f"with {update.value} in {update.field} the record would be its own ancestor")
    return target.set({update.field: _value(update, target), **dependents})


def _leads_nowhere(field: Field, value: Value, context: ActionContext) -> bool:
    """Return whether a value is a lookup to a record that is gone; when it was saved there was one."""
    if field.data_type is not DataType.LOOKUP or not isinstance(value, int):
        return False
    return not context.engine.has_record(field.lookup_module or "", value)


def _circles(field: Field, value: Value, target: Target, context: ActionContext) -> bool:
    """Return whether a lookup into its own module would make a record its own ancestor."""
    module = target.module.api_name
    if field.lookup_module != module or not isinstance(value, int):
        return False
    return context.engine.lies_below(module, field.api_name, value, target.record_id)


def _value(update: FieldUpdate, target: Target) -> Value:
    if not update.append:
        return update.value
    present, added = _several(target.values.get(update.field)), _several(update.value)
    return (*present, *(each for each in added if each not in present)) or None


def _several(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)


def _touches(action: RuleAction, ground: ActionGround) -> Iterable[Touched]:
    update = ground.book.find(FieldUpdate, action.id)
    return touched(ground, action.related_details, (update.field, *dict(update.dependents))) if update else ()


KIND: Final = ActionKind(
    type=ActionType.FIELD_UPDATES,
    order=0,
    form=EntityForm(document="field_update", load=_load, related=_related),
    prepare=lambda action: partial(_ask, action),
    touches=_touches,
)
