"""What an e-mail notification gives: the mails that it describes."""

from kaizen.automation.actions.action_context import Outcome, Situation, failed
from kaizen.automation.effect_types import SendMail
from kaizen.model.rule import RuleAction


def email_notifications(action: RuleAction, situation: Situation) -> Outcome:
    """Ask for the mails; they are rendered after the record has its new values."""
    notification = situation.book.notifications.get(action.id)
    if notification is None:
        return failed(f"there is no e-mail notification {action.id}")
    if notification.template_id not in situation.book.templates:
        return failed(f"the e-mail notification {notification.name} has no template")
    return Outcome(SendMail(action.id))
