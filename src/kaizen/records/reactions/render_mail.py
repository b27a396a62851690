"""The mails that an e-mail notification describes, rendered for one record."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final

from kaizen.fields.email_address import can_get_mail
from kaizen.model.people import User
from kaizen.model.queued import Mail
from kaizen.model.rule import EmailNotification, EmailTemplate, Recipient
from kaizen.model.values import Id, Values
from kaizen.records.ports import IdSource, OrganisationState, UnitOfWork
from kaizen.records.reactions.merge_field_values import MergeFields, Subject

#: What may stand in a header as an address: nothing that could end it or begin another.
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a mail is sent, and whether it is to leave the server."""

    rule_id: Id
    change_id: Id
    deliver: bool = False


class NoRecipientError(ValueError):
    """There is no recipient for the mail."""


def render_mails(uow: UnitOfWork, notification: EmailNotification, subject: Subject, cause: Cause) -> list[Mail]:
    """Return one mail to all recipients (bulk) or one for each.

    Unknown and inactive users and malformed addresses are left out. NoRecipientError: no recipient is left.
    """
    to = _addresses(uow, notification.to, subject.values)
    if not to:
        raise NoRecipientError("no recipient is available")
    template = uow.book.entity(EmailTemplate, notification.template_id)
    merge = MergeFields(uow, subject)
    # Copies go with one mail to all only (reference: automation C.3).
    cc = tuple(a for a in _addresses(uow, notification.cc, subject.values) if a not in to) if notification.bulk else ()
    bcc = _addresses(uow, notification.bcc, subject.values) if notification.bulk else ()
    first = replace(
        _mail(uow, to, merge.render(template.subject), merge.render(template.content, html=True), subject, cause),
        cc=cc,
        bcc=tuple(a for a in bcc if a not in to and a not in cc),
        reply_to=_one(uow, notification.reply_to, subject.values),
        notification_id=notification.id,
    )
    if sender := _one(uow, notification.sender, subject.values):
        first = replace(first, sender=sender)
    if notification.bulk:
        return [first]
    return [replace(first, id=i, to=(each,)) for i, each in zip(_ids(uow, first, len(to)), to, strict=True)]


def tell_owner(uow: UnitOfWork, task: Values, subject: Subject, cause: Cause) -> list[Mail]:
    """Return the mail that tells a user of a task created for them; None if they cannot be reached."""
    to = _addresses(uow, (Recipient("record_owner"),), task)
    if not to:
        return []
    title, due = str(task.get("Subject") or ""), task.get("Due_Date")
    content = f"<p>{escape(title)}</p>" + (f"<p>{escape(str(due))}</p>" if due is not None else "")
    return [_mail(uow, to, title, content, subject, cause)]


def _mail(uow: UnitOfWork, to: tuple[str, ...], title: str, content: str, subject: Subject, cause: Cause) -> Mail:
    return Mail(
        id=uow.new_id(),
        created_at=uow.now,
        sender=one_line(uow.organisation.primary_email),
        to=to,
        subject=one_line(title),
        content=content,
        module=subject.module.api_name,
        record_id=subject.record_id,
        rule_id=cause.rule_id,
        change_id=cause.change_id,
        state="waiting" if cause.deliver else "kept",
    )


def one_line(text: str) -> str:
    """Take out whatever could begin another header."""
    return _BREAKS.sub(" ", text).strip()


def _ids(uow: IdSource, first: Mail, count: int) -> Sequence[Id]:
    return [first.id, *(uow.new_ids(count - 1) if count > 1 else ())]


def _one(uow: UnitOfWork, recipient: Recipient | None, values: Values) -> str:
    if recipient is None:
        return ""
    found = _addresses(uow, (recipient,), values)
    return found[0] if found else ""


def _addresses(uow: UnitOfWork, recipients: Iterable[Recipient], values: Values) -> tuple[str, ...]:
    """Return the addresses of recipients, each once, without regard to case."""
    found: dict[str, str] = {}
    for recipient in recipients:
        for address in _of(uow, recipient, values):
            if can_get_mail(address):
                found.setdefault(address.lower(), address)
    return tuple(found.values())


def _of(uow: OrganisationState, recipient: Recipient, values: Values) -> list[str]:
    match recipient.type:
        case "user":
            return _active([uow.users.get(recipient.id)])
        case "record_owner":
            owner = values.get("Owner")
            return _active([uow.users.get(owner)]) if isinstance(owner, int) else []
        case "role":
            return _active(user for user in uow.users.values() if user.role_id == recipient.id)
        case "field":
            value = values.get(recipient.field)
            return [value.strip()] if isinstance(value, str) else []
        case "email":
            return [recipient.address.strip()]
        case _:
            # What is not known here was refused when the notification was saved.
            return []


def _active(users: Iterable[User | None]) -> list[str]:
    return [user.email for user in users if user is not None and user.status == "active"]
