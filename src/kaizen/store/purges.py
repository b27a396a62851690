"""What is kept for a while only: which rows are too old, and their removal, in portions of a table's own order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypeAlias

from kaizen.fields.kinds import ColumnKind
from kaizen.model.values import Values
from kaizen.store.json_text import from_text, to_text
from kaizen.store.session import listed, must_write
from kaizen.store.unit_of_work import Unit

Key: TypeAlias = int | str


class Kept(StrEnum):
    """A kind of rows that are kept for a while, in the order in which they are removed."""

    ACCESS_TOKENS = "access_tokens"
    REFRESH_TOKENS = "refresh_tokens"
    GRANTS = "grants"
    ACTIONS = "actions"
    MAILS = "mails"
    BIN = "bin"
    DELETED_IDS = "deleted_ids"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class _Purge:
    """One kind: its table, the key by which it is walked through, and the condition of rows (t) that are too old."""

    table: str
    too_old: str  #: each ? is the moment up to which rows are not kept
    key: str = "id"
    first: Key = 0  #: before all keys

    @property
    def kind(self) -> ColumnKind:
        return ColumnKind.TEXT if isinstance(self.first, str) else ColumnKind.INTEGER

    def values(self, moment: int) -> list[Any]:
        return [moment] * self.too_old.count("?")


#: A change is only removed when no other one of its record is kept, since reasons are worked out from those before;
#: nor while a rule is used up by it, an action waits because of it, or another one is a difference to it.
_HISTORY: Final = (
    "t.at < ? "
    "AND NOT EXISTS (SELECT 1 FROM kz_change n WHERE n.record_id = t.record_id AND n.at >= ?) "
    "AND NOT EXISTS (SELECT 1 FROM kz_consumed c WHERE c.record_id = t.record_id AND c.change_id = t.id) "
    "AND NOT EXISTS (SELECT 1 FROM kz_action a WHERE a.record_id = t.record_id AND a.change_id = t.id "
    "AND a.state = 'pending') "
    "AND NOT EXISTS (SELECT 1 FROM kz_change d WHERE d.record_id = t.record_id "
    """AND d.after LIKE '{"":' || CAST(t.id AS TEXT) || '%')"""
)

_PURGES: Final[Mapping[Kept, _Purge]] = {
    Kept.ACCESS_TOKENS: _Purge("kz_access_token", "t.expires_at < ?", "number"),
    Kept.REFRESH_TOKENS: _Purge(
        "kz_refresh_token",
        "t.revoked AND t.created_at < ? "
        "AND NOT EXISTS (SELECT 1 FROM kz_access_token a WHERE a.refresh_hash = t.token_hash)",
        "number",
    ),
    Kept.GRANTS: _Purge("kz_grant", "t.expires_at < ?", "code_hash", ""),
    # Those that failed wait for somebody to look at them.
    Kept.ACTIONS: _Purge("kz_action", "t.state IN ('done', 'cancelled') AND t.due_at < ?"),
    Kept.MAILS: _Purge("kz_mail", "t.state = 'sent' AND COALESCE(t.sent_at, t.created_at) < ?"),
    Kept.BIN: _Purge("kz_recycle_bin", "NOT t.permanent AND t.deleted_at < ?"),
    Kept.DELETED_IDS: _Purge("kz_recycle_bin", "t.deleted_at < ?"),
    Kept.HISTORY: _Purge("kz_change", _HISTORY),
}

#: What is left of a record that is not in the recycle bin any more, beside its name: who may hear of it.
_LEFT: Final = ("id", "Created_By", "Owner")


@dataclass(frozen=True, slots=True)
class Portion:
    """The rows of one portion that are too old, and where the next one begins; None: the table ends."""

    keys: Sequence[Key]
    next: Key | None


def first_key(kept: Kept) -> Key:
    """Return where the first portion begins."""
    return _PURGES[kept].first


def find(unit: Unit, kept: Kept, moment: int, after: Key, size: int) -> Portion:
    """Look at one portion of a table; reading it holds up nobody who writes."""
    purge = _PURGES[kept]
    rows = unit.session.rows(
        f"SELECT t.{purge.key}, CASE WHEN {purge.too_old} THEN 1 ELSE 0 END FROM {purge.table} t "
        f"WHERE t.{purge.key} > ? ORDER BY t.{purge.key} LIMIT ?",
        (*purge.values(moment), after, size),
    )
    return Portion([key for key, old in rows if old], rows[-1][0] if len(rows) == size else None)


def remove(unit: Unit, kept: Kept, moment: int, keys: Sequence[Key]) -> int:
    """Remove rows of a portion that are still too old; return how many."""
    must_write(unit.session)
    purge = _PURGES[kept]
    where = f"WHERE {unit.session.dialect.among(f't.{purge.key}', purge.kind)} AND {purge.too_old}"
    values = (*listed(unit.session, keys), *purge.values(moment))
    if kept is Kept.BIN:
        return _empty(unit, where, values)
    return unit.session.run(f"DELETE FROM {purge.table} AS t {where}", values)


def _empty(unit: Unit, where: str, values: Sequence[Any]) -> int:
    """Leave of records in the bin no more than their names."""
    rows = unit.session.rows(f"SELECT t.id, t.module, t.body FROM kz_recycle_bin t {where}", values)
    left = [(to_text(_left(unit, module)(from_text(body))), True, record) for record, module, body in rows]
    unit.session.run_many("UPDATE kz_recycle_bin SET body = ?, permanent = ? WHERE id = ?", left)
    return len(rows)


def _left(unit: Unit, name: str) -> Callable[[Values], Values]:
    module = unit.catalog.by_name.get(name)
    wanted = {*_LEFT, module.display_field if module is not None else ""}
    return lambda values: {key: value for key, value in values.items() if key in wanted}
