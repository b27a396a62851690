"""What an action looks at, and what it answers."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from kaizen.automation.effect_types import Effect
from kaizen.automation.engine_context import EngineContext
from kaizen.automation.rule_book import RuleBook
from kaizen.criteria.tree import Path, key_of
from kaizen.model.values import Id, Json, Value, Values


class ActionContext(NamedTuple):
    """One record at the moment an action is carried out for it."""

    module: str  #: api_name
    record_id: Id
    values: Values
    book: RuleBook
    engine: EngineContext

    def read(self, path: Path) -> Value:
        """Return the value of a field, perhaps behind lookups."""
        if len(path) == 1:
            return self.values.get(path[0])
        return self.engine.related(self.module, self.values, frozenset((path,))).get(key_of(path))


class ActionResult(NamedTuple):
    """What an action asks for, or why it asks for nothing."""

    effect: Effect | None
    outcome: str = "done"  #: done, nothing_to_do, failed
    detail: str = ""


#: What an action asks for on a record; the action itself was read before.
Ask: TypeAlias = Callable[[ActionContext], ActionResult]

#: Everything is already as the action wants it.
NOTHING_TO_DO: Final = ActionResult(None, "nothing_to_do")


def failed(why: str) -> ActionResult:
    """Return the result of an action that failed."""
    return ActionResult(None, "failed", why)


def nothing_to_do(why: str) -> ActionResult:
    """Return the result of an action that does not apply, with the reason."""
    return ActionResult(None, "nothing_to_do", why)


def differing(wanted: Values, current: Values) -> dict[str, Value]:
    """Return the wanted values that the record does not hold yet."""
    return {name: value for name, value in wanted.items() if current.get(name) != value}


def id_in(reference: Json) -> Id | None:
    """Return the id of `{"id": ...}`, or of a bare id."""
    given = reference.get("id") if isinstance(reference, dict) else reference
    if type(given) is str:
        return int(given) if given.isdecimal() else None
    return given if type(given) is int else None
