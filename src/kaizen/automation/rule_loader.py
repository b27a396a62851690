"""The rule book that the stored documents of an organisation describe.

A document that no longer makes sense (a field it names is gone) never stops the others: its rule carries the
problem, an action of it is left out, and the engine says so when the rule would act.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, TypeVar

from kaizen.automation.actions.action_kind import EntityForm
from kaizen.automation.actions.kinds import ACTION_KINDS
from kaizen.automation.engine.rule_index import take_over
from kaizen.automation.payload.rules.stored import StoredAction, StoredCondition, conditions_of, entities_of
from kaizen.automation.reading.criteria import stored_criteria
from kaizen.automation.reading.stored_body import UnreadableError, object_in
from kaizen.automation.rule_book import Reading, RuleBook
from kaizen.automation.triggers.kinds import TRIGGER_KINDS
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Catalog, Module
from kaizen.model.document import Document
from kaizen.model.rule import (
    Condition,
    EmailTemplate,
    Entity,
    Rule,
    RuleAction,
    ScheduledGroup,
    Trigger,
)
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import Period, TriggerType

T = TypeVar("T")

#: What reading a document of an older or foreign making can run into.
_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)


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
    book = RuleBook(
        version=version,
        catalog_version=catalog.version,
        rules=tuple(each.entity for each in readings.values() if isinstance(each.entity, Rule)),
        entities=_others_than_rules(readings),
        used=frozenset().union(*(reading.uses for reading in readings.values())),
        readings=readings,
    )
    if before is not None:
        take_over(book, before)
    return book


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
        elif (form := _FORMS.get(kind)) is not None:
            yield from form.names(document)


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
        active=object_in(document.body.get("status")).get("active") is True,
        order=order_of(document),
        problem=payload,
    )


def _trigger_type(body: Mapping[str, Json]) -> TriggerType:
    kind = TRIGGER_KINDS.get(str(object_in(body.get("execute_when")).get("type")))
    return kind.type if kind is not None else TriggerType.CREATE_OR_EDIT


def _read_rule(document: Document, catalog: Catalog) -> Rule:
    body = document.body
    module = catalog.by_name.get(document.module)
    if module is None:
        raise UnreadableError(f"there is no module {document.module}")
    when, status = object_in(body["execute_when"]), object_in(body["status"])
    details = object_in(when["details"])
    kind = TRIGGER_KINDS[str(when["type"])]
    trigger = Trigger(
        kind.type,
        repeat=details.get("repeat") is True,
        criteria=kind.watched(details, module, catalog) if kind.watched is not None else None,
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
    """Return the position of a stored rule in its module: as it was ordered, else as it was created."""
    order = document.body.get("order")
    # Ids grow with time, and every position that reordering gives is smaller.
    return order if isinstance(order, int) and not isinstance(order, bool) else document.id


def _condition(stored: StoredCondition, place: JsonPath, module: Module, catalog: Catalog) -> Condition:
    criteria = object_in(stored.payload["criteria_details"]).get("criteria")
    at = place / "criteria_details" / "criteria"
    return Condition(
        id=stored.id,
        sequence_number=int(str(stored.payload["sequence_number"])),
        criteria=stored_criteria(criteria, at, module, catalog),
        instant=tuple(_action(action) for action in stored.instant),
        scheduled=tuple(
            ScheduledGroup(
                id=group.id,
                period=Period(str(object_in(group.payload["execute_after"])["period"])),
                unit=int(str(object_in(group.payload["execute_after"])["unit"])),
                actions=tuple(_action(action) for action in group.actions),
            )
            for group in stored.groups
        ),
    )


def _action(stored: StoredAction) -> RuleAction:
    return RuleAction(
        id=stored.id,
        type=ACTION_KINDS[stored.type].type,
        name=str(stored.payload.get("name") or ""),
        details=object_in(stored.payload.get("details")),
        related_details=object_in(stored.payload.get("related_details")),
    )


def _template(document: Document, module: Module) -> EmailTemplate:
    body = document.body
    return EmailTemplate(document.id, document.name, module.api_name, str(body["subject"]), str(body["content"]))


#: How actions are read that are entities of their own, by the kind of their documents.
_FORMS: Final[Mapping[str, EntityForm]] = {
    kind.form.document: kind.form for kind in ACTION_KINDS.values() if isinstance(kind.form, EntityForm)
}
_READERS: Final[Mapping[str, Callable[[Document, Catalog], Entity | None]]] = {
    "workflow_rule": _rule,
    "email_template": _if_readable(_template),
    **{kind: _if_readable(form.load) for kind, form in _FORMS.items()},
}
