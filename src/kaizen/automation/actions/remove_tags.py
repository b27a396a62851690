"""What removing tags gives: the record's tags without the named ones."""

from kaizen.automation.actions.situation import Outcome, Situation
from kaizen.automation.actions.tagging import named, present, tagged
from kaizen.model.rule import RuleAction


def remove_tags(action: RuleAction, situation: Situation) -> Outcome:
    """Return the record's tags without the named ones."""
    removed = named(action)
    return tagged(situation, (tag for tag in present(situation) if tag not in removed))
