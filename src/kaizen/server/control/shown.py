"""How the control API shows queued actions and mails."""

from collections.abc import Sequence

from kaizen.automation.rule_book import RuleBook
from kaizen.fields.moment import show_instant
from kaizen.model.queued import CarriedOut, Mail, QueuedAction
from kaizen.model.values import Id, Json
from kaizen.server.http.call import Call


def moment(call: Call, at: int) -> str:
    """Show a moment in the caller's zone."""
    return show_instant(at, call.actor.zone)


def identity(number: Id) -> str | None:
    """Show an id; 0 is no id."""
    return str(number) if number else None


def action(call: Call, queued: QueuedAction, book: RuleBook) -> dict[str, Json]:
    """Show one queued action; the rule's name is the one it has now."""
    rule = book.by_id.get(queued.rule_id)
    return {
        "id": str(queued.id),
        "kind": queued.kind,
        "state": queued.state.value,
        "due_at": moment(call, queued.due_at),
        "module": queued.module,
        "record_id": identity(queued.record_id),
        "rule_id": identity(queued.rule_id),
        "rule_name": rule.name if rule is not None else None,
        "condition_id": identity(queued.condition_id),
        "group_id": identity(queued.group_id),
        "action_id": identity(queued.action_id),
        "change_id": identity(queued.change_id),
        "attempts": queued.attempts,
        "last_error": queued.last_error or None,
        "payload": dict(queued.payload),
    }


def carried_out(call: Call, outcome: CarriedOut, book: RuleBook) -> dict[str, Json]:
    """Show the result of one queued action."""
    shown = action(call, outcome.action, book)
    shown.pop("payload")
    shown.pop("state")
    return {**shown, "at": moment(call, outcome.at), "outcome": outcome.outcome, "detail": outcome.detail or None}


def mail(call: Call, kept: Mail, *, whole: bool) -> dict[str, Json]:
    """Show one mail of the outbox; its content only when it is asked for by id."""
    shown: dict[str, Json] = {
        "id": str(kept.id),
        "state": kept.state,
        "created_time": moment(call, kept.created_at),
        "sent_time": moment(call, kept.sent_at) if kept.sent_at is not None else None,
        "from": kept.sender,
        "to": _texts(kept.to),
        "cc": _texts(kept.cc),
        "bcc": _texts(kept.bcc),
        "reply_to": kept.reply_to or None,
        "subject": kept.subject,
        "module": kept.module,
        "record_id": identity(kept.record_id),
        "rule_id": identity(kept.rule_id),
        "notification_id": identity(kept.notification_id),
        "attempts": kept.attempts,
        "last_error": kept.last_error or None,
    }
    return {**shown, "content": kept.content} if whole else shown


def _texts(addresses: Sequence[str]) -> list[Json]:
    return list(addresses)
