"""The names of workflow automation: triggers, actions, periods, and why a rule did not act."""

from enum import StrEnum
from typing import Final


class Word(StrEnum):
    """A word that is looked up for every change: it hashes as the text it is, and not in Python as enums do."""

    __hash__ = str.__hash__


class TriggerType(Word):
    """The triggers of the service's rules, run by this server (`automation.triggers.kinds`) or not."""

    CREATE = "create"
    EDIT = "edit"
    CREATE_OR_EDIT = "create_or_edit"
    DELETE = "delete"
    FIELD_UPDATE = "field_update"
    ROLLUP_SUMMARY_UPDATE = "rollup_summary_update"
    SECTION_UPDATE = "section_update"
    DATE_OR_DATETIME = "date_or_datetime"
    SCORE_INCREASE = "score_increase"
    SCORE_UPDATE = "score_update"
    SCORE_DECREASE = "score_decrease"
    RECOMMENDATION = "recommendation"
    SCHEDULED_CALL_FIELD_UPDATE = "scheduled_call_field_update"
    SCHEDULED_CALL_SECTION_UPDATE = "scheduled_call_section_update"
    SCHEDULED_CALL_EDIT = "scheduled_call_edit"
    SCHEDULED_CALL_CREATEEDIT = "scheduled_call_createedit"
    OUTGOING_CALL_RING = "outgoing_call_ring"
    OUTGOING_CALL_START = "outgoing_call_start"
    OUTGOING_CALL_SECTION_UPDATE = "outgoing_call_section_update"
    OUTGOING_CALL_CREATEEDIT = "outgoing_call_createedit"
    OUTGOING_CALL_FIELD_UPDATE = "outgoing_call_field_update"
    OUTGOING_CALL_EDIT = "outgoing_call_edit"
    INCOMING_CALL_RING = "incoming_call_ring"
    INCOMING_CALL_START = "incoming_call_start"
    INCOMING_CALL_EDIT = "incoming_call_edit"
    INCOMING_CALL_FIELD_UPDATE = "incoming_call_field_update"
    INCOMING_CALL_CREATEEDIT = "incoming_call_createedit"
    INCOMING_CALL_SECTION_UPDATE = "incoming_call_section_update"
    ANYACTION = "anyaction"
    MISSED_CALL = "missed_call"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    REASSIGN = "reassign"
    OVERDUE = "overdue"
    MARKED_AS_COMPLETE = "marked_as_complete"
    EMAIL_RECEIVED = "email_received"
    MAIL_SENT = "mail_sent"
    MAIL_SENT_CLICKED = "mail_sent_clicked"
    MAIL_SENT_REPLIED = "mail_sent_replied"
    MAIL_SENT_OPENED = "mail_sent_opened"
    MAIL_SENT_BOUNCED = "mail_sent_bounced"
    EMAIL_RECEIVED_NOTREPLIED = "email_received_notreplied"
    EMAIL_RECEIVED_OPENED_NOTREPLIED = "email_received_opened_notreplied"
    MAIL_SENT_REPLIED_WITHIN = "mail_sent_replied_within"
    MAIL_SENT_OPENED_NOTREPLIED = "mail_sent_opened_notreplied"
    MAIL_SENT_NOTREPLIED = "mail_sent_notreplied"
    MAIL_SENT_NOTOPENED = "mail_sent_notopened"
    FB_POST_ON_PAGE = "fb_post_on_page"
    FB_COMMENT_ON_PAGE = "fb_comment_on_page"
    FB_LIKE_ON_POST = "fb_like_on_post"
    FB_SEND_MESSAGE = "fb_send_message"
    TW_MENTION_ON = "tw_mention_on"
    TW_RETWEET_ON_TWEET = "tw_retweet_on_tweet"
    TW_COMMENT_ON_TWEET = "tw_comment_on_tweet"
    TW_SEND_MESSAGE = "tw_send_message"


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
