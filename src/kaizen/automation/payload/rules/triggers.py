"""`execute_when`: whether a module has the trigger, whether this server runs it, and what its details mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kaizen.automation.configurations import Configuration, TriggerFacts
from kaizen.automation.payload.rules.parse import TriggerDraft
from kaizen.automation.reading import references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.automation.triggers.kinds import TRIGGER_KINDS
from kaizen.automation.triggers.trigger_kind import TriggerPayload
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import invalid, not_run, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

_RECORD: Final = "record"
#: Trigger types of which a rule cannot change into one of another category (reference: automation B.2).
_CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "date": ("date_or_datetime",),
    "score": ("score_", "zia_scoring_rule"),
    "email": ("email_", "mail_"),
    "social": ("fb_", "tw_"),
    "recommendation": ("recommendation",),
    "signals": ("voc_",),
}


@dataclass(frozen=True, slots=True)
class CheckedTrigger:
    """A trigger that is legal here, as it is stored, with what is offered for it."""

    place: JsonPath
    stored: dict[str, Json]
    offered: TriggerFacts
    repeat: bool


def category(trigger_type: str) -> str:
    """Return the category of a trigger type; a change cannot leave it."""
    for name, beginnings in _CATEGORIES.items():
        if trigger_type.startswith(beginnings):
            return name
    return _RECORD


def check_category(old: str, new: TriggerDraft) -> None:
    """Refuse a change of a rule's trigger to one of another category."""
    if category(old) != category(new.type):
        raise refused(Code.NOT_ALLOWED, new.place / "type", "The trigger category cannot be changed")


def check_trigger(
    draft: TriggerDraft, module: Module, configuration: Configuration, context: PayloadContext
) -> CheckedTrigger:
    """Check a trigger for a module and return it as it is stored and shown."""
    at_type = draft.place / "type"
    _check_home(draft, module, configuration, context)
    offered = configuration.trigger.get(draft.type)
    if offered is None:
        raise invalid(at_type, supported_values=list(configuration.trigger))
    kind = TRIGGER_KINDS.get(draft.type)
    if kind is None:
        raise not_run(at_type, f"rules with the trigger {draft.type}")
    payload = BodyReader(draft.details, draft.place / "details")
    details = kind.read(TriggerPayload(draft.place, payload, module, context, draft.stored))
    stored: dict[str, Json] = {
        "details": {"trigger_module": references.shown(module), **details},
        "type": kind.type.value,
    }
    return CheckedTrigger(draft.place, stored, offered, details.get("repeat") is True)


def _check_home(draft: TriggerDraft, module: Module, configuration: Configuration, context: PayloadContext) -> None:
    """Refuse events of another module than the rule's own: none of them is run yet."""
    raw = draft.details.get("trigger_module")
    if raw is None:
        return
    place = draft.place / "details" / "trigger_module"
    home = references.module(raw, place, context.catalog)
    if home is module:
        return
    related = {trigger.api_name for trigger in configuration.related.get(home.api_name, ())}
    if draft.type not in related:
        raise invalid(place)
    raise not_run(place, f"rules on events of {home.api_name}")
