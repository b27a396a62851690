"""What a write sets off, carried out in the same unit of work: effects on records, tasks, mails, queue entries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kaizen.automation.effect_types import SetFields
from kaizen.automation.engine.react import follow, react, respond
from kaizen.automation.engine.rule_index import RuleIndex, index_for
from kaizen.automation.engine.triggers import considered
from kaizen.automation.engine_context import EngineContext
from kaizen.automation.reaction import NOTHING, Fired, Reaction, Scheduled
from kaizen.criteria.tree import Path
from kaizen.model.queued import QueuedAction
from kaizen.model.record import Change, Origin
from kaizen.model.values import Id, Value, Values
from kaizen.records.ports import KeptChange, UnitOfWork
from kaizen.records.reactions.apply_effects import failed, own_fields, prepare, set_fields
from kaizen.records.reactions.build_context import RelatedReads, build_context
from kaizen.records.reactions.merge_field_values import Subject
from kaizen.records.reactions.queue_payload import RECORD_DELETED, handed_on
from kaizen.records.reactions.usage import UsageCounter
from kaizen.records.writer import Edit, Writer
from kaizen.vocabulary.automation import Event


def carry_out(uow: UnitOfWork, changes: Sequence[Change], writer: Writer) -> None:
    """Let the rules react to changes that were just stored, carry out what they ask for, and keep the changes."""
    if not changes:
        return
    book = uow.book
    if changes[0].module not in book.by_module and changes[0].event is not Event.DELETE:
        uow.keep_changes([KeptChange(change, book.version, NOTHING) for change in changes])
        return
    run = _RuleRun(uow, writer, changes)
    kept = run.carry_out()
    run.settle()
    uow.keep_changes(kept)
    run.usage.hand_over()


@dataclass(slots=True)
class _EventBatch:
    """What one kind of event goes through."""

    index: RuleIndex
    considered: int = 0  #: how many changes the rules looked at
    is_empty: bool = field(init=False)  #: nothing waits for the event

    def __post_init__(self) -> None:
        self.is_empty = not self.index


class _RuleRun:
    """The reactions of one unit of work.

    Most of what rules ask for is new values for the record itself. These are gathered and written together, unless
    other records are about to be read, and the reader must see the effects so far.
    """

    def __init__(self, uow: UnitOfWork, writer: Writer, changes: Sequence[Change]) -> None:
        self._uow = uow
        self._writer = writer
        self._changes = changes
        self._book = uow.book
        self._modules = uow.catalog.by_name
        self._seen = RelatedReads(uow)
        self._new: frozenset[Id] | None = None
        self._waiting: dict[tuple[str, Id], dict[Id, Edit]] = {}  #: by module and actor, then by record
        self._wrote = False  #: whether records may be other than the changes left them
        self.usage = UsageCounter(uow)

    def carry_out(self) -> list[KeptChange]:
        """Let the rules react to the changes, which are of one module, in order, and carry out what they ask for."""
        kept: list[KeptChange] = []
        changes, book, context = self._changes, self._book, self._context()
        version, kinds = book.version, dict.fromkeys(change.event for change in changes)
        batches = {
            event: _EventBatch(index_for(book, changes[0].module, event, self._uow.now, context)) for event in kinds
        }
        if len(changes) > 1:
            self._prefetch(changes, batches)
        for change in changes:
            if change.event is Event.DELETE:
                self._uow.cancel(module=change.module, record_id=change.record_id, reason=RECORD_DELETED)
            batch = batches[change.event]
            if batch.is_empty:
                kept.append(KeptChange(change, version, NOTHING))
                continue
            if considered(change, context):
                batch.considered += 1
                reaction = respond(change, book, context, batch.index)
            else:
                reaction = react(change, book, context, batch.index)
            if reaction.matched or reaction.triggered:
                reaction = self._perform(change, reaction)
            kept.append(KeptChange(change, version, reaction, self._seen.take()))
        for event, batch in batches.items():
            if batch.index.woken_by_event:
                self.usage.saw(self._modules[changes[0].module], event, batch.considered)
        return kept

    def settle(self) -> None:
        """Write what waits."""
        while self._waiting:
            waiting, self._waiting, self._wrote = self._waiting, {}, True
            for (module, actor_id), edits in waiting.items():
                self._writer.edit(self._uow, self._modules[module], list(edits.values()), actor_id=actor_id)
            # What was written may have changed what lies behind any lookup.
            self._seen.related.forget()

    def _context(self) -> EngineContext:
        """Return what the engine may ask.

        It leads back to this object, which must not keep it: all changes of the call would stay in memory until
        the garbage collector comes by.
        """
        cascade = self._writer.automation.cascade
        return build_context(self._uow, self._look, cascade, consumed=self._consumed, settle=self.settle)

    def _consumed(self, record_id: Id) -> Mapping[Id, Id]:
        # Nobody need ask the database what a record has used up that came into being a moment ago.
        if self._new is None:
            self._new = frozenset(change.record_id for change in self._changes if change.event is Event.CREATE)
        return {} if record_id in self._new else self._uow.consumed(record_id)

    def _look(self, module: str, values: Values, paths: frozenset[Path]) -> Mapping[str, Value]:
        self.settle()
        return self._seen(module, values, paths)

    def _prefetch(self, changes: Sequence[Change], batches: Mapping[Event, "_EventBatch"]) -> None:
        """Read what the rules will look at behind lookups, for all changes of a kind at once."""
        for event, batch in batches.items():
            if batch.index.related:
                alike = [change.last_state for change in changes if change.event is event]
                self._seen.related.prefetch(self._modules[changes[0].module], alike, batch.index.related)

    def _perform(self, change: Change, reaction: Reaction) -> Reaction:
        uow = self._uow
        # Used up before anything is written: what is written may wake the same rule.
        for matched in reaction.matched:
            if matched.consumes:
                uow.consume(matched.rule_id, change.record_id, change.id)
        asking = [each for each in reaction.fired if each.effect is not None]
        if asking or reaction.scheduled:
            origin = follow(change, reaction)
            if all(isinstance(each.effect, SetFields) for each in asking):
                self._wait(change, asking, origin)
            else:
                reaction = reaction._replace(fired=self._act_now(change, reaction.fired, origin))
            if reaction.scheduled:
                uow.queue([self._entry(change, each, origin) for each in reaction.scheduled])
        self.usage.reacted(reaction)
        self.usage.acted(reaction.fired)
        return reaction

    def _wait(self, change: Change, fired: Sequence[Fired], origin: Origin) -> None:
        """Have the record's new values written with those of others."""
        values = own_fields(fired)
        if not values:
            return
        edits = self._waiting.get((change.module, change.actor_id), {})
        if change.record_id in edits:
            self.settle()
        edits = self._waiting.setdefault((change.module, change.actor_id), {})
        known = None if self._wrote or change.after is None else change
        edits[change.record_id] = Edit(change.record_id, values, origin, known)

    def _act_now(self, change: Change, fired: Sequence[Fired], origin: Origin) -> tuple[Fired, ...]:
        """Write the record's new values at once, because the other actions see them."""
        self.settle()
        self._wrote = True
        subject = Subject(self._modules[change.module], change.record_id, change.last_state, change.actor_id)
        subject = set_fields(self._uow, self._writer, fired, subject, origin)
        done = tuple(self._act(each, subject, change, origin) for each in fired)
        self._seen.related.forget()
        return done

    def _act(self, fired: Fired, subject: Subject, change: Change, origin: Origin) -> Fired:
        try:
            prepared = prepare(self._uow, self._writer, fired, subject, change.id)
        except Exception as error:  # one action that cannot be worked out stops neither the others nor the write
            return failed(fired, f"{type(error).__name__}: {error}")
        prepared.write(origin)
        return prepared.fired

    def _entry(self, change: Change, scheduled: Scheduled, origin: Origin) -> QueuedAction:
        rule, condition, group, action = (
            scheduled.rule_id,
            scheduled.condition_id,
            scheduled.group_id,
            scheduled.action,
        )
        return QueuedAction(
            id=self._uow.new_id(),
            due_at=scheduled.due_at,
            kind=action.type,
            rule_id=rule,
            condition_id=condition,
            group_id=group,
            action_id=action.id,
            module=change.module,
            record_id=change.record_id,
            change_id=change.id,
            actor_id=change.actor_id,
            payload=handed_on(origin),
            key=f"{change.id}:{rule}:{condition}:{group}:{action.id}",
        )
