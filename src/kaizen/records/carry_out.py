"""What a write sets off, carried out in the same unit of work: effects on records, tasks, mails, queue entries."""

from collections.abc import Sequence
from dataclasses import replace

from kaizen.automation.engine import follow, react
from kaizen.automation.plan import plan_for
from kaizen.automation.reaction import CreateTask, Fired, Reaction, Scheduled, SendMail
from kaizen.automation.triggers import considered
from kaizen.model.catalog import Module
from kaizen.model.queued import QueuedAction
from kaizen.model.record import Change, Origin
from kaizen.records.chain import RECORD_DELETED, handed_on
from kaizen.records.merge_fields import Subject
from kaizen.records.perform import failed, perform, prepare, set_fields
from kaizen.records.ports import KeptChange, UnitOfWork
from kaizen.records.surroundings import Seen, circumstances
from kaizen.records.usage import Tally
from kaizen.records.writer import Writer
from kaizen.vocabulary.automation import Event


def carry_out(uow: UnitOfWork, changes: Sequence[Change], again: Writer) -> None:
    """Let the rules react to changes that were just stored, carry out what they ask for, and keep the changes."""
    unit = _Unit(uow, again)
    unit.prefetch(changes)
    uow.keep_changes([unit.carry_out(change) for change in changes])
    unit.tally.hand_over()


class _Unit:
    """The reactions of one unit of work."""

    def __init__(self, uow: UnitOfWork, again: Writer) -> None:
        self._uow = uow
        self._again = again
        self._seen = Seen(uow)
        self._circumstances = circumstances(uow, self._seen, again.automation.cascade)
        self.tally = Tally(uow)

    def prefetch(self, changes: Sequence[Change]) -> None:
        """Read what the rules will look at behind lookups, for all changes of a kind at once."""
        kinds = {(change.module, change.event) for change in changes} if len(changes) > 1 else ()
        for module, event in kinds:
            plan = plan_for(self._uow.book, module, event, self._uow.now, self._circumstances)
            if plan.related:
                alike = [change.last_state for change in changes if (change.module, change.event) == (module, event)]
                self._seen.related.prefetch(self._uow.catalog.by_name[module], alike, plan.related)

    def carry_out(self, change: Change) -> KeptChange:
        """Let the rules react to one change and carry out what they ask for."""
        uow, module = self._uow, self._uow.catalog.by_name[change.module]
        if change.event is Event.DELETE:
            uow.cancel(module=change.module, record_id=change.record_id, reason=RECORD_DELETED)
        plan = plan_for(uow.book, change.module, change.event, change.at, self._circumstances)
        if plan.woken_by_event and considered(change, self._circumstances):
            self.tally.saw(module, change.event)
        reaction = react(change, uow.book, self._circumstances)
        if reaction.matched or reaction.triggered:
            reaction = self._perform(change, module, reaction)
        return KeptChange(change, uow.book.version, reaction, self._seen.take())

    def _perform(self, change: Change, module: Module, reaction: Reaction) -> Reaction:
        uow, again = self._uow, self._again
        # Used up before anything is written: what is written may wake the same rule.
        for matched in reaction.matched:
            if matched.consumes:
                uow.consume(matched.rule_id, change.record_id, change.id)
        origin = follow(change, reaction)
        about = Subject(module, change.record_id, change.last_state, change.actor_id)
        about = set_fields(uow, again, reaction.fired, about, origin)
        fired = tuple(self._act(each, about, change, origin) for each in reaction.fired)
        if reaction.scheduled:
            uow.queue([self._entry(change, each, origin) for each in reaction.scheduled])
        # What was written may have changed what lies behind any lookup.
        self._seen.related.forget()
        reaction = replace(reaction, fired=fired)
        self.tally.reacted(reaction)
        self.tally.acted(fired)
        return reaction

    def _act(self, fired: Fired, about: Subject, change: Change, origin: Origin) -> Fired:
        if not isinstance(fired.effect, CreateTask | SendMail):
            return fired
        try:
            prepared = prepare(self._uow, self._again, fired, about, change.id)
        except Exception as error:  # one action that cannot be worked out stops neither the others nor the write
            return failed(fired, f"{type(error).__name__}: {error}")
        perform(self._uow, self._again, prepared, about, origin)
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
