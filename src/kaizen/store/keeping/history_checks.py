"""Whether the log of changes can be read: every state in it, and what it refers to."""

from collections.abc import Iterator
from typing import Final

from kaizen.records.ports import KeptChange
from kaizen.store.keeping.result import EXAMPLES, Checked
from kaizen.store.unit_of_work import Unit

_PORTION: Final = 1_000
#: What reading a row raises that refers to something that is not there, or holds what nobody wrote.
_UNREADABLE: Final = (KeyError, ValueError, TypeError, IndexError, AttributeError)


def check_history(unit: Unit) -> Checked:
    """Read every change."""
    rows, problems, examples = 0, 0, list[str]()
    for module in _modules(unit):
        after = 0
        while ids := _ids(unit, module, after):
            rows, after = rows + len(ids), ids[-1]
            for change_id in _unreadable(unit, module, ids):
                problems += 1
                examples += [f"change {change_id} of {module} cannot be read"] if len(examples) < EXAMPLES else []
    later = _later_books(unit)
    return Checked("history", rows, problems + len(later), (*examples, *later)[:EXAMPLES])


def _modules(unit: Unit) -> list[str]:
    return [module for (module,) in unit.session.rows("SELECT DISTINCT module FROM kz_change ORDER BY module")]


def _ids(unit: Unit, module: str, after: int) -> list[int]:
    ask = "SELECT id FROM kz_change WHERE module = ? AND id > ? ORDER BY id LIMIT ?"
    return [change_id for (change_id,) in unit.session.rows(ask, (module, after, _PORTION))]


def _unreadable(unit: Unit, module: str, ids: list[int]) -> Iterator[int]:
    """Give the changes of a portion that cannot be read."""
    try:
        found = unit.changes_of(module, ids[0] - 1, len(ids))
    except _UNREADABLE:
        if len(ids) == 1:
            yield ids[0]
            return
        half = len(ids) // 2
        yield from _unreadable(unit, module, ids[:half])
        yield from _unreadable(unit, module, ids[half:])
        return
    yield from (kept.change.id for kept in found if _lacks_base(kept))


def _lacks_base(kept: KeptChange) -> bool:
    """Return whether a difference was read without what it differs from: only then its mark is left."""
    return "" in (kept.change.after or {})


def _later_books(unit: Unit) -> list[str]:
    statement = (
        "SELECT c.id, c.book_version FROM kz_change c, kz_state s WHERE c.book_version > s.book ORDER BY c.id LIMIT ?"
    )
    found = unit.session.rows(statement, (EXAMPLES,))
    return [
        f"change {change} was made under version {version} of the rules, which is to come" for change, version in found
    ]
