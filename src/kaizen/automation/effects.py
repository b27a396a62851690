"""What an action of a rule asks for, whatever its kind."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from kaizen.automation.actions.add_tags import add_tags
from kaizen.automation.actions.assign_owner import assign_owner
from kaizen.automation.actions.email_notifications import email_notifications
from kaizen.automation.actions.field_updates import field_updates
from kaizen.automation.actions.remove_tags import remove_tags
from kaizen.automation.actions.situation import Outcome, Situation
from kaizen.automation.actions.tasks import tasks
from kaizen.automation.reaction import Fired, action_of
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id
from kaizen.vocabulary.automation import ActionType

_Action: TypeAlias = Callable[[RuleAction, Situation], Outcome]

_ACTIONS: Final[Mapping[ActionType, _Action]] = {
    ActionType.FIELD_UPDATES: field_updates,
    ActionType.ADD_TAGS: add_tags,
    ActionType.REMOVE_TAGS: remove_tags,
    ActionType.ASSIGN_OWNER: assign_owner,
    ActionType.EMAIL_NOTIFICATIONS: email_notifications,
    ActionType.TASKS: tasks,
}

#: In which order the actions of one condition run (reference: workflow rules G.3).
_ORDER: Final[Mapping[ActionType, int]] = {
    ActionType.FIELD_UPDATES: 0,
    ActionType.ADD_TAGS: 1,
    ActionType.REMOVE_TAGS: 1,
    ActionType.ASSIGN_OWNER: 2,
    ActionType.EMAIL_NOTIFICATIONS: 3,
    ActionType.TASKS: 4,
}


def in_order(actions: tuple[RuleAction, ...]) -> list[RuleAction]:
    """Put the actions of one condition into the order in which they run; equals keep theirs."""
    return sorted(actions, key=lambda action: _ORDER[action.type]) if len(actions) > 1 else list(actions)


def fire(action: RuleAction, situation: Situation, rule_id: Id, condition_id: Id, group_id: Id = 0) -> Fired:
    """Say what an action asks for on a record as it is."""
    found = _ACTIONS[action.type](action, situation)
    return Fired(rule_id, condition_id, group_id, action_of(action), *found)


def fire_safely(action: RuleAction, situation: Situation, rule_id: Id, condition_id: Id) -> Fired:
    """Do the same, but make of an action that cannot be evaluated a failed one."""
    try:
        return fire(action, situation, rule_id, condition_id)
    except Exception as error:  # one broken action stops neither the others nor the write
        return Fired(rule_id, condition_id, 0, action_of(action), None, "failed", f"{type(error).__name__}: {error}")
