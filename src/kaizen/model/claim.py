"""What a unit of work looks up and then writes as one step, so that no other unit does either in between."""

from typing import NamedTuple

from kaizen.model.values import Value


class Claim(NamedTuple):
    """One thing that only one unit at a time may look up and write: a value of a field, a place in a hierarchy."""

    of: str  #: what it is: `Leads.Email`
    value: Value = ""
    indexed: bool = False  #: a unique index refuses a second one anyway, so that claiming only orders who waits
