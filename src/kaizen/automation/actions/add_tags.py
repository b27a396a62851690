"""Adding tags: the named tags beside those that are there, or instead of them."""

from typing import Final

from kaizen.automation.actions.action_context import NOTHING_TO_DO, ActionContext, ActionResult, Ask, failed
from kaizen.automation.actions.action_kind import ActionKind, InlineForm
from kaizen.automation.actions.action_payload import ActionPayload
from kaizen.automation.actions.record_tags import named, present, read_tags, show_tags, tagged, title, touches_tags
from kaizen.json_body import json_types
from kaizen.model.rule import RuleAction
from kaizen.model.values import Json
from kaizen.vocabulary.automation import ActionType


def _read(payload: ActionPayload) -> dict[str, Json]:
    return {**read_tags(payload), "over_write": _overwrites(payload)}


def _overwrites(payload: ActionPayload) -> bool:
    # One of the service's own samples spells it without the underscore (reference: automation C20).
    details = payload.details
    for key in ("over_write", "overwrite"):
        if details.has(key):
            return json_types.boolean(details.given[key], details.path / key)
    return False


def _prepare(action: RuleAction) -> Ask:
    """Ask for the record's tags with the named ones added; `over_write` drops the others."""
    added, over_write = named(action), action.details.get("over_write") is True

    def ask(context: ActionContext) -> ActionResult:
        if not added:
            return failed("the action names no tag")
        kept = () if over_write else present(context)
        missing = [tag for tag in added if tag not in kept]
        if not missing:
            return NOTHING_TO_DO
        for tag in missing:
            if not context.engine.has_tag(context.module, tag):
                return failed(f"there is no tag {tag} in {context.module}")
        return tagged(context, (*kept, *missing))

    return ask


KIND: Final = ActionKind(
    type=ActionType.ADD_TAGS,
    order=1,
    form=InlineForm(read=_read, title=title, show=show_tags),
    prepare=_prepare,
    touches=touches_tags,
)
