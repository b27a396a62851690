"""The names of workflow automation: triggers, actions, periods, and why a rule did not act."""

from enum import StrEnum
from typing import Final


class Word(StrEnum):
    """A word that is looked up for every change: it hashes as the text it is, and not in Python as enums do."""

    __hash__ = str.__hash__


class TriggerType(Word):
    """The triggers this server runs; the payload vocabulary knows more of them."""

    CREATE = "create"
    EDIT = "edit"
    CREATE_OR_EDIT = "create_or_edit"
    DELETE = "delete"
    FIELD_UPDATE = "field_update"


class ActionType(Word):
    """The actions of the service's rules, run by this server (`automation.actions.kinds`) or not."""

    # entities of their own, which rules name by id
    FIELD_UPDATES = "field_updates"
    TASKS = "tasks"
    EMAIL_NOTIFICATIONS = "email_notifications"
    WEBHOOKS = "webhooks"
    FUNCTIONS = "functions"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    # defined inside their rule
    ADD_TAGS = "add_tags"
    REMOVE_TAGS = "remove_tags"
    ASSIGN_OWNER = "assign_owner"
    CREATE_RECORD = "create_record"
    CREATE_CONNECTED_RECORD = "create_connected_record"
    ADD_MEETING = "add_meeting"
    SCHEDULE_CALL = "schedule_call"
    CONVERT = "convert"
    CIRCUITS = "circuits"
    FLOW = "flow"
    SLACK_NOTIFICATIONS = "slack_notifications"
    CLIQ_NOTIFICATIONS = "cliq_notifications"
    CISCO_NOTIFICATIONS = "cisco_notifications"
    GOOGLE_CHAT_NOTIFICATIONS = "google_chat_notifications"
    MICROSOFT_TEAMS_NOTIFICATIONS = "microsoft_teams_notifications"
    COMMENT_TO_POST = "comment_to_post"
    REPLY_TO_COMMENT = "reply_to_comment"
    LIKE_TO_COMMENT = "like_to_comment"
    REPLY_TO_MESSAGE = "reply_to_message"
    RETWEET = "retweet"
    REPLY_TO_TWEET = "reply_to_tweet"
    CREATE_RECORD_EMAIL = "create_record_email"


#: Actions that are entities of their own; the others are defined inside their rule.
ASSOCIATE_TYPES: Final = frozenset(
    {
        ActionType.FIELD_UPDATES,
        ActionType.TASKS,
        ActionType.EMAIL_NOTIFICATIONS,
        ActionType.WEBHOOKS,
        ActionType.FUNCTIONS,
        ActionType.SMS,
        ActionType.WHATSAPP,
    }
)


class Period(StrEnum):
    """The unit of a delay (`execute_after.period`)."""

    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    BUSINESS_HOURS = "business_hours"
    BUSINESS_DAYS = "business_days"


class Event(Word):
    """What a write did to a record."""

    CREATE = "create"
    EDIT = "edit"
    DELETE = "delete"


class Reason(StrEnum):
    """Why a rule that was considered did or did not act."""

    FIRED = "FIRED"
    RULE_INACTIVE = "RULE_INACTIVE"
    #: The rule waits for another event (a field_update rule on a create, say).
    OTHER_EVENT = "OTHER_EVENT"
    TRIGGER_SUPPRESSED = "TRIGGER_SUPPRESSED"
    FIELD_NOT_CHANGED = "FIELD_NOT_CHANGED"
    CRITERIA_FALSE = "CRITERIA_FALSE"
    REPEAT_CONSUMED = "REPEAT_CONSUMED"
    EARLIER_CONDITION_WON = "EARLIER_CONDITION_WON"
    LOOP_GUARD = "LOOP_GUARD"
    #: The rule could not be evaluated; the write went on (architecture: a broken rule is a trace entry).
    RULE_BROKEN = "RULE_BROKEN"


class ActionState(StrEnum):
    """Where a queued action stands."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
