"""The actions of one block: which are legal there, how many, and what their details mean."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.automation.configurations import Configuration
from kaizen.automation.payload.rules import assign_owner, tags
from kaizen.automation.payload.rules.parse import ActionDraft, too_many_actions
from kaizen.automation.payload.rules.triggers import CheckedTrigger
from kaizen.automation.reading import references
from kaizen.automation.reading.payload_context import KIND_OF_ACTION, PayloadContext
from kaizen.json_body import json_types
from kaizen.json_body.errors import (
    UNKNOWN_ID,
    RefusedError,
    ambiguous,
    invalid,
    missing,
    needed_by,
    not_run,
    refused,
)
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Field, Module
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ActionType
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.data_types import DataType
from kaizen.vocabulary.workflow_types import ASSOCIATE_TYPES, INLINE_TYPES

_NOT_FOR_MODULE: Final = "action not supported for this module"
_RUN: Final = frozenset(action.value for action in ActionType)
#: Inline actions whose details are mandatory by themselves, with what these must hold (reference: automation F.2).
_MANDATORY_DETAILS: Final = {"circuits": "circuit_id"}
_LOOKUP: Final = references.Wording("invalid data")


@dataclass(frozen=True, slots=True)
class CheckedAction:
    """One legal action as it is stored; `id` is None for an inline action that is new."""

    place: JsonPath
    type: ActionType
    id: Id | None
    stored: dict[str, Json]


@dataclass(frozen=True)
class ActionBlock:
    """Where actions stand: the rule's module and trigger, and whether they wait."""

    rule: JsonPath
    module: Module
    configuration: Configuration
    trigger: CheckedTrigger
    scheduled: bool
    context: PayloadContext

    def check(self, drafts: Sequence[ActionDraft], place: JsonPath) -> tuple[CheckedAction, ...]:
        """Check the actions of one block; `place` is their list."""
        counts: Counter[str] = Counter()
        for draft in drafts:
            self._check_legal(draft)
            counts[str(draft.payload["type"])] += 1
        for action_type, count in counts.items():
            limit = self.configuration.action[action_type].limit
            if count > limit:
                raise too_many_actions(place, limit)
        checked = tuple(self._read(draft) for draft in drafts)
        seen: set[Id] = set()
        for action in checked:
            if action.id is not None and action.id in seen:
                raise refused(Code.DUPLICATE_DATA, action.place, "Duplicate action not allowed")
            if action.id is not None:
                seen.add(action.id)
        return checked

    def _check_legal(self, draft: ActionDraft) -> None:
        at_type = draft.place / "type"
        action_type = draft.payload.get("type")
        if draft.remove:
            # What is not there yet cannot be removed.
            raise invalid(draft.place / "_delete")
        if not isinstance(action_type, str) or action_type not in ASSOCIATE_TYPES | INLINE_TYPES:
            raise invalid(at_type)
        facts = self.configuration.action.get(action_type)
        if facts is None:
            raise self._foreign(draft)
        if action_type not in self.trigger.offered.actions:
            raise ambiguous((self.trigger.place / "type", at_type), "action not supported for this trigger")
        if self.scheduled and not (facts.scheduled and self.trigger.offered.scheduled):
            raise refused(Code.NOT_ALLOWED, at_type, "The unsupported action is given")

    def _read(self, draft: ActionDraft) -> CheckedAction:
        action_type = str(draft.payload["type"])
        if action_type in ASSOCIATE_TYPES:
            return self._associate(draft, action_type)
        return self._inline(draft, action_type)

    def _associate(self, draft: ActionDraft, action_type: str) -> CheckedAction:
        at_id = draft.place / "id"
        if not draft.has_id:
            raise needed_by(at_id, draft.place / "type")
        if action_type not in KIND_OF_ACTION:
            raise not_run(draft.place / "type", f"the action {action_type}")
        kind = ActionType(action_type)
        if draft.stored and draft.id is not None:
            return CheckedAction(draft.place, kind, draft.id, dict(draft.payload))
        entity = self.context.document(KIND_OF_ACTION[kind], draft.id) if draft.id is not None else None
        if entity is None:
            raise invalid(at_id, UNKNOWN_ID)
        stored: dict[str, Json] = {"name": entity.name, "id": str(entity.id), "type": action_type}
        payload, place = draft.payload.get("related_details"), draft.place / "related_details"
        related = payload if isinstance(payload, dict) else {}
        if kind is ActionType.FIELD_UPDATES and related.get("lookup_field") is not None:
            lookup, parent = self._parent(related["lookup_field"], place / "lookup_field")
            stored["related_details"] = {"lookup_field": references.shown(lookup)}
            stored["details"] = {"module": references.shown(parent)}
            home = parent.api_name
        else:
            stored["related_details"] = self._related(related, place, kind)
            home = self.module.api_name
        if entity.module != home:
            raise self._foreign(draft)
        return CheckedAction(draft.place, kind, entity.id, stored)

    def _parent(self, raw: Json, place: JsonPath) -> tuple[Field, Module]:
        """Find the lookup behind which the record lies that an action changes, and the module of that record."""
        lookup = references.field(raw, place, self.module, _LOOKUP)
        parent = self.context.catalog.by_name.get(lookup.lookup_module or "")
        if parent is None or lookup.data_type is not DataType.LOOKUP:
            raise invalid(place)
        return lookup, parent

    def _foreign(self, draft: ActionDraft) -> RefusedError:
        return ambiguous((self.rule / "module", draft.place / "type"), _NOT_FOR_MODULE)

    def _related(self, payload: Mapping[str, Json], place: JsonPath, kind: ActionType) -> Json:
        if payload.get("followup_details") is not None:
            raise not_run(place / "followup_details", "follow-ups of tasks")
        if kind is ActionType.EMAIL_NOTIFICATIONS and payload.get("best_time") is not None:
            return {"best_time": json_types.boolean(payload["best_time"], place / "best_time")}
        return None

    def _inline(self, draft: ActionDraft, action_type: str) -> CheckedAction:
        place = draft.place / "details"
        payload = draft.payload.get("details")
        mandatory = _MANDATORY_DETAILS.get(action_type)
        if mandatory is not None and not (isinstance(payload, dict) and payload.get(mandatory) is not None):
            raise missing(place)
        if not isinstance(payload, dict):
            raise needed_by(place, draft.place / "type")
        if action_type not in _RUN:
            raise not_run(draft.place / "type", f"the action {action_type}")
        kind = ActionType(action_type)
        if draft.stored and draft.id is not None:
            return CheckedAction(draft.place, kind, draft.id, dict(draft.payload))
        details = self._details(draft, kind, payload, place)
        name = draft.payload.get("name") or _title(kind, details)
        stored: dict[str, Json] = {"name": name, "details": details, "type": action_type}
        if kind is ActionType.ASSIGN_OWNER:
            stored = {"related_details": None, **stored}
        return CheckedAction(draft.place, kind, draft.id, stored)

    def _details(
        self, draft: ActionDraft, kind: ActionType, payload: Mapping[str, Json], place: JsonPath
    ) -> dict[str, Json]:
        if kind is ActionType.ASSIGN_OWNER:
            return self._assignment(draft, payload, place)
        if payload.get("module") is not None:
            self._check_home(draft, payload["module"], place / "module", self.module)
        most = self.configuration.action[kind.value].limit_per_action or 1
        adds = kind is ActionType.ADD_TAGS
        return tags.read_tags(payload, place, self.module, self.context, most=most, adds=adds)

    def _assignment(self, draft: ActionDraft, payload: Mapping[str, Json], place: JsonPath) -> dict[str, Json]:
        if payload.get("module") is None:
            raise missing(place / "module")
        home, lookup = self.module, None
        related = draft.payload.get("related_details")
        # The service's sample says it twice, inside the details and beside them.
        for raw, at in ((payload, place), (related, draft.place / "related_details")):
            if lookup is None and isinstance(raw, dict) and raw.get("lookup_field") is not None:
                lookup, home = self._parent(raw["lookup_field"], at / "lookup_field")
        self._check_home(draft, payload["module"], place / "module", home)
        details = assign_owner.read_assignment(payload, place, self.module, home, self.context)
        stored: dict[str, Json] = {"module": references.shown(home), **details}
        return stored | ({"lookup_field": references.shown(lookup)} if lookup else {})

    def _check_home(self, draft: ActionDraft, raw: Json, place: JsonPath, home: Module) -> None:
        if references.module(raw, place, self.context.catalog) is not home:
            raise self._foreign(draft)


def _title(kind: ActionType, details: Mapping[str, Json]) -> str:
    if kind is ActionType.ASSIGN_OWNER:
        return assign_owner.title(details)
    tags = details["tags"]
    return ", ".join(str(tag["name"]) for tag in tags if isinstance(tag, dict)) if isinstance(tags, list) else ""
