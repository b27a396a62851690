"""The actions of one block: which are legal there, how many, and what their details mean."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.automation.actions.action_kind import ActionKind, EntityForm, InlineForm
from kaizen.automation.actions.action_payload import ActionPayload, CheckedAction, foreign
from kaizen.automation.actions.kinds import ACTION_KINDS
from kaizen.automation.configurations import Configuration
from kaizen.automation.payload.rules.parse import ActionDraft, too_many_actions
from kaizen.automation.payload.rules.triggers import CheckedTrigger
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import ambiguous, invalid, missing, needed_by, not_run, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Module
from kaizen.model.problem import UNKNOWN_ID
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ASSOCIATE_TYPES, ActionType
from kaizen.vocabulary.codes import Code

_TYPES: Final = frozenset(action.value for action in ActionType)
#: Inline actions whose details are mandatory by themselves, with what these must hold (reference: automation F.2).
_MANDATORY_DETAILS: Final = {"circuits": "circuit_id"}


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
        if not isinstance(action_type, str) or action_type not in _TYPES:
            raise invalid(at_type)
        facts = self.configuration.action.get(action_type)
        if facts is None:
            raise foreign(self.rule, draft.place)
        if action_type not in self.trigger.offered.actions:
            raise ambiguous((self.trigger.place / "type", at_type), "action not supported for this trigger")
        if self.scheduled and not (facts.scheduled and self.trigger.offered.scheduled):
            raise refused(Code.NOT_ALLOWED, at_type, "The unsupported action is given")

    def _read(self, draft: ActionDraft) -> CheckedAction:
        action_type = str(draft.payload["type"])
        if action_type not in ASSOCIATE_TYPES:
            _demand_details(draft, action_type)
        elif not draft.has_id:
            raise needed_by(draft.place / "id", draft.place / "type")
        kind = ACTION_KINDS.get(action_type)
        if kind is None:
            raise not_run(draft.place / "type", f"the action {action_type}")
        if draft.stored and draft.id is not None:
            return CheckedAction(draft.place, kind.type, draft.id, dict(draft.payload))
        payload = self._payload(draft, kind)
        match kind.form:
            case EntityForm() as form:
                return self._associate(draft, kind, form, payload)
            case InlineForm() as form:
                return _inline(draft, kind, form, payload)

    def _associate(
        self, draft: ActionDraft, kind: ActionKind, form: EntityForm, payload: ActionPayload
    ) -> CheckedAction:
        entity = self.context.document(form.document, draft.id) if draft.id is not None else None
        if entity is None:
            raise invalid(draft.place / "id", UNKNOWN_ID)
        related = form.related(payload)
        if entity.module != related.home.api_name:
            raise foreign(self.rule, draft.place)
        stored: dict[str, Json] = {"name": entity.name, "id": str(entity.id), "type": kind.type.value, **related.stored}
        return CheckedAction(draft.place, kind.type, entity.id, stored)

    def _payload(self, draft: ActionDraft, kind: ActionKind) -> ActionPayload:
        def part(key: str) -> BodyReader:
            given = draft.payload.get(key)
            return BodyReader(given if isinstance(given, dict) else {}, draft.place / key)

        most = self.configuration.action[kind.type].limit_per_action or 1
        return ActionPayload(
            self.rule, draft.place, part("details"), part("related_details"), self.module, most, self.context
        )


def _demand_details(draft: ActionDraft, action_type: str) -> None:
    place, payload = draft.place / "details", draft.payload.get("details")
    mandatory = _MANDATORY_DETAILS.get(action_type)
    if mandatory is not None and not (isinstance(payload, dict) and payload.get(mandatory) is not None):
        raise missing(place)
    if not isinstance(payload, dict):
        raise needed_by(place, draft.place / "type")


def _inline(draft: ActionDraft, kind: ActionKind, form: InlineForm, payload: ActionPayload) -> CheckedAction:
    details = form.read(payload)
    name = draft.payload.get("name") or form.title(details)
    stored: dict[str, Json] = {**form.more, "name": name, "details": details, "type": kind.type.value}
    return CheckedAction(draft.place, kind.type, draft.id, stored)


def check_together(actions: Sequence[CheckedAction]) -> None:
    """Refuse actions that cannot stand beside each other in one rule."""
    for action in actions:
        if isinstance(form := ACTION_KINDS[action.type].form, InlineForm):
            form.check_beside(action, actions)
