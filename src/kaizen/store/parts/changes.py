"""The log of changes, with what the rules made of them."""

from collections.abc import Sequence
from typing import Final

from kaizen.automation.reaction import NOTHING
from kaizen.model.record import DIRECT, Change
from kaizen.model.values import Id
from kaizen.records.ports import KeptChange
from kaizen.store.json_text import from_text, present, to_text, tuples
from kaizen.store.key_dictionary import KeyDictionary
from kaizen.store.reaction_codec import ReactionCodec
from kaizen.store.session import Insertion, Row, listed, must_write
from kaizen.store.unit_settings import UnitSettings
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


class ChangeTables:
    """The log of changes (records.ports.ChangeLog); it is buffered, and written before it is read."""

    def __init__(self, settings: UnitSettings) -> None:
        self._session = settings.session
        self._headings = KeyDictionary(settings.session, settings.snapshots)
        self._reactions = ReactionCodec(self._headings)
        self._kept: list[Row] = []

    def keep_changes(self, changes: Sequence[KeptChange]) -> None:
        """Add changes to the log."""
        must_write(self._session)
        self._kept += [self._change_row(kept) for kept in changes]

    def changes(self, module: str, record_id: Id, limit: int = 200, offset: int = 0) -> list[KeptChange]:
        """Return a record's changes, newest first."""
        self.flush()
        rows = self._session.rows(
            _READ_CHANGES + " ORDER BY at DESC, id DESC LIMIT ? OFFSET ?", (record_id, module, limit, offset)
        )
        return self._kept_changes(rows)

    def changes_of(self, module: str, after: Id = 0, limit: int = 1000) -> list[KeptChange]:
        """Return the changes of a module in the order in which they were made, those after one change."""
        self.flush()
        rows = self._session.rows(
            f"SELECT {', '.join(_CHANGES.columns)} FROM kz_change WHERE module = ? AND id > ? ORDER BY id LIMIT ?",
            (module, after, limit),
        )
        return self._kept_changes(rows)

    def flush(self) -> None:
        """Write what is buffered."""
        if self._kept:
            self._session.load(_CHANGES, self._kept)
            self._kept = []

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
                after_text = self._headings.packed(after)
        elif before is not None:
            before_text = self._headings.packed(before)
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
            None if origin is DIRECT else self._reactions.packed_origin(origin),
            None if trigger is None else to_text(sorted(trigger)),
            self._reactions.packed_reaction(reaction),
            to_text(kept.related) if kept.related else None,
        )

    def _kept_changes(self, rows: Sequence[Row]) -> list[KeptChange]:
        texts = {row[0]: row[_AFTER] for row in rows}
        bases = {row[0]: from_text(row[_AFTER])[_BASE] for row in rows if (row[_AFTER] or "").startswith(_HAS_BASE)}
        missing = set(bases.values()) - texts.keys()
        if missing:
            among = self._session.dialect.among("id")
            texts |= self._session.rows(
                f"SELECT id, after FROM kz_change WHERE {among}", listed(self._session, sorted(missing))
            )
        return [self._kept_change(row, texts.get(bases.get(row[0], 0))) for row in rows]

    def _kept_change(self, row: Row, base_text: str | None) -> KeptChange:
        id_, module, record_id, event, at, actor_id, book_version, *texts = row
        before_text, after_text, origin, trigger, reaction, related = texts
        before = None if before_text is None else self._headings.unpacked(before_text)
        after = None if after_text is None else self._headings.unpacked(after_text)
        if after is not None and base_text is not None:
            after = {**self._headings.unpacked(base_text), **after}
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
            origin=self._reactions.unpacked_origin(origin) if origin else DIRECT,
            trigger=frozenset(from_text(trigger)) if trigger else None,
        )
        return KeptChange(
            change,
            book_version,
            self._reactions.unpacked_reaction(reaction) if reaction else NOTHING,
            {} if related is None else {name: tuples(value) for name, value in from_text(related).items()},
        )
