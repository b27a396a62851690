"""Tasks: the task that a definition describes."""

from collections.abc import Iterable
from functools import partial
from typing import Final

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed
from kaizen.automation.actions.action_kind import ActionGround, ActionKind, EntityForm, Touched
from kaizen.automation.actions.related_details import at_home
from kaizen.automation.effect_types import CreateTask
from kaizen.automation.reading.stored_body import named_in, objects_in
from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.rule import FieldMapping, RuleAction, TaskDefinition
from kaizen.vocabulary.automation import ActionType

#: What every task gets that a rule makes: whose it is, and to what it belongs.
_ALWAYS: Final = frozenset({"Owner", "What_Id", "Who_Id"})


def _load(document: Document, module: Module) -> TaskDefinition:
    body = document.body
    return TaskDefinition(
        id=document.id,
        name=document.name,
        module=module.api_name,
        mappings=tuple(
            FieldMapping(named_in(mapping["field"]), str(mapping["type"]), mapping["value"])
            for mapping in objects_in(body["field_mappings"])
        ),
        notify=body.get("notify") is True,
    )


def _ask(action: RuleAction, context: ActionContext) -> ActionResult:
    """Ask for the task; its fields are filled in when it is made, from the record as it is then."""
    if context.book.find(TaskDefinition, action.id) is None:
        return failed(f"there is no task action {action.id}")
    return ActionResult(CreateTask(action.id))


def _touches(action: RuleAction, ground: ActionGround) -> Iterable[Touched]:
    definition = ground.book.find(TaskDefinition, action.id)
    fields = _ALWAYS.union(mapping.field for mapping in definition.mappings) if definition else _ALWAYS
    return (Touched("Tasks", fields, creates=True),)


KIND: Final = ActionKind(
    type=ActionType.TASKS,
    order=4,
    form=EntityForm(document="task", load=_load, related=at_home),
    prepare=lambda action: partial(_ask, action),
    touches=_touches,
)
