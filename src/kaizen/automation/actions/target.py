"""Where an action acts: on the record that fired, or on the record behind one of its lookups."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kaizen.automation.actions.action_context import (
    NOTHING_TO_DO,
    ActionContext,
    ActionResult,
    differing,
    failed,
    nothing_to_do,
)
from kaizen.automation.actions.action_kind import ActionGround, Touched
from kaizen.automation.effect_types import SetFields, SetParentFields
from kaizen.model.catalog import Module
from kaizen.model.values import Id, Json, Value, Values


@dataclass(frozen=True, slots=True)
class Target:
    """The record whose fields an action sets."""

    module: Module
    record_id: Id
    values: Values  #: as far as asked for
    is_parent: bool

    def set(self, wanted: Values) -> ActionResult:
        """Ask for the values that the record does not hold yet."""
        changes = differing(wanted, self.values)
        if not changes:
            return NOTHING_TO_DO
        if self.is_parent:
            return ActionResult(SetParentFields(self.module.api_name, self.record_id, changes))
        return ActionResult(SetFields(changes))


def target_of(context: ActionContext, options: Mapping[str, Json], fields: tuple[str, ...]) -> Target | ActionResult:
    """Find the record an action acts on: `lookup_field` in its options names a parent's lookup."""
    modules = context.engine.catalog.by_name
    module = modules.get(context.module)
    if module is None:
        return failed(f"there is no module {context.module}")
    lookup = options.get("lookup_field")
    if not isinstance(lookup, Mapping):
        target = Target(module, context.record_id, context.values, is_parent=False)
        return _checked(target, fields)
    name = str(lookup.get("api_name"))
    field = module.by_name.get(name)
    parent = modules.get(field.lookup_module or "") if field is not None else None
    if parent is None:
        return failed(f"{name} is not a lookup of {context.module}")
    record_id = context.values.get(name)
    if not isinstance(record_id, int):
        return nothing_to_do(f"{name} is empty")
    values: dict[str, Value] = {each: context.read((name, each)) for each in fields}
    return _checked(Target(parent, record_id, values, is_parent=True), fields)


def touched(ground: ActionGround, options: Mapping[str, Json], fields: Iterable[str]) -> tuple[Touched, ...]:
    """Return the fields that an action on such a target changes; none where the lookup is gone."""
    lookup = options.get("lookup_field")
    if not isinstance(lookup, Mapping):
        return (Touched(ground.module.api_name, frozenset(fields)),)
    name = str(lookup.get("api_name"))
    field = ground.module.by_name.get(name)
    parent = field.lookup_module if field is not None else None
    return (Touched(parent, frozenset(fields), through=name),) if parent else ()


def _checked(target: Target, fields: tuple[str, ...]) -> Target | ActionResult:
    for name in fields:
        if name not in target.module.by_name:
            return failed(f"there is no field {name} in {target.module.api_name}")
    return target
