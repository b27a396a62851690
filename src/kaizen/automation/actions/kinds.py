"""All action kinds that this server runs."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.actions import add_tags, assign_owner, email_notifications, field_updates, remove_tags, tasks
from kaizen.automation.actions.action_kind import ActionKind
from kaizen.vocabulary.automation import ActionType

#: By type; a rule that names another type of the service is refused.
ACTION_KINDS: Final[Mapping[str, ActionKind]] = {
    module.KIND.type: module.KIND
    for module in (
        field_updates,
        add_tags,
        remove_tags,
        assign_owner,
        email_notifications,
        tasks,
    )
}

#: The types of the service that this server does not run.
NOT_RUN: Final = frozenset(
    {
        ActionType.WEBHOOKS,
        ActionType.FUNCTIONS,
        ActionType.SMS,
        ActionType.WHATSAPP,
        ActionType.CREATE_RECORD,
        ActionType.CREATE_CONNECTED_RECORD,
        ActionType.ADD_MEETING,
        ActionType.SCHEDULE_CALL,
        ActionType.CONVERT,
        ActionType.CIRCUITS,
        ActionType.FLOW,
        ActionType.SLACK_NOTIFICATIONS,
        ActionType.CLIQ_NOTIFICATIONS,
        ActionType.CISCO_NOTIFICATIONS,
        ActionType.GOOGLE_CHAT_NOTIFICATIONS,
        ActionType.MICROSOFT_TEAMS_NOTIFICATIONS,
        ActionType.COMMENT_TO_POST,
        ActionType.REPLY_TO_COMMENT,
        ActionType.LIKE_TO_COMMENT,
        ActionType.REPLY_TO_MESSAGE,
        ActionType.RETWEET,
        ActionType.REPLY_TO_TWEET,
        ActionType.CREATE_RECORD_EMAIL,
    }
)
