"""What an action kind is: all that is special to one type of action, in one declaration.

`kinds` lists the declarations. Nothing else in this package asks for the type of an action.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from kaizen.automation.actions.action_context import Ask
from kaizen.automation.actions.action_payload import ActionPayload, CheckedAction
from kaizen.automation.rule_book import RuleBook
from kaizen.model.catalog import Catalog, Module
from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.rule import Entity, RuleAction
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ActionType


class Touched(NamedTuple):
    """Fields that an action may give new values, and in which records."""

    module: str  #: api_name of the module in which the record lies
    fields: frozenset[str]
    through: str = ""  #: the lookup behind which the record lies; empty: the record that fired, or a new one
    creates: bool = False  #: the record is made by the action


@dataclass(frozen=True, slots=True)
class ActionGround:
    """What an action lies in: the module of its rule, and what the rule may name."""

    module: Module
    catalog: Catalog
    book: RuleBook


@dataclass(frozen=True, slots=True)
class CurrentNames:
    """What the things that rules refer to are called now; stored names may be older."""

    users: Mapping[Id, User]
    tags: Mapping[str, Mapping[Id, Document]]  #: by module api_name and id
    entity: Callable[[str, Id], str | None]  #: by the kind of a document and its id


def _nothing_beside(_action: CheckedAction, _others: Sequence[CheckedAction]) -> None:
    pass


@dataclass(frozen=True, slots=True)
class InlineForm:
    """How an action that is defined inside its rule is read and shown."""

    #: The details as they are stored; raises RefusedError.
    read: Callable[[ActionPayload], dict[str, Json]]
    #: What the action is called when the client does not say.
    title: Callable[[Mapping[str, Json]], str]
    #: The stored details with the names of now: (details, api_name of the rule's module, names).
    show: Callable[[dict[str, Json], str, CurrentNames], dict[str, Json]]
    #: What is stored and shown beside name, type and details.
    more: Mapping[str, Json] = field(default_factory=dict)
    #: Refuses what the action cannot stand beside in one rule: (action, all actions of the rule).
    check_beside: Callable[[CheckedAction, Sequence[CheckedAction]], None] = _nothing_beside


class Related(NamedTuple):
    """What a rule says of an entity that it names, and in which module the entity must be."""

    stored: dict[str, Json]
    home: Module


@dataclass(frozen=True, slots=True)
class EntityForm:
    """How an action that is an entity of its own is named by rules, and read from its document."""

    document: str  #: the kind of the documents
    #: What the stored body means; whatever error it raises, the entity is missing when the action is carried out.
    load: Callable[[Document, Module], Entity]
    #: What the rule says beside the id; raises RefusedError.
    related: Callable[[ActionPayload], Related]
    #: The ids of other entities that the document names.
    names: Callable[[Document], Iterable[Id]] = lambda _document: ()


Form: TypeAlias = InlineForm | EntityForm


@dataclass(frozen=True, slots=True)
class ActionKind:
    """One kind of action."""

    type: ActionType
    order: int  #: in which order the actions of one condition run (reference: automation G.3)
    form: Form
    #: Reads a defined action once, for all the records for which it will be asked.
    prepare: Callable[[RuleAction], Ask]
    #: What the effects of a defined action may change.
    touches: Callable[[RuleAction, ActionGround], Iterable[Touched]]
    runs_when_deleted: bool = False  #: it has something to do about a record that is gone
