"""All rules and actions of the organisation, as one immutable rule book."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from kaizen.model.document import Document
from kaizen.model.rule import Entity, Rule
from kaizen.model.values import Id

E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading one stored document; a later book takes it over while the document is unchanged."""

    document: Document
    entity: Entity | None  #: None: it cannot be read
    uses: frozenset[Id]  #: the other entities that it names


@dataclass(frozen=True)
class RuleBook:
    """Everything that decides what a change sets off; a change of rules or actions makes a new one."""

    version: int
    catalog_version: int = 0
    rules: tuple[Rule, ...] = ()
    #: What rules and actions name: field updates, tasks, e-mail notifications, templates.
    entities: Mapping[Id, Entity] = field(default_factory=dict)
    #: Ids of the entities above that something stored names, broken rules included; these are not deleted.
    used: frozenset[Id] = frozenset()
    readings: Mapping[Id, Reading] = field(default_factory=dict)

    def find(self, made: type[E], number: Id) -> E | None:
        """Return an entity of some type; None if there is none, or it cannot be read."""
        found = self.entities.get(number)
        return found if isinstance(found, made) else None

    def entity(self, made: type[E], number: Id) -> E:
        """Return an entity of some type that is known to be there."""
        found = self.find(made, number)
        if found is None:
            raise LookupError(f"there is no {made.__name__} {number}")
        return found

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
