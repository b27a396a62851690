"""What assigning an owner gives: a user, the next of several, a member of a role, or a user the record names."""

from collections.abc import Mapping
from typing import Final

from kaizen.automation.actions.action_context import ActionContext, ActionResult, failed, id_in, nothing_to_do
from kaizen.automation.actions.target import target_of
from kaizen.automation.merge_fields import MergeField, only_token
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id, Json

_OWNER: Final = "Owner"
#: Options of the payload that this server stores and says it does not carry out.
_NOT_CARRIED_OUT: Final = ("notify", "apply_assignment_threshold", "user_availability_based_on")


def assign_owner(action: RuleAction, context: ActionContext) -> ActionResult:
    """Return the new owner.

    Users who are inactive or unconfirmed are passed over; when nobody is left the owner stays
    (reference: automation B.5.1).
    """
    target = target_of(context, action.details, (_OWNER,))
    if isinstance(target, ActionResult):
        return target
    candidates = _candidates(action, context)
    if isinstance(candidates, ActionResult):
        return candidates
    able = [each for each in dict.fromkeys(candidates) if context.engine.may_own(each)]
    if not able:
        return nothing_to_do("nobody to assign to is active and confirmed; the owner stays")
    # One candidate needs no turn: the ledger of turns is only written when there is a choice.
    turn = context.engine.next_turn(action.id) if len(able) > 1 else 0
    outcome = target.set({_OWNER: able[turn % len(able)]})
    left_out = [option for option in _NOT_CARRIED_OUT if action.details.get(option)]
    return outcome._replace(detail=f"not carried out by this server: {', '.join(left_out)}") if left_out else outcome


def _candidates(action: RuleAction, context: ActionContext) -> list[Id] | ActionResult:
    found: list[Id] = []
    assign_to = action.details.get("assign_to")
    for each in assign_to if isinstance(assign_to, list | tuple) else ():
        if not isinstance(each, Mapping):
            return failed("assign_to holds something that is no object")
        match each.get("type"):
            case "user":
                user = id_in(each.get("resource"))
                found += [user] if user is not None else []
            case "role":
                role = id_in(each.get("resource"))
                found += context.engine.members(role) if role is not None else ()
            case "merge_field":
                found += _named_by_record(each.get("details"), context)
            case other:
                return failed(f"assigning to a {other} is not carried out by this server")
    return found


def _named_by_record(details: Json, context: ActionContext) -> tuple[Id, ...]:
    token = only_token(str(details.get("api_name"))) if isinstance(details, Mapping) else None
    value = context.read(token.path) if isinstance(token, MergeField) else None
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else ()
