"""What an operator wants to see of a database: what waits, how late it is, how much room it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kaizen.store.unit_of_work import Unit

_WAITING: Final = "SELECT kind, COUNT(*), MIN(due_at) FROM kz_action WHERE state = 'pending' GROUP BY kind"
_MAILS: Final = "SELECT state, COUNT(*) FROM kz_mail GROUP BY state"


@dataclass(frozen=True, slots=True)
class Measures:
    """The numbers of one moment."""

    waiting: Mapping[str, int]  #: queued actions by kind
    late: int  #: seconds since the first of them fell due
    mails: Mapping[str, int]  #: by state
    size: int  #: bytes of the database


def measure(unit: Unit) -> Measures:
    """Count what waits; each of the two counts reads an index."""
    session = unit.session
    waiting = session.rows(_WAITING)
    first = min((due for *_, due in waiting), default=unit.now)
    return Measures(
        waiting={kind: count for kind, count, _ in waiting},
        late=max(0, unit.now - first),
        mails=dict(session.rows(_MAILS)),
        size=int(session.rows(session.dialect.size)[0][0]),
    )
