"""E-mail notifications: which template goes to whom (reference: automation C.3)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kaizen.automation.payload.actions import action_body
from kaizen.automation.payload.actions.action_body import ActionBody
from kaizen.automation.reading import references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.automation.reading.wordings import ACTIONS
from kaizen.fields.email_address import is_email_address
from kaizen.json_body import json_types
from kaizen.json_body.errors import INVALID, RefusedError, accepted, ambiguous, invalid, mismatched, missing, not_run
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.problem import UNKNOWN_ID, Problem, expected_type
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.data_types import DataType

#: What is missing here is reported in the usual words.
_WORDING: Final = replace(ACTIONS, missing="")
LONGEST_NAME: Final = 255
MOST_RECIPIENTS: Final = 100
#: The service does not list its names for kinds of recipients; these are ours.
RECIPIENT_TYPES: Final = ("user", "role", "group", "field", "record_owner", "email")
SENDER_TYPES: Final = ("user", "org")
#: Who can be a recipient, by which key of `details`.
_KEY: Final = {"user": "id", "role": "id", "field": "api_name", "email": "email"}
_MODULE: Final = references.Wording("the module name given seems to be invalid", at_key=True)


def read_email_notification(
    raw: object, stored: Mapping[str, Json] | None, context: PayloadContext, place: JsonPath
) -> ActionBody | Problem:
    """Check an e-mail notification that is created, or the result of a change of a stored one."""
    at = place.worded(_WORDING)
    return accepted(lambda: _read(action_body.merged(raw, stored, at), stored, at, context))


def _read(
    payload: Mapping[str, Json], stored: Mapping[str, Json] | None, place: JsonPath, context: PayloadContext
) -> ActionBody:
    name = json_types.name(payload.get("name"), place / "name", longest=LONGEST_NAME)
    for key in ("module", "template", "recipients"):
        if payload.get(key) is None:
            raise missing(place / key)
        json_types.mapping(payload[key], place / key)
    if json_types.mapping(payload["module"], place / "module").get("id") is None:
        # Alone among the references of automation, this one needs the id.
        raise missing(place / "module" / "id")
    bulk = payload.get("bulk_email")
    if bulk is not None:
        json_types.boolean(bulk, place / "bulk_email")
    common = action_body.common(payload, place)
    module = action_body.module_of(payload, stored, place, context, _MODULE)
    template = _template(payload["template"], place / "template", place / "module", module, context)
    body: dict[str, Json] = {
        "name": name,
        "module": references.shown(module),
        "template": {"name": template.name, "id": str(template.id)},
        "bulk_email": bulk is True,
        "from_address": _sender(payload.get("from_address"), place / "from_address", context),
        "reply_to": _sender(payload.get("reply_to"), place / "reply_to", context),
        "recipients": _recipients(payload["recipients"], place, bulk is True, module, context),
        **common,
    }
    return ActionBody(name, module.api_name, body)


def _template(raw: Json, place: JsonPath, at_module: JsonPath, module: Module, context: PayloadContext) -> Document:
    payload = json_types.mapping(raw, place)
    if payload.get("id") is None:
        raise missing(place / "id")
    number = json_types.identifier(payload["id"], place / "id")
    template = context.document("email_template", number) if number is not None else None
    if template is None:
        raise invalid(place / "id", UNKNOWN_ID)
    if template.module not in ("", module.api_name):
        raise ambiguous((place, at_module))
    return template


def _sender(raw: Json, place: JsonPath, context: PayloadContext) -> Json:
    """Read who sends, or to whom answers go; None is the organisation's own address."""
    if raw is None:
        return None
    payload = json_types.mapping(raw, place)
    if payload.get("type") is None:
        raise missing(place / "type")
    kind = json_types.one_of(payload["type"], place / "type", SENDER_TYPES)
    at_resource = place / "resource"
    if payload.get("resource") is None:
        if kind == "org":
            return {"type": kind, "resource": None}
        raise missing(at_resource)
    resource = json_types.mapping(payload["resource"], at_resource)
    if kind == "user":
        number = json_types.identifier(resource.get("id"), at_resource / "id")
        user = context.users.get(number) if number is not None else None
        if user is None:
            raise invalid(at_resource / "id", UNKNOWN_ID)
        return {"type": kind, "resource": {"name": user.full_name, "id": str(user.id), "email": user.email}}
    address = resource.get("email")
    if not isinstance(address, str) or not is_email_address(address):
        raise invalid(at_resource / "email", **expected_type("email"))
    return {"type": kind, "resource": {"email": address}}


