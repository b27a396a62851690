"""What the engine must know besides the change and the rule book; handed in, so that the engine stays pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kaizen.criteria.tree import Path
from kaizen.model.calendar import BusinessCalendar
from kaizen.model.catalog import Catalog
from kaizen.model.people import Organisation
from kaizen.model.values import Id, Value, Values


@dataclass(frozen=True)
class EngineContext:
    """What a reaction may ask of its surroundings. Callables are asked only when an answer is needed."""

    now: int  #: seconds since the epoch
    organisation: Organisation
    catalog: Catalog
    calendar: BusinessCalendar
    #: Rules with repeat false that a record has used up: rule -> change.
    consumed: Callable[[Id], Mapping[Id, Id]]
    #: Values behind lookups, for criteria like `Account_Name.Industry`: (module, values, paths) -> by key.
    related: Callable[[str, Values, frozenset[Path]], Mapping[str, Value]]
    #: Whether a user may own records: active and confirmed.
    may_own: Callable[[Id], bool]
    #: Members of a role, for an assignment to it.
    members: Callable[[Id], tuple[Id, ...]]
    #: 0, 1, 2, ... on successive calls for one action: the round robin.
    next_turn: Callable[[Id], int]
    #: The role of a user, for criteria that compare with it; 0: none.
    role_of: Callable[[Id], Id] = lambda _user: 0
    #: Whether there is a record that a lookup into a module can hold (`se_module`: into any): (module, record id).
    has_record: Callable[[str, Id], bool] = lambda _module, _record: True
    #: Whether a record is another, or lies below it by a lookup of its module into itself:
    #: (module, lookup, record id, id of the other).
    lies_below: Callable[[str, str, Id, Id], bool] = lambda _module, _lookup, _record, _other: False
    #: Whether a module has a tag: (module, tag id).
    has_tag: Callable[[str, Id], bool] = lambda _module, _tag: True
    #: How many steps of workflow-made writes may wake rules again; 0: none (reference: automation G.4).
    cascade: int = 0
