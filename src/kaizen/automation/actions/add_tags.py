"""What adding tags gives: the named tags beside those that are there, or instead of them."""

from kaizen.automation.actions.action_context import NOTHING_TO_DO, Ask, Outcome, Situation, failed
from kaizen.automation.actions.record_tags import named, present, tagged
from kaizen.model.rule import RuleAction


def add_tags(action: RuleAction) -> Ask:
    """Ask for the record's tags with the named ones added; `over_write` drops the others."""
    added, over_write = named(action), action.details.get("over_write") is True

    def ask(situation: Situation) -> Outcome:
        if not added:
            return failed("the action names no tag")
        kept = () if over_write else present(situation)
        missing = [tag for tag in added if tag not in kept]
        if not missing:
            return NOTHING_TO_DO
        for tag in missing:
            if not situation.circumstances.has_tag(situation.module, tag):
                return failed(f"there is no tag {tag} in {situation.module}")
        return tagged(situation, (*kept, *missing))

    return ask
