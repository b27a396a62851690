"""The effects of actions, first worked out, then written: what cannot be worked out leaves nothing half done."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, assert_never

from kaizen.automation.effect_types import CreateTask, SendMail, SetFields, SetParentFields, own_values
from kaizen.automation.reaction import Fired
from kaizen.model.queued import Mail, QueuedAction
from kaizen.model.record import Origin
from kaizen.model.rule import EmailNotification, TaskDefinition
from kaizen.model.values import Id, Value
from kaizen.records.ports import UnitOfWork
from kaizen.records.reactions.create_task import TASKS, MappingError, task_values
from kaizen.records.reactions.merge_field_values import Subject
from kaizen.records.reactions.render_mail import Cause, NoRecipientError, render_mails, tell_owner
from kaizen.records.writer import Edit, Writer

#: The kind of a queue entry that has a mail delivered; it is not an action of a rule.
DELIVER_MAIL: Final = "deliver_mail"


#: Writes what was worked out for an effect, as a step of the chain of changes that the origin names.
Write: TypeAlias = Callable[[Origin], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One action with what its effect will write; fields that already exist are written by `set_fields`."""

    fired: Fired
    write: Write


def prepare(uow: UnitOfWork, writer: Writer, fired: Fired, subject: Subject, change_id: Id) -> Prepared:
    """Work out what an effect writes, for the record as it is now; an action that cannot is a failed one."""
    effect = fired.effect
    try:
        match effect:
            case None | SetFields() | SetParentFields():
                return Prepared(fired, _nothing)
            case CreateTask(task_id):
                cause = _cause(fired, writer, change_id)
                return Prepared(fired, _task(uow, writer, uow.book.entity(TaskDefinition, task_id), subject, cause))
            case SendMail(notification_id):
                notification, cause = (
                    uow.book.entity(EmailNotification, notification_id),
                    _cause(fired, writer, change_id),
                )
                return Prepared(fired, _outgoing(uow, render_mails(uow, notification, subject, cause), subject))
            case _:
                assert_never(effect)
    except (MappingError, NoRecipientError) as error:
        return Prepared(failed(fired, str(error)), _nothing)


def failed(fired: Fired, reason: str) -> Fired:
    """Mark an action as failed that seemed possible."""
    return fired._replace(effect=None, outcome="failed", detail=reason)


def _nothing(_origin: Origin) -> None:
    pass


def _cause(fired: Fired, writer: Writer, change_id: Id) -> Cause:
    return Cause(fired.rule_id, change_id, deliver=writer.automation.deliver_mail)


def _task(uow: UnitOfWork, writer: Writer, definition: TaskDefinition, subject: Subject, cause: Cause) -> Write:
    values = task_values(uow, definition, subject)
    tell = _outgoing(uow, tell_owner(uow, values, subject, cause) if definition.notify else [], subject)

    def write(origin: Origin) -> None:
        writer.create(uow, uow.catalog.by_name[TASKS], values, actor_id=subject.actor_id, origin=origin)
        tell(origin)

    return write


def _outgoing(uow: UnitOfWork, mails: Sequence[Mail], subject: Subject) -> Write:
    def write(_origin: Origin) -> None:
        if mails:
            uow.put_mail(mails)
        if waiting := [mail for mail in mails if mail.state == "waiting"]:
            uow.queue([_delivery(uow, mail, subject.actor_id) for mail in waiting])

    return write


def set_fields(uow: UnitOfWork, writer: Writer, fired: Sequence[Fired], subject: Subject, origin: Origin) -> Subject:
    """Write the fields that actions set, once for each record; return the record as it is afterwards."""
    own = own_fields(fired)
    parents: dict[tuple[str, Id], dict[str, Value]] = {}
    for each in fired:
        if isinstance(each.effect, SetParentFields):
            parents.setdefault((each.effect.module, each.effect.record_id), {}).update(each.effect.values)
    if own:
        (change,) = writer.edit(uow, subject.module, [Edit(subject.record_id, own, origin)], actor_id=subject.actor_id)
        if change is not None:
            subject = replace(subject, values=change.last_state)
    for (name, record_id), values in parents.items():
        writer.edit(uow, uow.catalog.by_name[name], [Edit(record_id, values, origin)], actor_id=subject.actor_id)
    return subject


def own_fields(fired: Iterable[Fired]) -> dict[str, Value]:
    """Return the new values that actions give the record that fired."""
    own: dict[str, Value] = {}
    for each in fired:
        own |= own_values(each.effect)
    return own


def _delivery(uow: UnitOfWork, mail: Mail, actor_id: Id) -> QueuedAction:
    """Queue a delivery. It belongs to no rule and no record: what is cancelled with those was sent already."""
    return QueuedAction(
        id=uow.new_id(),
        due_at=uow.now,
        kind=DELIVER_MAIL,
        rule_id=0,
        condition_id=0,
        group_id=0,
        action_id=mail.notification_id,
        module="",
        record_id=0,
        change_id=mail.change_id,
        actor_id=actor_id,
        payload={"mail_id": str(mail.id)},
        key=f"mail:{mail.id}",
    )
