"""What is due, carried out: the scheduled actions of rules, each on its record as it is by then."""

from collections.abc import Sequence
from typing import Final

from kaizen.automation.actions.action_context import ActionContext
from kaizen.automation.actions.dispatch import ActionStep
from kaizen.automation.reaction import Reaction
from kaizen.model.queued import CarriedOut, QueuedAction
from kaizen.model.record import Change
from kaizen.model.rule import RuleAction
from kaizen.model.values import Id
from kaizen.records.ports import KeptChange, UnitOfWork
from kaizen.records.reactions.apply_effects import DELIVER_MAIL, Prepared, prepare, set_fields
from kaizen.records.reactions.build_context import RelatedReads, build_context
from kaizen.records.reactions.merge_field_values import Subject
from kaizen.records.reactions.queue_payload import ACTION_REMOVED, RECORD_DELETED, taken_up
from kaizen.records.reactions.usage import UsageCounter
from kaizen.records.writer import Writer
from kaizen.vocabulary.automation import ActionState, Event

#: After how many seconds a failed action is tried again (reference: automation G.8).
BACKOFF: Final = (60, 5 * 60, 30 * 60)


class CarryOutError(Exception):
    """A due action failed while its effect was being written; the unit of work must be rolled back."""

    def __init__(self, action: QueuedAction, error: Exception) -> None:
        super().__init__(f"action {action.id} ({action.kind}): {type(error).__name__}: {error}")
        self.action = action


def sweep(uow: UnitOfWork, writer: Writer, limit: int = 50) -> list[CarriedOut]:
    """Carry out up to `limit` due actions in due order; empty: nothing is due.

    An entry of the queue is closed in the same unit of work as its effect, so it happens once, or not yet.
    Mails that wait for delivery are left to the worker, which may open connections. An action that cannot be worked out
    is tried again later and holds up no other. CarryOutError: roll the unit of work back, and hand the error's
    action to `set_back` in a new one.
    """
    if not (due := _due(uow, limit)):
        return []
    _lock_records(uow, due)
    run = _Sweep(uow, writer)
    done = [outcome for action in due if (outcome := run.carry_out(action)) is not None]
    run.usage.hand_over()
    return done


def set_back(uow: UnitOfWork, action: QueuedAction, reason: str) -> CarriedOut:
    """Try an action again later, or give it up after the last attempt."""
    if action.attempts >= len(BACKOFF):
        uow.close(action.id, ActionState.FAILED, reason)
        return CarriedOut(action, uow.now, "failed", reason)
    uow.postpone(action.id, uow.now + BACKOFF[action.attempts], reason)
    return CarriedOut(action, uow.now, "postponed", reason)


def _due(uow: UnitOfWork, limit: int) -> list[QueuedAction]:
    """Return due actions of rules, reaching past mails that wait for delivery."""
    reach = limit
    while True:
        found = uow.due(uow.now, reach)
        actions = [action for action in found if action.kind != DELIVER_MAIL][:limit]
        if actions or len(found) < reach:
            return actions
        reach *= 4


def _lock_records(uow: UnitOfWork, due: Sequence[QueuedAction]) -> None:
    """Let nobody write the records meanwhile: a sweep that others made lose at its end would never get there."""
    ids: dict[str, set[Id]] = {}
    for action in due:
        ids.setdefault(action.module, set()).add(action.record_id)
    for name in sorted(ids.keys() & uow.catalog.by_name.keys()):
        uow.lock(uow.catalog.by_name[name], ids[name])


class _Sweep:
    """The due actions of one unit of work."""

    def __init__(self, uow: UnitOfWork, writer: Writer) -> None:
        self._uow = uow
        self._writer = writer
        self._seen = RelatedReads(uow)
        self._context = build_context(uow, self._seen, writer.automation.cascade)
        self.usage = UsageCounter(uow)

    def carry_out(self, action: QueuedAction) -> CarriedOut | None:
        """Carry out one action; None if another worker did."""
        uow = self._uow
        subject = self._record(action)
        if subject is None:
            return self._cancel(action, RECORD_DELETED)
        defined = self._defined(action)
        if defined is None:
            return self._cancel(action, ACTION_REMOVED)
        change = self._change(action)
        try:
            self._seen.related.forget()
            prepared = self._prepare(action, defined, subject, change)
        except Exception as error:  # nothing is written yet: only this action waits
            return set_back(uow, action, f"{type(error).__name__}: {error}")
        fired = prepared.fired
        state = ActionState.FAILED if fired.outcome == "failed" else ActionState.DONE
        if not uow.close(action.id, state, fired.detail):
            return None
        try:
            self._write(prepared, subject, change)
        except Exception as error:
            raise CarryOutError(action, error) from error
        return CarriedOut(action, uow.now, fired.outcome, fired.detail)

    def _record(self, action: QueuedAction) -> Subject | None:
        module = self._uow.catalog.by_name.get(action.module)
        if module is None:
            return None
        values = self._uow.fetch(module, [action.record_id]).get(action.record_id)
        return None if values is None else Subject(module, action.record_id, values, action.actor_id)

    def _defined(self, action: QueuedAction) -> RuleAction | None:
        """Find the action in its rule as the rule is now."""
        rule = self._uow.book.by_id.get(action.rule_id)
        for _, group, defined in rule.actions() if rule is not None else ():
            if group is not None and (group.id, defined.id) == (action.group_id, action.action_id):
                return defined
        return None

    def _cancel(self, action: QueuedAction, reason: str) -> CarriedOut | None:
        closed = self._uow.close(action.id, ActionState.CANCELLED, reason)
        return CarriedOut(action, self._uow.now, ActionState.CANCELLED.value, reason) if closed else None

    def _change(self, action: QueuedAction) -> Change:
        """Return the entry of the record's history that says the action ran; it changes nothing by itself."""
        uow, origin = self._uow, taken_up(action.payload)
        return Change(
            uow.new_id(), action.module, action.record_id, Event.EDIT, uow.now, action.actor_id, {}, {}, origin
        )

    def _prepare(self, action: QueuedAction, defined: RuleAction, subject: Subject, change: Change) -> Prepared:
        context = ActionContext(action.module, action.record_id, subject.values, self._uow.book, self._context)
        fired = ActionStep(defined, action.rule_id, action.condition_id, action.group_id).fire(context)
        return prepare(self._uow, self._writer, fired, subject, change.id)

    def _write(self, prepared: Prepared, subject: Subject, change: Change) -> None:
        uow, fired, origin = self._uow, prepared.fired, change.origin
        kept = KeptChange(change, uow.book.version, Reaction(fired=(fired,)), self._seen.take())
        uow.keep_changes([kept])
        set_fields(uow, self._writer, [fired], subject, origin)
        prepared.write(origin)
        self.usage.acted([fired])
