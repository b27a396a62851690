"""Which trigger and which action is legal in which module, with the limits of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kaizen.model.catalog import Catalog, Module
from kaizen.model.values import Json
from kaizen.vocabulary.automation import ASSOCIATE_TYPES


@dataclass(frozen=True, slots=True)
class ActionFacts:
    """What holds for one kind of action everywhere."""

    api_name: str
    name: str
    associate: bool  #: an entity of its own, named by id
    limit: int  #: how many of them a block may hold
    limit_per_action: int | None  #: how many items one of them may hold
    scheduled: bool  #: may run after a delay


@dataclass(frozen=True, slots=True)
class TriggerFacts:
    """One trigger as it is offered in one module."""

    api_name: str
    name: str
    scheduled: bool  #: whether its rules may hold scheduled actions
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Configuration:
    """What rules of one module may be made of."""

    triggers: tuple[TriggerFacts, ...]
    actions: tuple[ActionFacts, ...]
    #: Triggers that live in a related module, by its api_name.
    related: Mapping[str, tuple[TriggerFacts, ...]] = field(default_factory=dict)

    @cached_property
    def trigger(self) -> Mapping[str, TriggerFacts]:
        """Triggers by api_name."""
        return {t.api_name: t for t in self.triggers}

    @cached_property
    def action(self) -> Mapping[str, ActionFacts]:
        """Actions by api_name."""
        return {a.api_name: a for a in self.actions}


@dataclass(frozen=True)
class Configurations:
    """The configurations of all modules."""

    modules: Mapping[str, Configuration]
    custom: Configuration  #: of every module that an organisation makes itself

    def of(self, module: Module) -> Configuration | None:
        """Return what rules of a module may be made of; None: it cannot have rules."""
        if not module.triggers_supported:
            return None
        if module.generated_type == "custom":
            return self.custom
        return self.modules.get(module.api_name)


def read_configurations(facts: Mapping[str, Any]) -> Configurations:
    """Read the compact form in which the facts are kept."""
    actions = {
        api_name: ActionFacts(
            api_name, said["name"], api_name in ASSOCIATE_TYPES, said["limit"], said.get("items"), said["scheduled"]
        )
        for api_name, said in facts["actions"].items()
    }
    names: Mapping[str, str] = facts["trigger_names"]
    unscheduled = frozenset(facts["unscheduled_triggers"])
    sets: Mapping[str, Sequence[str]] = facts["action_sets"]

    def triggers(said: Mapping[str, str]) -> tuple[TriggerFacts, ...]:
        return tuple(
            TriggerFacts(trigger, names[trigger], trigger not in unscheduled, tuple(sets[action_set]))
            for trigger, action_set in said.items()
        )

    def configuration(said: Mapping[str, Any]) -> Configuration:
        return Configuration(
            triggers(facts["trigger_sets"][said["triggers"]]),
            tuple(actions[api_name] for api_name in facts["action_lists"][said["actions"]]),
            {module: triggers(facts["trigger_sets"][name]) for module, name in said.get("related", {}).items()},
        )

    return Configurations(
        {api_name: configuration(said) for api_name, said in facts["modules"].items()},
        configuration(facts["custom_modules"]),
    )


def dump_configuration(configuration: Configuration, catalog: Catalog) -> dict[str, Json]:
    """Show a configuration as the configuration API shows it (reference: automation D)."""
    related: list[Json] = [
        {
            "api_name": api_name,
            "name": module.plural_label,
            "module": {
                "singular_label": module.singular_label,
                "plural_label": module.plural_label,
                "api_name": module.api_name,
                "name": module.module_name,
                "id": str(module.id),
            },
            "triggers": [_trigger(t) for t in triggers],
        }
        for api_name, triggers in configuration.related.items()
        if (module := catalog.by_name.get(api_name)) is not None
    ]
    return {
        "related_triggers_details": related,
        "triggers": [_trigger(t) for t in configuration.triggers],
        "actions": [_action(a) for a in configuration.actions],
    }


def _trigger(trigger: TriggerFacts) -> Json:
    return {
        "api_name": trigger.api_name,
        "deprecated": False,
        "name": trigger.name,
        "scheduled_actions_supported": trigger.scheduled,
        "actions": list(trigger.actions),
    }


def _action(action: ActionFacts) -> Json:
    return {
        "is_clickable": True,
        "associate_action": action.associate,
        "limit_per_action": action.limit_per_action,
        "api_name": action.api_name,
        "supported_in_scheduled_action": action.scheduled,
        "name": action.name,
        "limit": action.limit,
    }
