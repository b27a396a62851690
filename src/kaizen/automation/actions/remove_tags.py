"""Removing tags: the record's tags without the named ones."""

from collections.abc import Sequence
from typing import Final

from kaizen.automation.actions.action_context import ActionContext, ActionResult, Ask
from kaizen.automation.actions.action_kind import ActionKind, InlineForm
from kaizen.automation.actions.action_payload import CheckedAction
from kaizen.automation.actions.record_tags import named, present, read_tags, show_tags, tagged, title, touches_tags
from kaizen.automation.reading.stored_body import object_in
from kaizen.json_body.errors import invalid
from kaizen.model.rule import RuleAction
from kaizen.vocabulary.automation import ActionType


def _check_beside(action: CheckedAction, others: Sequence[CheckedAction]) -> None:
    """Refuse to take tags away in a rule that also replaces them all."""
    if any(object_in(other.stored.get("details")).get("over_write") is True for other in others):
        raise invalid(action.place / "type", "Remove tag not supported with Overwrite Add Tag")


def _prepare(action: RuleAction) -> Ask:
    removed = named(action)

    def ask(context: ActionContext) -> ActionResult:
        return tagged(context, tuple(tag for tag in present(context) if tag not in removed))

    return ask


KIND: Final = ActionKind(
    type=ActionType.REMOVE_TAGS,
    order=1,
    form=InlineForm(read=read_tags, title=title, show=show_tags, check_beside=_check_beside),
    prepare=_prepare,
    touches=touches_tags,
)
