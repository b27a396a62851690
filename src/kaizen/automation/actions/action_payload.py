"""One action of a rule as a client describes it, and as it is stored once it was accepted."""

from dataclasses import dataclass
from typing import Final

from kaizen.automation.reading import references
from kaizen.automation.reading.payload_context import PayloadContext
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError, ambiguous, invalid
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Field, Module
from kaizen.model.values import Id, Json
from kaizen.vocabulary.automation import ActionType
from kaizen.vocabulary.data_types import DataType

_LOOKUP: Final = references.Wording("invalid data")


@dataclass(frozen=True, slots=True)
class ActionPayload:
    """What the reader of one action is handed; its type was found to be legal where it stands."""

    rule: JsonPath  #: where the rule stands
    place: JsonPath  #: where the action stands
    details: BodyReader  #: `details`, empty where there are none
    related: BodyReader  #: `related_details`, empty where there are none
    module: Module  #: the rule's
    most: int  #: how many items one action of the type may hold
    context: PayloadContext

    def parent(self, raw: Json, place: JsonPath) -> tuple[Field, Module]:
        """Find the lookup behind which the record lies that an action changes, and the module of that record."""
        lookup = references.field(raw, place, self.module, _LOOKUP)
        parent = self.context.catalog.by_name.get(lookup.lookup_module or "")
        if parent is None or lookup.data_type is not DataType.LOOKUP:
            raise invalid(place)
        return lookup, parent

    def check_home(self, home: Module) -> None:
        """Refuse details that name another module than the one in which the action acts."""
        if self.details.has("module"):
            at = self.details.path / "module"
            if references.module(self.details.given["module"], at, self.context.catalog) is not home:
                raise foreign(self.rule, self.place)


@dataclass(frozen=True, slots=True)
class CheckedAction:
    """One legal action as it is stored; `id` is None for an inline action that is new."""

    place: JsonPath
    type: ActionType
    id: Id | None
    stored: dict[str, Json]


def foreign(rule: JsonPath, action: JsonPath) -> RefusedError:
    """Refuse an action that the module does not have."""
    return ambiguous((rule / "module", action / "type"), "action not supported for this module")
