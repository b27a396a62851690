"""What adding tags gives: the named tags beside those that are there, or instead of them."""

from kaizen.automation.actions.action_context import NOTHING_TO_DO, ActionContext, ActionResult, Ask, failed
from kaizen.automation.actions.record_tags import named, present, tagged
from kaizen.model.rule import RuleAction


def add_tags(action: RuleAction) -> Ask:
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
