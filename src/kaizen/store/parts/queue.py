"""What must still be carried out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kaizen.model.queued import QueuedAction
from kaizen.model.values import Id, Json
from kaizen.store.dataclass_table import Shape
from kaizen.store.json_text import to_text
from kaizen.store.session import Row, Session, must_write
from kaizen.vocabulary.automation import ActionState

_ACTIONS: Final = Shape(QueuedAction, "kz_action")

#: Written out, because the indexes of pending actions are partial.
_PENDING: Final = "state = 'pending'"


class QueueTables:
    """Queued actions (records.ports.ActionQueue); they are buffered, and written before any is read."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._queued: list[Row] = []
        self.soonest: int | None = None  #: when the first of what this unit queued falls due

    def queue(self, actions: Sequence[QueuedAction]) -> None:
        """Add actions to the queue."""
        must_write(self._session)
        self._queued.extend(map(_ACTIONS.row, actions))
        due = [action.due_at for action in actions]
        self.soonest = min(due if self.soonest is None else (self.soonest, *due), default=None)

    def due(self, at: int, limit: int) -> list[QueuedAction]:
        """Return pending actions due at or before a moment, in due order; PostgreSQL skips locked ones."""
        self.flush()
        locking = self._session.dialect.skip_locked if self._session.writable else ""
        rows = self._session.rows(
            f"{_ACTIONS.select}WHERE {_PENDING} AND due_at <= ? ORDER BY due_at, id LIMIT ?{locking}", (at, limit)
        )
        return _ACTIONS.items(rows)

    def next_due(self) -> int | None:
        """Return when the next pending action falls due."""
        self.flush()
        rows = self._session.rows(f"SELECT due_at FROM kz_action WHERE {_PENDING} ORDER BY due_at, id LIMIT 1")
        return int(rows[0][0]) if rows else None

    def close(self, action_id: Id, state: ActionState, detail: str = "") -> bool:
        """Close a pending action; False: it was closed already, so its effect must not happen again."""
        must_write(self._session)
        self.flush()
        statement = f"UPDATE kz_action SET state = ?, last_error = ? WHERE id = ? AND {_PENDING}"
        return bool(self._session.run(statement, (state.value, detail, action_id)))

    def postpone(self, action_id: Id, due_at: int, error: str, payload: Mapping[str, Json] | None = None) -> None:
        """Keep a failed attempt and try again later, with a new payload if one is given."""
        must_write(self._session)
        self.flush()
        self._session.run(
            "UPDATE kz_action SET due_at = ?, attempts = attempts + 1, last_error = ?, payload = COALESCE(?, payload) "
            f"WHERE id = ? AND {_PENDING}",
            (due_at, error, None if payload is None else to_text(payload), action_id),
        )

    def cancel(
        self,
        *,
        rule_id: Id | None = None,
        group_id: Id | None = None,
        action_id: Id | None = None,
        module: str | None = None,
        record_id: Id | None = None,
        reason: str = "",
    ) -> int:
        """Cancel the pending actions that match all that is given; return how many.

        `action_id` is the action of the rule, not the row of the queue.
        """
        must_write(self._session)
        self.flush()
        where, values = _where(
            rule_id=rule_id, group_id=group_id, action_id=action_id, module=module, record_id=record_id
        )
        statement = f"UPDATE kz_action SET state = ?, last_error = ? WHERE {_PENDING}{where}"
        return self._session.run(statement, (ActionState.CANCELLED.value, reason, *values))

    def queued(
        self,
        *,
        rule_id: Id | None = None,
        record_id: Id | None = None,
        state: ActionState | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[QueuedAction]:
        """Return queued actions in due order."""
        self.flush()
        pending = state is ActionState.PENDING
        where, values = _where(
            rule_id=rule_id, record_id=record_id, state=state.value if state and not pending else None
        )
        rows = self._session.rows(
            f"{_ACTIONS.select}WHERE {_PENDING if pending else '1 = 1'}{where} ORDER BY due_at, id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return _ACTIONS.items(rows)

    def queue_counts(self) -> dict[tuple[Id, Id, Id], int]:
        """Return pending actions by (rule, group, action)."""
        self.flush()
        rows = self._session.rows(
            f"SELECT rule_id, group_id, action_id, COUNT(*) FROM kz_action WHERE {_PENDING} "
            "GROUP BY rule_id, group_id, action_id"
        )
        return {(rule, group, action): count for rule, group, action, count in rows}

    def flush(self) -> None:
        """Write what is buffered."""
        if self._queued:
            self._session.load(_ACTIONS.insertion, self._queued)
            self._queued = []


def _where(**wanted: Any) -> tuple[str, list[Any]]:
    """Return conditions for what is given; the names are columns."""
    given = {column: value for column, value in wanted.items() if value is not None}
    return "".join(f" AND {column} = ?" for column in given), list(given.values())
