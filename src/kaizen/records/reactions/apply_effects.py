"""The effects of actions, first worked out, then written: what cannot be worked out leaves nothing half done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from kaizen.automation.effect_types import CreateTask, SendMail, SetFields, SetParentFields
from kaizen.automation.reaction import Fired
from kaizen.model.queued import Mail, QueuedAction
from kaizen.model.record import Origin
from kaizen.model.values import Id, Value
from kaizen.records.ports import UnitOfWork
from kaizen.records.reactions.create_task import TASKS, MappingError, task_values
from kaizen.records.reactions.merge_field_values import Subject
from kaizen.records.reactions.render_mail import Cause, NoRecipientError, render_mails, tell_owner
from kaizen.records.writer import Edit, Writer

#: The kind of a queue entry that has a mail delivered; it is no action of a rule.
DELIVER_MAIL: Final = "deliver_mail"


@dataclass(frozen=True, slots=True)
class Prepared:
    """One action with everything that its effect will write."""

    fired: Fired
    mails: tuple[Mail, ...] = ()
    task: Mapping[str, Value] | None = None


def prepare(uow: UnitOfWork, writer: Writer, fired: Fired, subject: Subject, change_id: Id) -> Prepared:
    """Work out what an effect writes, for the record as it is now; an action that cannot is a failed one."""
    effect, cause = fired.effect, Cause(fired.rule_id, change_id, deliver=writer.automation.deliver_mail)
    try:
        match effect:
            case CreateTask(task_id):
                definition = uow.book.tasks[task_id]
                task = task_values(uow, definition, subject)
                told = tell_owner(uow, task, subject, cause) if definition.notify else []
                return Prepared(fired, mails=tuple(told), task=task)
            case SendMail(notification_id):
                return Prepared(
                    fired, mails=tuple(render_mails(uow, uow.book.notifications[notification_id], subject, cause))
                )
            case SetFields() | SetParentFields() | None:
                return Prepared(fired)
            case _:
                assert_never(effect)
    except (MappingError, NoRecipientError) as error:
        return Prepared(failed(fired, str(error)))


def failed(fired: Fired, reason: str) -> Fired:
    """Say that an action that seemed possible was not."""
    return fired._replace(effect=None, outcome="failed", detail=reason)


def perform(uow: UnitOfWork, writer: Writer, prepared: Prepared, subject: Subject, origin: Origin) -> None:
    """Write what was worked out; fields of the record itself are written by `set_fields`."""
    if prepared.task is not None:
        tasks = uow.catalog.by_name[TASKS]
        writer.create(uow, tasks, prepared.task, actor_id=subject.actor_id, origin=origin)
    if prepared.mails:
        uow.put_mail(prepared.mails)
        if writer.automation.deliver_mail:
            uow.queue([_delivery(uow, mail, subject.actor_id) for mail in prepared.mails])


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
        if isinstance(each.effect, SetFields):
            own |= each.effect.values
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
