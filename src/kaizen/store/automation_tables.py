"""What automation remembers: changes and reactions, used-up rules, usage counts, turns."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kaizen.automation.reaction import NOTHING
from kaizen.model.record import DIRECT, Change
from kaizen.model.values import Id
from kaizen.records.ports import KeptChange, UsageCount
from kaizen.store.base import Opened
from kaizen.store.json_text import from_text, present, to_text, tuples
from kaizen.store.reaction_codec import ReactionTables
from kaizen.store.session import Insertion, Row
from kaizen.vocabulary.automation import Event

_CHANGES: Final = Insertion(
    "kz_change",
    (
        "id",
        "module",
        "record_id",
        "event",
        "at",
        "actor_id",
        "book_version",
        "before",
        "after",
        "origin",
        "triggers",
        "reaction",
        "related",
    ),
)
_READ_CHANGES: Final = f"SELECT {', '.join(_CHANGES.columns)} FROM kz_change WHERE record_id = ? AND module = ?"
_AFTER: Final = _CHANGES.columns.index("after")
#: Stands among the values of a state where they are a difference to that after another change, whose id it holds.
#: No field has such a name.
_BASE: Final = ""
_HAS_BASE: Final = f'{{"{_BASE}":'
_CONSUMED: Final = Insertion("kz_consumed", ("record_id", "rule_id", "change_id"))

_ADD_USAGE: Final = (
    "INSERT INTO kz_usage (rule_id, condition_id, group_id, action_id, day, shard, success, failure, last_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (rule_id, day, condition_id, group_id, action_id, shard) DO UPDATE SET "
    "success = kz_usage.success + excluded.success, failure = kz_usage.failure + excluded.failure, "
    "last_at = CASE WHEN excluded.last_at > kz_usage.last_at THEN excluded.last_at ELSE kz_usage.last_at END"
)


class AutomationTables(ReactionTables):
    """The memory of the rules engine."""

    def __init__(self, opened: Opened) -> None:
        super().__init__(opened)
        self._kept: list[Row] = []
        self._consuming: dict[tuple[Id, Id], Id] = {}
        self._counts: list[UsageCount] = []

    def keep_changes(self, changes: Sequence[KeptChange]) -> None:
        """Add changes to the log."""
        self._must_write()
        self._kept += [self._change_row(kept) for kept in changes]

    def changes(self, module: str, record_id: Id, limit: int = 200, offset: int = 0) -> list[KeptChange]:
        """Return a record's changes, newest first."""
        self._write_changes()
        rows = self._session.rows(
            _READ_CHANGES + " ORDER BY at DESC, id DESC LIMIT ? OFFSET ?", (record_id, module, limit, offset)
        )
        return self._kept_changes(rows)

    def changes_of(self, module: str, after: Id = 0, limit: int = 1000) -> list[KeptChange]:
        """Return the changes of a module in the order in which they were made, those after one change."""
        self._write_changes()
        rows = self._session.rows(
            f"SELECT {', '.join(_CHANGES.columns)} FROM kz_change WHERE module = ? AND id > ? ORDER BY id LIMIT ?",
            (module, after, limit),
        )
        return self._kept_changes(rows)

    def consumed(self, record_id: Id) -> Mapping[Id, Id]:
        """Return the rules with repeat false that fired for a record: rule id -> id of the change."""
        rows = self._session.rows("SELECT rule_id, change_id FROM kz_consumed WHERE record_id = ?", (record_id,))
        consumed: dict[Id, Id] = dict(rows)
        if self._consuming:
            consumed |= {rule: change for (record, rule), change in self._consuming.items() if record == record_id}
        return consumed

    def consume(self, rule_id: Id, record_id: Id, change_id: Id) -> None:
        """Note that a rule fired for a record; the first change that did so stays."""
        self._must_write()
        self._consuming.setdefault((record_id, rule_id), change_id)

    def forget_consumed(self, rule_id: Id) -> None:
        """Let a rule fire again for every record (its execute_when changed)."""
        self._must_write()
        self._consuming = {key: change for key, change in self._consuming.items() if key[1] != rule_id}
        self._session.run("DELETE FROM kz_consumed WHERE rule_id = ?", (rule_id,))

    def tally(self, counts: Iterable[UsageCount]) -> None:
        """Add to the usage counts."""
        self._must_write()
        self._counts += counts

    def usage(self, rule_id: Id, since: str, until: str) -> list[UsageCount]:
        """Return what happened from one day to another, both included, by day."""
        self._write_counts()
        rows = self._session.rows(
            "SELECT rule_id, condition_id, group_id, action_id, day, "
            "CAST(SUM(success) AS BIGINT), CAST(SUM(failure) AS BIGINT), MAX(last_at) FROM kz_usage "
            "WHERE rule_id = ? AND day >= ? AND day <= ? GROUP BY rule_id, condition_id, group_id, action_id, day "
            "ORDER BY day, condition_id, group_id, action_id",
            (rule_id, since, until),
        )
        return [UsageCount(*row) for row in rows]

    def last_executed(self, rule_ids: Iterable[Id]) -> dict[Id, int]:
        """Return when each rule that ever ran did so last."""
        wanted = list(rule_ids)
        if not wanted:
            return {}
        self._write_counts()
        rows = self._session.rows(
            # A trigger alone (condition 0) is no execution.
            f"SELECT rule_id, MAX(last_at) FROM kz_usage WHERE {self._dialect.among('rule_id')} "
            "AND condition_id <> 0 GROUP BY rule_id",
            self._among(wanted),
        )
        return dict(rows)

    def next_turn(self, action_id: Id) -> int:
        """Return 0, 1, 2, ... on successive calls: the round robin of an owner assignment."""
        self._must_write()
        rows = self._session.rows(
            "INSERT INTO kz_turn (action_id, turn) VALUES (?, 0) "
            "ON CONFLICT (action_id) DO UPDATE SET turn = kz_turn.turn + 1 RETURNING turn",
            (action_id,),
        )
        return int(rows[0][0])

    def flush(self) -> None:
        """Write what is buffered."""
        self._write_changes()
        self._write_consumed()
        self._write_counts()
        super().flush()

    def _write_changes(self) -> None:
        if self._kept:
            self._session.load(_CHANGES, self._kept)
            self._kept = []

    def _write_consumed(self) -> None:
        if self._consuming:
            rows = [(record, rule, change) for (record, rule), change in self._consuming.items()]
            self._session.run_many(_CONSUMED.text + " ON CONFLICT (record_id, rule_id) DO NOTHING", rows)
            self._consuming = {}

    def _write_counts(self) -> None:
        if self._counts:
            # In one order, so that transactions wait for each other and never in a circle.
            counts, self._counts = sorted(_sums(self._counts)), []
            shard = self._session.shard
            self._session.run_many(_ADD_USAGE, [(*count[:5], shard, *count[5:]) for count in counts])

    def _change_row(self, kept: KeptChange) -> Row:
        """Return a change's row: the state after it in full, of the state before only what differs.

        What a rule changed right after a write is kept as a difference to the entry of that write.
        """
        change, reaction = kept.change, kept.reaction
        before, after, origin, trigger = change.before, change.after, change.origin, change.trigger
        before_text = after_text = None
        if after is not None:
            before_text = None if before is None else to_text({name: before.get(name) for name in change.changed})
            if change.base:
                after_text = to_text({_BASE: change.base} | {name: after.get(name) for name in change.changed})
            else:
                after_text = self._packed(after)
        elif before is not None:
            before_text = self._packed(before)
        return (
            change.id,
            change.module,
            change.record_id,
            str(change.event),
            change.at,
            change.actor_id,
            kept.book_version,
            before_text,
            after_text,
            None if origin is DIRECT else self._packed_origin(origin),
            None if trigger is None else to_text(sorted(trigger)),
            self._packed_reaction(reaction),
            to_text(kept.related) if kept.related else None,
        )

    def _kept_changes(self, rows: Sequence[Row]) -> list[KeptChange]:
        texts = {row[0]: row[_AFTER] for row in rows}
        bases = {row[0]: from_text(row[_AFTER])[_BASE] for row in rows if (row[_AFTER] or "").startswith(_HAS_BASE)}
        missing = set(bases.values()) - texts.keys()
        if missing:
            among = self._dialect.among("id")
            texts |= self._session.rows(f"SELECT id, after FROM kz_change WHERE {among}", self._among(sorted(missing)))
        return [self._kept_change(row, texts.get(bases.get(row[0], 0))) for row in rows]

    def _kept_change(self, row: Row, base_text: str | None) -> KeptChange:
        id_, module, record_id, event, at, actor_id, book_version, *texts = row
        before_text, after_text, origin, trigger, reaction, related = texts
        before = None if before_text is None else self._unpacked(before_text)
        after = None if after_text is None else self._unpacked(after_text)
        if after is not None and base_text is not None:
            after = {**self._unpacked(base_text), **after}
            del after[_BASE]
        if before is not None and after is not None:
            before = {**after, **before}
        change = Change(
            id=id_,
            module=module,
            record_id=record_id,
            event=Event(event),
            at=at,
            actor_id=actor_id,
            before=None if before is None else present(before),
            after=None if after is None else present(after),
            origin=self._unpacked_origin(origin) if origin else DIRECT,
            trigger=frozenset(from_text(trigger)) if trigger else None,
        )
        return KeptChange(
            change,
            book_version,
            self._unpacked_reaction(reaction) if reaction else NOTHING,
            {} if related is None else {name: tuples(value) for name, value in from_text(related).items()},
        )


def _sums(counts: Sequence[UsageCount]) -> Sequence[UsageCount]:
    """Add up counts of the same; what a write sets off counts for itself."""
    if len({count[:5] for count in counts}) == len(counts):
        return counts
    sums: dict[tuple[Id, Id, Id, Id, str], tuple[int, int, int]] = {}
    for count in counts:
        success, failure, last_at = sums.get(count[:5], (0, 0, 0))
        sums[count[:5]] = (success + count.success, failure + count.failure, max(last_at, count.last_at))
    return [UsageCount(*key, *values) for key, values in sums.items()]
