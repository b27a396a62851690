"""What an e-mail notification gives: the mails that it describes."""

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed
from kaizen.automation.effect_types import SendMail
from kaizen.model.rule import RuleAction


def email_notifications(action: RuleAction, context: ActionContext) -> ActionResult:
    """Ask for the mails; they are rendered after the record has its new values."""
    notification = context.book.notifications.get(action.id)
    if notification is None:
        return failed(f"there is no e-mail notification {action.id}")
    if notification.template_id not in context.book.templates:
        return failed(f"the e-mail notification {notification.name} has no template")
    return ActionResult(SendMail(action.id))
