"""Triggers that an event of the record alone pulls."""

from typing import Final

from kaizen.automation.triggers.trigger_kind import TriggerKind, says_repeat
from kaizen.vocabulary.automation import Event, TriggerType

CREATE: Final = TriggerKind(TriggerType.CREATE, frozenset({Event.CREATE}))
DELETE: Final = TriggerKind(TriggerType.DELETE, frozenset({Event.DELETE}))
EDIT: Final = TriggerKind(TriggerType.EDIT, frozenset({Event.EDIT}), recurs=True, read=says_repeat)
CREATE_OR_EDIT: Final = TriggerKind(
    TriggerType.CREATE_OR_EDIT, frozenset({Event.CREATE, Event.EDIT}), recurs=True, read=says_repeat
)
