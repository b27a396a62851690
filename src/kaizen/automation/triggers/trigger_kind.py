"""What a trigger is: which events wake its rules, what its details say, and which changes of a record it waits for.

`kinds` lists the declarations.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.criteria.tree import Criteria
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import needed_by
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Catalog, Module
from kaizen.model.values import Json
from kaizen.vocabulary.automation import Event, TriggerType


@dataclass(frozen=True, slots=True)
class TriggerPayload:
    """What the reader of a trigger's details is handed."""

    place: JsonPath  #: where the trigger stands
    details: BodyReader
    module: Module  #: the rule's
    context: PayloadContext
    stored: bool  #: it was accepted before, and is kept by a change of the rule

    def must_say(self, name: str) -> Json:
        """Return a detail that the trigger demands."""
        if not self.details.has(name):
            raise needed_by(self.details.path / name, self.place / "type")
        return self.details.given[name]


def says_nothing(_payload: TriggerPayload) -> dict[str, Json]:
    """Read a trigger that has no details."""
    return {}


def says_repeat(payload: TriggerPayload) -> dict[str, Json]:
    """Read a trigger that must say whether its rules act again for the same record (reference: automation F.2, P6)."""
    return {"repeat": payload.must_say("repeat")}


@dataclass(frozen=True, slots=True)
class TriggerKind:
    """One trigger."""

    type: TriggerType
    events: frozenset[Event]  #: what must happen to a record of the rule's module
    #: Whether it can hold more than once for one record, so that `repeat` means something.
    recurs: bool = False
    #: The details as they are stored; raises RefusedError.
    read: Callable[[TriggerPayload], dict[str, Json]] = says_nothing
    #: Which change of which fields wakes a rule, by its stored details; None: the event alone does.
    #: Where any change of a field will do, the value is ANY_VALUE.
    watched: Callable[[Mapping[str, Json], Module, Catalog], Criteria | None] | None = None
