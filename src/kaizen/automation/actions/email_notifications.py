"""What an e-mail notification gives: the mails that it describes."""

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed
from kaizen.automation.effect_types import SendMail
from kaizen.model.rule import EmailNotification, EmailTemplate, RuleAction


def email_notifications(action: RuleAction, context: ActionContext) -> ActionResult:
    """Ask for the mails; they are rendered after the record has its new values."""
    notification = context.book.find(EmailNotification, action.id)
    if notification is None:
        return failed(f"there is no e-mail notification {action.id}")
    if context.book.find(EmailTemplate, notification.template_id) is None:
        return failed(f"the e-mail notification {notification.name} has no template")
    return ActionResult(SendMail(action.id))
