"""What a field update gives: a fixed value, added values, and the fields that follow."""

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed, nothing_to_do
from kaizen.automation.actions.target import Target, target_of
from kaizen.model.catalog import Field
from kaizen.model.rule import FieldUpdate, RuleAction
from kaizen.model.values import Value
from kaizen.vocabulary.data_types import DataType


def field_updates(action: RuleAction, context: ActionContext) -> ActionResult:
    """Return the new values that the field update asks for."""
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
