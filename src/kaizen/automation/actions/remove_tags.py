"""What removing tags gives: the record's tags without the named ones."""

from kaizen.automation.actions.action_context import ActionContext, ActionResult, Ask
from kaizen.automation.actions.record_tags import named, present, tagged
from kaizen.model.rule import RuleAction


def remove_tags(action: RuleAction) -> Ask:
    """Ask for the record's tags without the named ones."""
    removed = named(action)

    def ask(context: ActionContext) -> ActionResult:
        return tagged(context, tuple(tag for tag in present(context) if tag not in removed))

    return ask
