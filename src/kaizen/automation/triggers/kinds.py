"""All triggers that this server runs."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.triggers.field_update import FIELD_UPDATE
from kaizen.automation.triggers.record_events import CREATE, CREATE_OR_EDIT, DELETE, EDIT
from kaizen.automation.triggers.trigger_kind import TriggerKind
from kaizen.vocabulary.automation import TriggerType

#: By type; a rule that names another trigger of the service is refused.
TRIGGER_KINDS: Final[Mapping[str, TriggerKind]] = {
    kind.type: kind for kind in (CREATE, EDIT, CREATE_OR_EDIT, DELETE, FIELD_UPDATE)
}

#: The types of the service that this server does not run.
NOT_RUN: Final = frozenset(
    {
        TriggerType.ROLLUP_SUMMARY_UPDATE,
        TriggerType.SECTION_UPDATE,
        TriggerType.DATE_OR_DATETIME,
        TriggerType.SCORE_INCREASE,
        TriggerType.SCORE_UPDATE,
        TriggerType.SCORE_DECREASE,
        TriggerType.RECOMMENDATION,
        TriggerType.SCHEDULED_CALL_FIELD_UPDATE,
        TriggerType.SCHEDULED_CALL_SECTION_UPDATE,
        TriggerType.SCHEDULED_CALL_EDIT,
        TriggerType.SCHEDULED_CALL_CREATEEDIT,
        TriggerType.OUTGOING_CALL_RING,
        TriggerType.OUTGOING_CALL_START,
        TriggerType.OUTGOING_CALL_SECTION_UPDATE,
        TriggerType.OUTGOING_CALL_CREATEEDIT,
        TriggerType.OUTGOING_CALL_FIELD_UPDATE,
        TriggerType.OUTGOING_CALL_EDIT,
        TriggerType.INCOMING_CALL_RING,
        TriggerType.INCOMING_CALL_START,
        TriggerType.INCOMING_CALL_EDIT,
        TriggerType.INCOMING_CALL_FIELD_UPDATE,
        TriggerType.INCOMING_CALL_CREATEEDIT,
        TriggerType.INCOMING_CALL_SECTION_UPDATE,
        TriggerType.ANYACTION,
        TriggerType.MISSED_CALL,
        TriggerType.RESCHEDULE,
        TriggerType.CANCEL,
        TriggerType.REASSIGN,
        TriggerType.OVERDUE,
        TriggerType.MARKED_AS_COMPLETE,
        TriggerType.EMAIL_RECEIVED,
        TriggerType.MAIL_SENT,
        TriggerType.MAIL_SENT_CLICKED,
        TriggerType.MAIL_SENT_REPLIED,
        TriggerType.MAIL_SENT_OPENED,
        TriggerType.MAIL_SENT_BOUNCED,
        TriggerType.EMAIL_RECEIVED_NOTREPLIED,
        TriggerType.EMAIL_RECEIVED_OPENED_NOTREPLIED,
        TriggerType.MAIL_SENT_REPLIED_WITHIN,
        TriggerType.MAIL_SENT_OPENED_NOTREPLIED,
        TriggerType.MAIL_SENT_NOTREPLIED,
        TriggerType.MAIL_SENT_NOTOPENED,
        TriggerType.FB_POST_ON_PAGE,
        TriggerType.FB_COMMENT_ON_PAGE,
        TriggerType.FB_LIKE_ON_POST,
        TriggerType.FB_SEND_MESSAGE,
        TriggerType.TW_MENTION_ON,
        TriggerType.TW_RETWEET_ON_TWEET,
        TriggerType.TW_COMMENT_ON_TWEET,
        TriggerType.TW_SEND_MESSAGE,
    }
)
