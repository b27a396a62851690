"""GET and POST /kaizen/v1/clock: what time it is, and moving a virtual clock on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.fields.moment import show_instant
from kaizen.model.problem import Problem, RequestRefusedError, position
from kaizen.model.queued import CarriedOut
from kaizen.model.values import Json
from kaizen.server.clock import Clock, ClockError, VirtualClock, later, read_moment
from kaizen.server.control import shown
from kaizen.server.http.call import Answer, Call, Errand
from kaizen.server.worker import Worker
from kaizen.store import Database
from kaizen.vocabulary.automation import Period
from kaizen.vocabulary.codes import Code

#: How many outcomes one answer lists; it counts all of them.
LISTED: Final = 1000
_FARTHEST: Final = 10_000_000  #: of any unit but
_MOST_BUSINESS_HOURS: Final = 100_000  #: because these are counted day by day: some 44 years


@dataclass(frozen=True)
class ClockControl:
    """The operations on the clock."""

    clock: Clock
    worker: Worker
    store: Database

    def routes(self) -> list[Errand]:
        """Return the operations."""
        return [
            Errand("GET", "clock", self.show, ("Kaizen.control.READ",)),
            Errand("POST", "clock", self.move, ("Kaizen.control.UPDATE",)),
        ]

    async def show(self, call: Call) -> Answer:
        """Answer the time and which kind of clock shows it."""
        return Answer(body=self._shown(call))

    async def move(self, call: Call) -> Answer:
        """Set or advance a virtual clock, and answer what was carried out on the way."""
        if not isinstance(self.clock, VirtualClock):
            message = "this server runs on the machine's time; start it with --clock to have a clock that can be moved"
            raise RequestRefusedError(Problem(Code.NOT_ALLOWED, message=message))
        started = self.clock.now()
        try:
            outcomes = await self.worker.advance(self.clock, await self._target(call))
        except ClockError as error:
            raise RequestRefusedError(Problem(Code.INVALID_DATA, _place(call), str(error))) from error
        book = await self.store.read(lambda unit: unit.book)
        listed: list[Json] = [shown.carried_out(call, each, book) for each in outcomes[:LISTED]]
        return Answer(
            body={
                **self._shown(call),
                "was": show_instant(started, call.actor.zone),
                "carried_out": listed,
                "count": len(outcomes),
                "counts": _counts(outcomes),
                "more_records": len(outcomes) > LISTED,
            }
        )

    async def _target(self, call: Call) -> int:
        body = call.body
        if not isinstance(body, dict) or len(body.keys() & {"set", "advance"}) != 1:
            details: dict[str, Json] = {"expected_fields": [position("set", "$.set"), position("advance", "$.advance")]}
            message = "say either set or advance"
            raise RequestRefusedError(Problem(Code.EXPECTED_FIELD_MISSING, details, message))
        if "set" in body:
            if not isinstance(body["set"], str):
                raise RequestRefusedError(_wrong("set", "$.set", "datetime"))
            return read_moment(body["set"])
        steps = _steps(body["advance"])
        organisation, calendar = await self.store.read(lambda unit: (unit.organisation, unit.calendar))
        return later(self.clock.now(), steps, calendar, organisation.zone)

    def _shown(self, call: Call) -> dict[str, Json]:
        now = self.clock.now()
        return {
            "now": show_instant(now, call.actor.zone),
            "epoch": now,
            "mode": "virtual" if self.clock.virtual else "machine",
        }


def _steps(given: Json) -> Mapping[Period, int]:
    if not isinstance(given, dict):
        raise RequestRefusedError(_wrong("advance", "$.advance", "jsonobject"))
    if not given:
        raise RequestRefusedError(Problem(Code.MANDATORY_NOT_FOUND, position("advance", "$.advance")))
    steps: dict[Period, int] = {}
    for name, count in given.items():
        where = f"$.advance.{name}"
        if name not in set(Period):
            known: dict[str, Json] = {"supported_values": [period.value for period in Period]}
            raise RequestRefusedError(Problem(Code.INVALID_DATA, {**known, **position(name, where)}))
        if isinstance(count, bool) or not isinstance(count, int):
            raise RequestRefusedError(_wrong(name, where, "integer"))
        most = _MOST_BUSINESS_HOURS if name == Period.BUSINESS_HOURS else _FARTHEST
        if not 0 <= count <= most:
            bounds: dict[str, Json] = {"minimum_value": 0, "maximum_value": most}
            raise RequestRefusedError(Problem(Code.INVALID_DATA, {**bounds, **position(name, where)}))
        steps[Period(name)] = count
    return steps


def _wrong(name: str, path: str, expected: str) -> Problem:
    return Problem(Code.INVALID_DATA, {"expected_data_type": expected, **position(name, path)})


def _place(call: Call) -> dict[str, Json]:
    name = "set" if isinstance(call.body, dict) and "set" in call.body else "advance"
    return position(name, f"$.{name}")


def _counts(outcomes: Sequence[CarriedOut]) -> list[Json]:
    counted = Counter((each.action.kind, each.action.module, each.outcome) for each in outcomes)
    return [
        {"kind": kind, "module": module, "outcome": outcome, "count": count}
        for (kind, module, outcome), count in sorted(counted.items())
    ]
