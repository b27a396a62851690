"""What an action of a rule asks for, whatever its kind."""

from kaizen.automation.actions.action_context import NOTHING_TO_DO, ActionContext
from kaizen.automation.actions.action_kind import EntityForm, InlineForm
from kaizen.automation.actions.kinds import ACTION_KINDS
from kaizen.automation.reaction import Action, Fired
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id


class ActionStep:
    """One action of a condition, read once for all the records for which it will be carried out."""

    __slots__ = ("_ask", "_idle", "_whose", "runs_when_deleted")

    def __init__(self, defined: RuleAction, rule_id: Id, condition_id: Id, group_id: Id = 0) -> None:
        kind = ACTION_KINDS[defined.type]
        self.runs_when_deleted = kind.runs_when_deleted
        self._whose = (rule_id, condition_id, group_id, action_of(defined))
        self._ask = kind.prepare(defined)
        self._idle = Fired(*self._whose, *NOTHING_TO_DO)

    def fire(self, context: ActionContext) -> Fired:
        """Return the effects of an action on a record as it is."""
        found = self._ask(context)
        return self._idle if found is NOTHING_TO_DO else Fired(*self._whose, *found)

    def fire_safely(self, context: ActionContext) -> Fired:
        """Do the same, but make of an action that cannot be evaluated a failed one."""
        try:
            return self.fire(context)
        except Exception as error:  # one broken action stops neither the others nor the write
            return self.failed(f"{type(error).__name__}: {error}")

    def failed(self, why: str) -> Fired:
        """Return the result of an action that failed."""
        return Fired(*self._whose, None, "failed", why)


def action_of(defined: RuleAction) -> Action:
    """Return the name of an action of a rule: its own, or one made from its details."""
    if defined.name:
        return Action(defined.id, defined.type, defined.name)
    match ACTION_KINDS[defined.type].form:
        case InlineForm(title=title):
            return Action(defined.id, defined.type, title(defined.details))
        case EntityForm():
            return Action(defined.id, defined.type)


def steps(actions: tuple[RuleAction, ...], rule_id: Id, condition_id: Id) -> tuple[ActionStep, ...]:
    """Read the instant actions of one condition, in the order in which they run; equals keep theirs."""
    ordered = sorted(actions, key=lambda action: ACTION_KINDS[action.type].order)
    return tuple(ActionStep(action, rule_id, condition_id) for action in ordered)
