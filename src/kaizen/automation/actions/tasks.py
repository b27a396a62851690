"""What a task action gives: the task that its definition describes."""

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed
from kaizen.automation.effect_types import CreateTask
from kaizen.model.rule import RuleAction, TaskDefinition


def tasks(action: RuleAction, context: ActionContext) -> ActionResult:
    """Ask for the task; its fields are filled in when it is made, from the record as it is then."""
    if context.book.find(TaskDefinition, action.id) is None:
        return failed(f"there is no task action {action.id}")
    return ActionResult(CreateTask(action.id))
