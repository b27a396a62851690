"""The rule book that the stored documents of an organisation describe.

A document that no longer makes sense (a field it names is gone) never stops the others: its rule carries the
problem, an action of it is left out, and the engine says so when the rule would act.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from kaizen.automation.payload.rules.stored import StoredAction, StoredCondition, conditions_of, entities_of
from kaizen.automation.reading.static_value import value_of
from kaizen.automation.rule_book import Reading, RuleBook
from kaizen.criteria.read_json import read_json
from kaizen.criteria.tree import Criteria
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Catalog, Module
from kaizen.model.document import Document
from kaizen.model.problem import Problem
from kaizen.model.rule import (
    Condition,
    EmailNotification,
    EmailTemplate,
    Entity,
    FieldMapping,
    FieldUpdate,
    Recipient,
    Rule,
    RuleAction,
    ScheduledGroup,
    TaskDefinition,
    Trigger,
)
from kaizen.model.values import Id, Json, Value
from kaizen.vocabulary.automation import ActionType, Period, TriggerType

T = TypeVar("T")

#: What reading a document of an older or foreign making can run into.
_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)


class UnreadableError(ValueError):
    """The document does not make sense with the catalog of now."""


def build_book(
    version: int, catalog: Catalog, documents: Mapping[str, Sequence[Document]], before: RuleBook | None = None
) -> RuleBook:
    """Make the rule book of the documents, by kind.

    From a book of other documents (`before`) it takes over what it made of those that are the same.
    """
    known = before.readings if before is not None and before.catalog_version == catalog.version else {}
    readings = {
        document.id: _reading(kind, document, catalog, known.get(document.id))
        for kind in _READERS
        for document in documents.get(kind, ())
    }
    return RuleBook(
        version=version,
        catalog_version=catalog.version,
        rules=tuple(each.entity for each in readings.values() if isinstance(each.entity, Rule)),
        entities=_others_than_rules(readings),
        used=frozenset().union(*(reading.uses for reading in readings.values())),
        readings=readings,
        compiled_before={**before.compiled_before, **before.compiled} if before is not None else {},
    )


def _reading(kind: str, document: Document, catalog: Catalog, known: Reading | None) -> Reading:
    if known is not None and known.document == document:
        return known
    return Reading(document, _READERS[kind](document, catalog), frozenset(_uses(kind, document)))


def _others_than_rules(readings: Mapping[Id, Reading]) -> dict[Id, Entity]:
    found = ((number, reading.entity) for number, reading in readings.items())
    return {number: entity for number, entity in found if entity is not None and not isinstance(entity, Rule)}


def _uses(kind: str, document: Document) -> Iterator[Id]:
    """Yield what a rule names, and the template that an e-mail notification names."""
    with suppress(*_UNREADABLE):
        if kind == "workflow_rule":
            yield from entities_of(document.body)
        elif kind == "email_notification":
            yield int(str(_object(document.body["template"])["id"]))


def _if_readable(read: Callable[[Document, Module], T]) -> Callable[[Document, Catalog], T | None]:
    """Read what can be read; of what cannot, actions say that it is missing when they are carried out."""

    def attempt(document: Document, catalog: Catalog) -> T | None:
        module = catalog.by_name.get(document.module)
        if module is None:
            return None
        try:
            return read(document, module)
        except _UNREADABLE:
            return None

    return attempt


def _rule(document: Document, catalog: Catalog) -> Rule:
    try:
        return _read_rule(document, catalog)
    except UnreadableError as problem:
        payload = str(problem)
    except _UNREADABLE as error:
        payload = f"the stored rule cannot be read: {error!r}"
    # It stays active and waits for its events, so that the trace of a change says that it is broken.
    return Rule(
        id=document.id,
        name=document.name,
        module=document.module,
        trigger=Trigger(_trigger_type(document.body)),
        conditions=(),
        active=_object(document.body.get("status")).get("active") is True,
        order=order_of(document),
        problem=payload,
    )


def _trigger_type(body: Mapping[str, Json]) -> TriggerType:
    try:
        return TriggerType(str(_object(body.get("execute_when")).get("type")))
    except ValueError:
        return TriggerType.CREATE_OR_EDIT


def _read_rule(document: Document, catalog: Catalog) -> Rule:
    body = document.body
    module = catalog.by_name.get(document.module)
    if module is None:
        raise UnreadableError(f"there is no module {document.module}")
    when, status = _object(body["execute_when"]), _object(body["status"])
    details = _object(when["details"])
    watched = details.get("criteria")
    place = JsonPath() / "execute_when" / "details" / "criteria"
    trigger = Trigger(
        TriggerType(str(when["type"])),
        repeat=details.get("repeat") is True,
        criteria=_criteria(watched, place, module, catalog, trigger=True),
        match_all=details.get("match_all") is True,
    )
    conditions = tuple(
        _condition(condition, JsonPath() / "conditions" / index, module, catalog)
        for index, condition in enumerate(conditions_of(body))
    )
    return Rule(
        id=document.id,
        name=document.name,
        module=module.api_name,
        trigger=trigger,
        conditions=tuple(sorted(conditions, key=lambda condition: condition.sequence_number)),
        active=status["active"] is True,
        order=order_of(document),
    )


def order_of(document: Document) -> int:
    """Say where a stored rule stands among those of its module: as it was ordered, else as it was made."""
    order = document.body.get("order")
    # Ids grow with time, and every position that reordering gives is smaller.
    return order if isinstance(order, int) and not isinstance(order, bool) else document.id


def _condition(stored: StoredCondition, place: JsonPath, module: Module, catalog: Catalog) -> Condition:
    criteria = _object(stored.payload["criteria_details"]).get("criteria")
    at = place / "criteria_details" / "criteria"
    return Condition(
        id=stored.id,
        sequence_number=int(str(stored.payload["sequence_number"])),
        criteria=_criteria(criteria, at, module, catalog),
        instant=tuple(_action(action) for action in stored.instant),
        scheduled=tuple(
            ScheduledGroup(
                id=group.id,
                period=Period(str(_object(group.payload["execute_after"])["period"])),
                unit=int(str(_object(group.payload["execute_after"])["unit"])),
                actions=tuple(_action(action) for action in group.actions),
            )
            for group in stored.groups
        ),
    )


def _criteria(
    payload: Json, place: JsonPath, module: Module, catalog: Catalog, *, trigger: bool = False
) -> Criteria | None:
    read = read_json(payload, place, module, catalog, trigger=trigger)
    if isinstance(read, Problem):
        where = read.details.get("json_path", place.path)
        raise UnreadableError(f"its criteria no longer fit the module: {read.text} at {where}")
    return read


def _action(stored: StoredAction) -> RuleAction:
    return RuleAction(
        id=stored.id,
        type=ActionType(stored.type),
        name=str(stored.payload.get("name") or ""),
        details=_object(stored.payload.get("details")),
        related_details=_object(stored.payload.get("related_details")),
    )


def _field_update(document: Document, module: Module) -> FieldUpdate:
    body = document.body
    return FieldUpdate(
        id=document.id,
        name=document.name,
        module=module.api_name,
        field=_name(body["field"]),
        value=_value(body["value"], _name(body["field"]), module),
        append=body.get("update_type") == "append",
        dependents=tuple(_dependents(body.get("dependent_fields"), module)),
    )


def _dependents(payload: Json, module: Module) -> Iterator[tuple[str, Value]]:
    for follower in payload if isinstance(payload, list) else ():
        named = _object(follower)
        name = _name(named["field"])
        yield name, _value(named["value"], name, module)
        yield from _dependents(named.get("dependent_fields"), module)


def _value(payload: Json, name: str, module: Module) -> Value:
    value = value_of(payload, module.by_name[name])
    if isinstance(value, Problem):
        raise UnreadableError(value.text)
    return value


def _task(document: Document, module: Module) -> TaskDefinition:
    mappings = document.body["field_mappings"]
    return TaskDefinition(
        id=document.id,
        name=document.name,
        module=module.api_name,
        mappings=tuple(
            FieldMapping(_name(_object(payload)["field"]), str(_object(payload)["type"]), _object(payload)["value"])
            for payload in (mappings if isinstance(mappings, list) else [])
        ),
        notify=document.body.get("notify") is True,
    )


def _notification(document: Document, module: Module) -> EmailNotification:
    body = document.body
    recipients = _object(body["recipients"])
    return EmailNotification(
        id=document.id,
        name=document.name,
        module=module.api_name,
        template_id=int(str(_object(body["template"])["id"])),
        to=_recipients(recipients.get("to")),
        cc=_recipients(recipients.get("cc")),
        bcc=_recipients(recipients.get("bcc")),
        sender=_sender(body.get("from_address")),
        reply_to=_sender(body.get("reply_to")),
        bulk=body.get("bulk_email") is True,
    )


def _recipients(payload: Json) -> tuple[Recipient, ...]:
    return tuple(_recipient(_object(each)) for each in (payload if isinstance(payload, list) else []))


def _recipient(payload: Mapping[str, Json]) -> Recipient:
    details = _object(payload.get("details"))
    match payload["type"]:
        case "user" | "role" as kind:
            return Recipient(kind, id=int(str(details["id"])))
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


def _template(document: Document, module: Module) -> EmailTemplate:
    body = document.body
    return EmailTemplate(document.id, document.name, module.api_name, str(body["subject"]), str(body["content"]))


_READERS: Final[Mapping[str, Callable[[Document, Catalog], Entity | None]]] = {
    "workflow_rule": _rule,
    "field_update": _if_readable(_field_update),
    "task": _if_readable(_task),
    "email_notification": _if_readable(_notification),
    "email_template": _if_readable(_template),
}


def _name(reference: Json) -> str:
    return str(_object(reference)["api_name"])


def _object(payload: Json) -> Mapping[str, Json]:
    return payload if isinstance(payload, Mapping) else {}
