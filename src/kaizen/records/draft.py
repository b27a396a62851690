"""The options of a write, and the outcome of each of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from kaizen.model.problem import Problem, position
from kaizen.model.record import DIRECT, Origin
from kaizen.model.values import Id, Json, Value, Values
from kaizen.records.tags import TagName
from kaizen.vocabulary.automation import Event
from kaizen.vocabulary.codes import Code

#: Automations a write can ask for (reference: platform C.1).
TRIGGERS: Final = ("workflow", "approval", "blueprint", "pathfinder", "orchestration")

_NOTHING: Final[Values] = MappingProxyType({})

_PLACE: Final = position("", "").keys()

#: No automation at all.
NONE: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Options:
    """How one call's rows are to be read and written."""

    trigger: frozenset[str] | None = None  #: automations to run; None: all
    without_workflow: frozenset[str] = NONE  #: on `insert`, `update` or both no workflow rule runs
    origin: Origin = DIRECT
    unmodified_since: int | None = None  #: refuse records changed after this moment
    old_activities: bool = False  #: v2: `mm:ss` durations, one reminder as text
    short_duplicates: bool = False  #: v2: a duplicate names the record that has the value by its id alone
    bare_ids: bool = False  #: a lookup may be a plain id
    multiple_errors: bool = False  #: say all that is wrong with a row instead of the first
    duplicate_check_fields: tuple[str, ...] | None = None  #: upsert only; None: the module's own

    def trigger_of(self, event: Event) -> frozenset[str] | None:
        """Return the automations to run for one row, by what becomes of it; None: all."""
        if not self.without_workflow or _VERBS.get(event) not in self.without_workflow:
            return self.trigger
        return (frozenset(TRIGGERS) if self.trigger is None else self.trigger) - {"workflow"}


#: What requests call an event.
_VERBS: Final = {Event.CREATE: "insert", Event.EDIT: "update"}


@dataclass(slots=True)
class Draft:
    """One row on its way to becoming a record. It gathers problems; with any, it goes no further."""

    index: int  #: position in the request
    row: Mapping[str, Json]
    values: dict[str, Value]  #: what the request sets, read
    problems: list[Problem] = field(default_factory=list)
    record_id: Id = 0
    before: Values | None = None  #: the record as it is; None: it is new
    duplicate_field: str | None = None  #: upsert: the field by which the record was found
    tags: tuple[TagName, ...] | None = None  #: None: the request does not speak of tags
    origin: Origin | None = None  #: None: that of the whole call
    base: Id = 0  #: the change of the same write that left the record as `before` says; 0: not known
    #: Rows of subforms as the request has them, with their positions there.
    rows: dict[str, list[tuple[int, Values]]] = field(default_factory=dict)

    def path(self, name: str) -> str:
        """Return where in the request a field of this row is."""
        return f"$.data[{self.index}].{name}"

    def refuse(self, problem: Problem) -> None:
        """Note one thing that is wrong; a value of which nothing more is known than its place has its own message."""
        if problem.code is Code.INVALID_DATA and not problem.message and problem.details.keys() == _PLACE:
            message = f"The field value given for {problem.details['api_name']} is invalid"
            problem = Problem(problem.code, problem.details, message)
        self.problems.append(problem)

    def merged(self, name: str) -> Value:
        """Return the value a field will have."""
        if name in self.values:
            return self.values[name]
        return self.before.get(name) if self.before is not None else None


class RowOutcome(NamedTuple):
    """The outcome of one row: the record as it is now, or why the row was refused."""

    record_id: Id = 0
    values: Values = _NOTHING  #: the record's state; of a refused row, as far as there is one
    problem: Problem | None = None
    created: bool = False
    duplicate_field: str | None = None  #: upsert: the field by which the record was found


def refusal(draft: Draft, options: Options) -> Problem:
    """Return why a row was refused: the first problem, or all of them where the version has a form for that."""
    if options.multiple_errors and len(draft.problems) > 1:
        errors: list[Json] = [problem.body() for problem in draft.problems]
        return Problem(Code.MULTIPLE_OR_MULTI_ERRORS, {"errors": errors})
    return draft.problems[0]
