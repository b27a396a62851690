"""What an action of a rule asks for, whatever its kind."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from kaizen.automation.actions.action_context import NOTHING_TO_DO, ActionContext, Ask
from kaizen.automation.actions.add_tags import add_tags
from kaizen.automation.actions.assign_owner import assign_owner
from kaizen.automation.actions.email_notifications import email_notifications
from kaizen.automation.actions.field_updates import field_updates
from kaizen.automation.actions.remove_tags import remove_tags
from kaizen.automation.actions.tasks import tasks
from kaizen.automation.reaction import Fired, action_of
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id
from kaizen.vocabulary.automation import ActionType

#: How an action is read; what it names in the rule book is looked up whenever it is carried out.
_Read: TypeAlias = Callable[[RuleAction], Ask]

_ACTIONS: Final[Mapping[ActionType, _Read]] = {
    ActionType.FIELD_UPDATES: lambda action: partial(field_updates, action),
    ActionType.ADD_TAGS: add_tags,
    ActionType.REMOVE_TAGS: remove_tags,
    ActionType.ASSIGN_OWNER: lambda action: partial(assign_owner, action),
    ActionType.EMAIL_NOTIFICATIONS: lambda action: partial(email_notifications, action),
    ActionType.TASKS: lambda action: partial(tasks, action),
}

#: In which order the actions of one condition run (reference: automation G.3).
_ORDER: Final[Mapping[ActionType, int]] = {
    ActionType.FIELD_UPDATES: 0,
    ActionType.ADD_TAGS: 1,
    ActionType.REMOVE_TAGS: 1,
    ActionType.ASSIGN_OWNER: 2,
    ActionType.EMAIL_NOTIFICATIONS: 3,
    ActionType.TASKS: 4,
}


class ActionStep:
    """One action of a condition, read once for all the records for which it will be carried out."""

    __slots__ = ("_ask", "_idle", "_whose", "type")

    def __init__(self, defined: RuleAction, rule_id: Id, condition_id: Id, group_id: Id = 0) -> None:
        self.type = defined.type
        self._whose = (rule_id, condition_id, group_id, action_of(defined))
        self._ask = _ACTIONS[defined.type](defined)
        self._idle = Fired(*self._whose, *NOTHING_TO_DO)

    def fire(self, context: ActionContext) -> Fired:
        """Say what the action asks for on a record as it is."""
        found = self._ask(context)
        return self._idle if found is NOTHING_TO_DO else Fired(*self._whose, *found)

    def fire_safely(self, context: ActionContext) -> Fired:
        """Do the same, but make of an action that cannot be evaluated a failed one."""
        try:
            return self.fire(context)
        except Exception as error:  # one broken action stops neither the others nor the write
            return self.failed(f"{type(error).__name__}: {error}")

    def failed(self, why: str) -> Fired:
        """Say that the action could not be carried out."""
        return Fired(*self._whose, None, "failed", why)


def steps(actions: tuple[RuleAction, ...], rule_id: Id, condition_id: Id) -> tuple[ActionStep, ...]:
    """Read the instant actions of one condition, in the order in which they run; equals keep theirs."""
    ordered = sorted(actions, key=lambda action: _ORDER[action.type])
    return tuple(ActionStep(action, rule_id, condition_id) for action in ordered)
