"""E-mail notifications: the mails that a definition describes."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed
from kaizen.automation.actions.action_kind import ActionGround, ActionKind, EntityForm, Related, Touched
from kaizen.automation.actions.action_payload import ActionPayload
from kaizen.automation.actions.related_details import at_home
from kaizen.automation.effect_types import SendMail
from kaizen.automation.reading.stored_body import id_of, object_in, objects_in
from kaizen.json_body import json_types
from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.rule import EmailNotification, EmailTemplate, Recipient, RuleAction
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ActionType


def _load(document: Document, module: Module) -> EmailNotification:
    body = document.body
    recipients = object_in(body["recipients"])
    return EmailNotification(
        id=document.id,
        name=document.name,
        module=module.api_name,
        template_id=id_of(body["template"]),
        to=_recipients(recipients.get("to")),
        cc=_recipients(recipients.get("cc")),
        bcc=_recipients(recipients.get("bcc")),
        sender=_sender(body.get("from_address")),
        reply_to=_sender(body.get("reply_to")),
        bulk=body.get("bulk_email") is True,
    )


def _recipients(payload: Json) -> tuple[Recipient, ...]:
    return tuple(_recipient(each) for each in objects_in(payload))


def _recipient(payload: Mapping[str, Json]) -> Recipient:
    details = object_in(payload.get("details"))
    match payload["type"]:
        case "user" | "role" as kind:
            return Recipient(str(kind), id=int(str(details["id"])))
        case "field":
            return Recipient("field", field=str(details["api_name"]))
        case "email":
            return Recipient("email", address=str(details["email"]))
        case other:
            return Recipient(str(other))


def _sender(payload: Json) -> Recipient | None:
    match payload:
        case {"type": "user", "resource": {"id": number}}:
            return Recipient("user", id=int(str(number)))
        case {"resource": {"email": address}}:
            return Recipient("email", address=str(address))
        case _:
            # The organisation's own address.
            return None


def _template_of(document: Document) -> tuple[Id, ...]:
    return (id_of(document.body["template"]),)


def _related(payload: ActionPayload) -> Related:
    related = at_home(payload)
    if not payload.related.has("best_time"):
        return related
    best = json_types.boolean(payload.related.given["best_time"], payload.related.path / "best_time")
    return related._replace(stored={"related_details": {"best_time": best}})


def _ask(action: RuleAction, context: ActionContext) -> ActionResult:
    """Ask for the mails; they are rendered after the record has its new values."""
    notification = context.book.find(EmailNotification, action.id)
    if notification is None:
        return failed(f"there is no e-mail notification {action.id}")
    if context.book.find(EmailTemplate, notification.template_id) is None:
        return failed(f"the e-mail notification {notification.name} has no template")
    return ActionResult(SendMail(action.id))


def _touches(_action: RuleAction, _ground: ActionGround) -> Iterable[Touched]:
    return ()


KIND: Final = ActionKind(
    type=ActionType.EMAIL_NOTIFICATIONS,
    order=3,
    form=EntityForm(document="email_notification", load=_load, related=_related, names=_template_of),
    prepare=lambda action: partial(_ask, action),
    touches=_touches,
    runs_when_deleted=True,
)