def _recipients(raw: Json, place: JsonPath, bulk: bool, module: Module, context: PayloadContext) -> Json:
    at = place / "recipients"
    payload = json_types.mapping(raw, at)
    listed: dict[str, Json] = {}
    unavailable: list[Json] = []
    for key in ("to", "cc", "bcc"):
        elements = json_types.sequence(payload[key], at / key) if payload.get(key) is not None else []
        if len(elements) > MOST_RECIPIENTS:
            raise invalid(at / key, maximum_length=MOST_RECIPIENTS)
        if elements and key != "to" and not bulk:
            # A mail for each recipient has no copies.
            raise mismatched(at / key, place / "bulk_email")
        found: list[Json] = []
        for index, element in enumerate(elements):
            recipient = _recipient(element, at / key / index, module, context)
            if isinstance(recipient, Problem):
                unavailable.append(recipient.body())
            else:
                found.append(recipient)
        listed[key] = found
    if not payload.get("to"):
        raise missing(at / "to")
    if unavailable:
        details = {**at.position, "errors": unavailable}
        message = "Some selected recipients are not available"
        raise RefusedError(Problem(Code.MULTIPLE_OR_MULTI_ERRORS, details, message))
    return listed


def _recipient(raw: Json, place: JsonPath, module: Module, context: PayloadContext) -> dict[str, Json] | Problem:
    payload = json_types.mapping(raw, place)
    if payload.get("type") is None:
        raise missing(place / "type")
    kind = json_types.one_of(payload["type"], place / "type", RECIPIENT_TYPES, INVALID)
    if kind == "record_owner":
        return {"type": kind, "details": None}
    if kind == "group":
        raise not_run(place / "type", "notifications to groups")
    key = _KEY[kind]
    at_details = place / "details"
    if payload.get("details") is None:
        raise missing(at_details)
    given = json_types.mapping(payload["details"], at_details).get(key)
    if given is None:
        raise missing(at_details / key)
    details = _known(kind, given, module, context)
    if details is None:
        return Problem(Code.INVALID_DATA, (at_details / key).position, "Selected recipient is unavailable")
    return {"type": kind, "details": details}


def _known(kind: str, given: Json, module: Module, context: PayloadContext) -> dict[str, Json] | None:
    match kind:
        case "user":
            user = context.users.get(references.id_in(given) or 0)
            return {"name": user.full_name, "id": str(user.id), "email": user.email} if user else None
        case "role":
            role = context.document("role", references.id_in(given) or 0)
            return {"name": role.name, "id": str(role.id)} if role else None
        case "field":
            field = module.by_name.get(given) if isinstance(given, str) else None
            if field is None or field.data_type is not DataType.EMAIL:
                return None
            return {"api_name": field.api_name, "id": str(field.id)}
        case _:
            return {"email": given} if isinstance(given, str) and is_email_address(given) else None


def dump_email_notification(
    body: Mapping[str, Json], module: Module | None, template: Document | None
) -> dict[str, Json]:
    """Show an e-mail notification without its stamps and state."""
    shown = {key: body[key] for key in _SHOWN} | {"related_module": None}
    if module is not None:
        shown["module"] = references.shown(module)
    if template is not None:
        shown["template"] = {"name": template.name, "id": str(template.id)}
    return shown


_SHOWN: Final = (
    "module",
    "source",
    "feature_type",
    "template",
    "bulk_email",
    "from_address",
    "reply_to",
    "recipients",
    "name",
)
