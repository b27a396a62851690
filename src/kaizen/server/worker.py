"""Carries out what is due: the embedded runner over the queue, beside the HTTP server in one process."""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from kaizen.fields.reference import id_of
from kaizen.model.queued import CarriedOut, Mail, QueuedAction
from kaizen.records.reactions.apply_effects import DELIVER_MAIL
from kaizen.records.reactions.due_actions import BACKOFF, CarryOutError, set_back
from kaizen.server.clock import Clock, VirtualClock
from kaizen.server.clock_memory import ClockMemory, remember
from kaizen.server.delivery import MailTransport, Missing, OutgoingMail, Receipt
from kaizen.store import Database
from kaizen.store.errors import ConflictError, RefusedByStoreError
from kaizen.store.parts.rule_memory import RuleTotals
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionState

log = logging.getLogger("kaizen.worker")

#: Carries out due actions in one unit of work, at most so many, and returns the result of each.
Sweep: TypeAlias = Callable[[Unit, int], Sequence[CarriedOut]]

_AT_ONCE: Final = 200  #: actions in one unit at most, so that requests get their turn
_LOOK_AGAIN: Final = 60.0  #: seconds: another process may have queued something
_AFTER_TROUBLE: Final = 5.0  #: seconds


class _BatchSize:
    """How many actions one unit carries out: half as many each time it loses to others, down to one.

    The unit that carried out its actions leaves twice its number to the next one.
    """

    def __init__(self) -> None:
        self._next = _AT_ONCE

    def take(self) -> int:
        """Return the size for one run of a unit; if there is no other run, the size was right."""
        size, self._next = self._next, max(1, self._next // 2)
        return size

    def grow(self) -> None:
        """Take note that the last size was right."""
        self._next = min(_AT_ONCE, self._next * 4)


class Worker:
    """Runs queued actions when they fall due; with a virtual clock only when the clock is moved there."""

    def __init__(
        self,
        store: Database,
        clock: Clock,
        sweep: Sweep,
        transport: MailTransport | None,
        reacted: Callable[[RuleTotals], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._sweep = sweep
        self._transport = transport
        self._reacted = reacted
        self._batch = _BatchSize()
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._looks_at: float | None = None  #: the moment that is waited for; None: the queue is being looked at
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to work in the background."""
        self._task = asyncio.create_task(self._work_on(), name="kaizen-worker")

    async def stop(self) -> None:
        """End the background work; what was begun is finished."""
        if self._task is None:
            return
        async with self._turn:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None

    def wake(self, due: int) -> None:
        """Look at the queue in time for something that was committed and falls due then."""
        waits_until = self._clock.now() + 1 if self._clock.virtual else self._looks_at
        if waits_until is None or due < waits_until:
            self._woken.set()

    async def settle(self) -> list[CarriedOut]:
        """Carry out everything that is due now."""
        async with self._turn:
            return await self._settle()

    async def advance(self, clock: VirtualClock, moment: int) -> list[CarriedOut]:
        """Move a virtual clock to a moment, stopping wherever something falls due to carry it out."""
        async with self._turn:
            outcomes = await self._settle()
            while (due := await self._next_due()) is not None and due <= moment:
                clock.set(max(due, clock.now()))
                carried = await self._settle()
                if not carried and await self._next_due() == due:
                    break
                outcomes += carried
            clock.set(moment)
            await self._store.write(self._remember)
            return outcomes

    async def _work_on(self) -> None:
        while True:
            self._woken.clear()
            self._looks_at = None
            try:
                await self.settle()
                pause = self._pause(await self._next_due())
            except RefusedByStoreError as error:
                log.warning("worker.waits", extra={"reason": str(error)})
                pause = _AFTER_TROUBLE
            except Exception:
                log.exception("worker.failed")
                pause = _AFTER_TROUBLE
            await self._rest(pause)

    def _pause(self, due: int | None) -> float | None:
        """Return for how many seconds nothing is to be done; None: until the worker is woken."""
        self._looks_at = math.inf if due is None else due
        if self._clock.virtual:
            return None
        return min(_LOOK_AGAIN, max(0.0, self._looks_at - self._clock.now()))

    async def _rest(self, seconds: float | None) -> None:
        """Wait until the worker is woken, or for some seconds."""
        # Not by wait_for, which can lose a cancellation to an event that comes with it.
        alarm = None if seconds is None else asyncio.get_running_loop().call_later(seconds, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            if alarm is not None:
                alarm.cancel()

    async def _next_due(self) -> int | None:
        return await self._store.read(lambda unit: unit.next_due())

    async def _settle(self) -> list[CarriedOut]:
        outcomes: list[CarriedOut] = []
        while True:
            due = await self._next_due()
            if due is None or due > self._clock.now():
                return outcomes
            carried = [*await self._carry_out(), *await self._deliver()]
            if not carried:
                return outcomes
            outcomes += carried

    async def _carry_out(self) -> Sequence[CarriedOut]:
        """Carry out due actions of rules in one unit; one that cannot be written is set back in another."""

        def work(unit: Unit) -> tuple[Sequence[CarriedOut], RuleTotals | None]:
            if self._clock.virtual:
                # In the same unit, so that a restart does not find effects from its future.
                self._remember(unit)
            return self._sweep(unit, self._batch.take()), unit.rule_totals

        try:
            carried, totals = await self._store.write(work)
        except ConflictError:
            log.warning("worker.conflict", exc_info=True)
            self._woken.set()
            return []
        except CarryOutError as error:
            log.warning("action.failed", extra={"action": error.action.id}, exc_info=True)
            action, reason = error.action, str(error)
            return [await self._store.write(lambda unit: set_back(unit, action, reason))]
        self._batch.grow()
        if totals is not None:
            self._reacted(totals)
        return carried

    def _remember(self, unit: Unit) -> None:
        remember(unit, ClockMemory(self._clock.virtual, self._clock.now()))

    async def _deliver(self) -> list[CarriedOut]:
        """Deliver mails outside of any transaction, then store their results in one."""
        waiting = await self._store.read(_deliveries)
        if not waiting:
            return []
        if self._transport is None:
            return await self._store.write(lambda unit: _keep(unit, waiting))
        outgoing = [_outgoing(action, mail) for action, mail in waiting if mail is not None]
        receipts = iter(await self._transport.deliver(outgoing))
        outcomes = [(action, mail, next(receipts) if mail is not None else _GONE) for action, mail in waiting]
        return await self._store.write(lambda unit: [_note(unit, *each) for each in outcomes])


_GONE: Final = Receipt("the mail is not in the outbox any more", permanent=True)


def _deliveries(unit: Unit) -> list[tuple[QueuedAction, Mail | None]]:
    due = (action for action in unit.due(unit.now, _AT_ONCE) if action.kind == DELIVER_MAIL)
    return [(action, unit.mail(id_of(action.payload.get("mail_id")) or 0)) for action in due]


def _outgoing(action: QueuedAction, mail: Mail) -> OutgoingMail:
    return OutgoingMail(mail, action.key, Missing.of(action.payload).waiting)


def _keep(unit: Unit, waiting: Iterable[tuple[QueuedAction, Mail | None]]) -> list[CarriedOut]:
    """Put mails back to being kept: they were queued while an SMTP server was configured, and now none is."""
    reason = "no SMTP server is configured"
    outcomes = []
    for action, mail in waiting:
        unit.close(action.id, ActionState.CANCELLED, reason)
        if mail is not None:
            unit.update_mail(replace(mail, state="kept", last_error=Missing.of(action.payload).because(reason)))
        outcomes.append(CarriedOut(action, unit.now, "cancelled", reason))
    return outcomes


def _note(unit: Unit, action: QueuedAction, mail: Mail | None, receipt: Receipt) -> CarriedOut:
    tried = action.attempts + 1
    missing = Missing.of(action.payload).after(receipt)
    error = missing.told_by(receipt)
    if receipt.again and tried <= len(BACKOFF):
        unit.postpone(action.id, unit.now + BACKOFF[tried - 1], error, missing.kept_in(action.payload))
        state, outcome = "waiting", "postponed"
    elif error:
        # Also when others have the mail: who looks for what failed must find those who do not.
        unit.close(action.id, ActionState.FAILED, error)
        state, outcome = "failed", "failed"
    else:
        unit.close(action.id, ActionState.DONE)
        state, outcome = "sent", "done"
    if mail is not None:
        sent_at = unit.now if receipt.taken else mail.sent_at
        unit.update_mail(replace(mail, state=state, attempts=tried, last_error=error, sent_at=sent_at))
    return CarriedOut(action, unit.now, outcome, error)
