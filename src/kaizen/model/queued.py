"""What must still be carried out, and what was sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ActionState, ActionType


@dataclass(frozen=True, slots=True)
class QueuedAction:
    """One row of the `action` table: something to carry out at `due_at`, once."""

    id: Id
    due_at: int  #: seconds since the epoch
    kind: str  #: an ActionType for a scheduled action of a rule; "deliver_mail" for a mail that waits to be sent
    rule_id: Id
    condition_id: Id
    group_id: Id  #: the scheduled group; 0 for a delivery
    action_id: Id
    module: str
    record_id: Id
    change_id: Id  #: the change that asked for it
    actor_id: Id
    payload: Mapping[str, Json] = field(default_factory=dict)
    state: ActionState = ActionState.PENDING
    attempts: int = 0
    last_error: str = ""
    key: str = ""  #: idempotency key, the same on every attempt


@dataclass(frozen=True, slots=True)
class Mail:
    """One rendered mail in the outbox."""

    id: Id
    created_at: int
    sender: str
    to: tuple[str, ...]
    subject: str
    content: str  #: HTML
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: str = ""
    module: str = ""
    record_id: Id = 0
    rule_id: Id = 0
    notification_id: Id = 0
    change_id: Id = 0
    state: str = "kept"  #: kept (no SMTP server is configured), waiting, sent (to all), failed
    sent_at: int | None = None  #: when the SMTP server last took it for somebody
    attempts: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class CarriedOut:
    """One queued action that `sweep` carried out, for the answer of the clock and for logs."""

    action: QueuedAction
    at: int
    outcome: str  #: done, nothing_to_do, failed, postponed, cancelled
    detail: str = ""


__all__ = ["ActionState", "ActionType", "CarriedOut", "Mail", "QueuedAction"]
