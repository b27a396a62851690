"""What adding tags gives: the named tags beside those that are there, or instead of them."""

from kaizen.automation.actions.situation import Outcome, Situation, failed
from kaizen.automation.actions.tagging import named, present, tagged
from kaizen.model.rule import RuleAction


def add_tags(action: RuleAction, situation: Situation) -> Outcome:
    """Return the record's tags with the named ones added; `over_write` drops the others."""
    added = named(action)
    if not added:
        return failed("the action names no tag")
    for tag in added:
        if not situation.circumstances.has_tag(situation.module, tag):
            return failed(f"there is no tag {tag} in {situation.module}")
    kept = () if action.details.get("over_write") is True else present(situation)
    return tagged(situation, (*kept, *(tag for tag in added if tag not in kept)))
