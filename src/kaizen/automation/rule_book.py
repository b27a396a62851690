"""All rules and actions of the organisation, as one immutable rule book."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from kaizen.model.document import Document
from kaizen.model.rule import EmailNotification, EmailTemplate, FieldUpdate, Rule, TaskDefinition
from kaizen.model.values import Id

Entity: TypeAlias = Rule | FieldUpdate | TaskDefinition | EmailNotification | EmailTemplate


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one stored document; a later book takes it over while the document stays as it is."""

    document: Document
    entity: Entity | None  #: None: it cannot be read
    uses: frozenset[Id]  #: the other entities that it names


@dataclass(frozen=True)
class RuleBook:
    """Everything that decides what a change sets off; a change of rules or actions makes a new one."""

    version: int
    catalog_version: int = 0
    rules: tuple[Rule, ...] = ()
    field_updates: Mapping[Id, FieldUpdate] = field(default_factory=dict)
    tasks: Mapping[Id, TaskDefinition] = field(default_factory=dict)
    notifications: Mapping[Id, EmailNotification] = field(default_factory=dict)
    templates: Mapping[Id, EmailTemplate] = field(default_factory=dict)
    #: Ids of the entities above that something stored names, broken rules included; these are not deleted.
    used: frozenset[Id] = frozenset()
    readings: Mapping[Id, Reading] = field(default_factory=dict)
    #: What the engine compiled from the book before this one, and from those before that.
    compiled_before: Mapping[object, object] = field(default_factory=dict)

    @cached_property
    def by_module(self) -> Mapping[str, tuple[Rule, ...]]:
        """Rules by module, in the order in which they run."""
        modules: dict[str, list[Rule]] = {}
        for rule in sorted(self.rules, key=lambda r: (r.order, r.id)):
            modules.setdefault(rule.module, []).append(rule)
        return {name: tuple(rules) for name, rules in modules.items()}

    @cached_property
    def by_id(self) -> Mapping[Id, Rule]:
        """Rules by id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def compiled(self) -> dict[object, object]:
        """What the engine compiled from this book; it lives exactly as long as the book does."""
        return {}
