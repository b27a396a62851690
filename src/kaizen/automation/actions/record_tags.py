"""What adding and removing tags share: which tags an action names, and which a record has."""

from typing import Final

from kaizen.automation.actions.action_context import NOTHING_TO_DO, ActionContext, ActionResult, failed, id_in
from kaizen.automation.effect_types import SetFields
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id

FIELD: Final = "Tag"
#: How many tags one record may have (reference: platform C.15).
LIMIT: Final = 10


def named(action: RuleAction) -> tuple[Id, ...]:
    """Return the ids of the tags an action names; they were resolved when the rule was saved."""
    tags = action.details.get("tags")
    if not isinstance(tags, (list, tuple)):
        return ()
    found = [each for each in map(id_in, tags) if each is not None]
    return tuple(dict.fromkeys(found))


def present(context: ActionContext) -> tuple[Id, ...]:
    """Return the ids of the tags the record has."""
    tags = context.values.get(FIELD)
    return tags if isinstance(tags, tuple) else ()  # type: ignore[return-value]  # the field holds ids


def tagged(context: ActionContext, wanted: tuple[Id, ...]) -> ActionResult:
    """Ask for exactly these tags."""
    if wanted == present(context):
        return NOTHING_TO_DO
    if len(wanted) > LIMIT:
        return failed(f"a record has at most {LIMIT} tags; this one would have {len(wanted)}")
    return ActionResult(SetFields({FIELD: wanted or None}))
