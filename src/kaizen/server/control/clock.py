"""GET and POST /kaizen/v1/clock: what time it is, and moving a virtual clock on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.fields.moment import show_instant
from kaizen.json_body import json_types
from kaizen.json_body.errors import expected_one_of, invalid, missing, wrong_type
from kaizen.json_body.json_path import JsonPath
from kaizen.model.problem import Problem, RequestRefusedError, position
from kaizen.model.queued import CarriedOut
from kaizen.model.values import Json
from kaizen.server.clock import Clock, ClockError, VirtualClock, later, read_moment
from kaizen.server.control import shown
from kaizen.server.http.call import Answer, AsyncRoute, Call
from kaizen.server.resources.shared.guards import require_profile
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

    def routes(self) -> list[AsyncRoute]:
        """Return the operations."""
        return [
            AsyncRoute("GET", "clock", self.show, ("Kaizen.control.READ",)),
            AsyncRoute("POST", "clock", self.move, ("Kaizen.control.UPDATE",)),
        ]

    async def show(self, call: Call) -> Answer:
        """Answer the time and which kind of clock shows it."""
        await self._require_administrator(call)
        return Answer(body=self._shown(call))

    async def move(self, call: Call) -> Answer:
        """Set or advance a virtual clock, and answer what was carried out on the way."""
        await self._require_administrator(call)
        if not isinstance(self.clock, VirtualClock):
            message = "this server uses the system time; start it with --clock to use a clock that can be set"
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

    async def _require_administrator(self, call: Call) -> None:
        require_profile(await self.store.read(lambda unit: unit.access.of(call.actor)))

    async def _target(self, call: Call) -> int:
        body = call.body
        if not isinstance(body, dict) or len(body.keys() & {"set", "advance"}) != 1:
            raise expected_one_of((JsonPath() / "set", JsonPath() / "advance"), "give either set or advance")
        if "set" in body:
            if not isinstance(body["set"], str):
                raise wrong_type(JsonPath() / "set", "datetime")
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
    place = JsonPath() / "advance"
    counts = json_types.mapping(given, place)
    if not counts:
        raise missing(place)
    steps: dict[Period, int] = {}
    for name, count in counts.items():
        period = Period(json_types.one_of(name, place / name, [period.value for period in Period]))
        if isinstance(count, bool) or not isinstance(count, int):
            raise wrong_type(place / name, "integer")
        most = _MOST_BUSINESS_HOURS if period is Period.BUSINESS_HOURS else _FARTHEST
        if not 0 <= count <= most:
            raise invalid(place / name, minimum_value=0, maximum_value=most)
        steps[period] = count
    return steps


def _place(call: Call) -> dict[str, Json]:
    name = "set" if isinstance(call.body, dict) and "set" in call.body else "advance"
    return position(name, f"$.{name}")


def _counts(outcomes: Sequence[CarriedOut]) -> list[Json]:
    counted = Counter((each.action.kind, each.action.module, each.outcome) for each in outcomes)
    return [
        {"kind": kind, "module": module, "outcome": outcome, "count": count}
        for (kind, module, outcome), count in sorted(counted.items())
    ]
