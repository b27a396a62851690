"""A process that writes deals, loses them and sweeps, and that dies without warning at a given step.

    python -m tests.automation.crashing URL STEPS

It goes on where the database says the last one died, and ends with status 0 when everything is done. STEPS counts
writes of automation inside a transaction, ends of transactions before the commit, and commits; at the last of them
the process kills itself as `kill -9` does.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from kaizen.model.record import Origin
from kaizen.model.values import Id, Value
from kaizen.records.pipeline import Pipeline
from kaizen.records.ports import Column, Query, UnitOfWork
from kaizen.records.reactions.due_actions import sweep
from kaizen.records.writer import AutomationSettings, Edit
from tests.automation.conftest import Shop, open_shop
from tests.automation.seed_rules import TAGS, add_seed_rules
from tests.support.rules import ADA, BOB, NOW, changed_to, condition, equal

DEALS = 12
LATER = NOW + 42 * 86400  #: 30 business days
_TOGETHER = 3  #: due actions in one transaction


class Countdown:
    """Kills the process at a step."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


class CountingPipeline(Pipeline):
    """The write path, with a step before and after each write of automation."""

    def __init__(self, countdown: Countdown) -> None:
        super().__init__(AutomationSettings(deliver_mail=True))
        self._countdown = countdown

    def edit(self, *args: Any, **more: Any) -> Any:
        self._countdown.step()
        changed = super().edit(*args, **more)
        self._countdown.step()
        return changed

    def create(self, *args: Any, **more: Any) -> Any:
        self._countdown.step()
        created = super().create(*args, **more)
        self._countdown.step()
        return created


class Run:
    """One life of the process."""

    def __init__(self, shop: Shop, countdown: Countdown) -> None:
        self._shop = shop
        self._countdown = countdown
        shop.pipeline = CountingPipeline(countdown)
        known = shop.store.read_now(lambda uow: {tag.name: tag.id for tag in uow.tags.get("Deals", {}).values()})
        add_seed_rules(shop.rules, *(known.get(name) or shop.tag(name) for name in TAGS))
        # It is triggered with one of the others, and the two are counted together.
        never = condition(equal("Stage", "Never"))
        shop.rules.add("field_update", never, watch=changed_to("Stage", "Closed Lost"))
        shop.in_force()

    def to_the_end(self) -> None:
        """Do whatever is not done."""
        deals = self._deals()
        for name in (f"Deal {number}" for number in range(DEALS)):
            if name not in deals:
                self._unit(lambda uow, name=name: self._create(uow, name))
        for record_id, stage in self._deals().values():
            if stage != "Closed Lost":
                self._unit(lambda uow, record_id=record_id: self._lose(uow, record_id))
        self._shop.clock.now = LATER
        while self._unit(lambda uow: sweep(uow, self._shop.pipeline, _TOGETHER)):
            pass

    def _unit(self, work: Callable[[UnitOfWork], Any]) -> Any:
        def counted(uow: UnitOfWork) -> Any:
            done = work(uow)
            self._countdown.step()
            return done

        done = self._shop.store.write_now(counted)
        self._countdown.step()
        return done

    def _deals(self) -> dict[str, tuple[Id, Value]]:
        columns = (Column(("Deal_Name",)), Column(("Stage",)))
        rows: Any = self._shop.store.read_now(lambda uow: uow.select(Query("Deals", columns)))
        return {row["Deal_Name"]: (row["id"], row["Stage"]) for row in rows}

    def _create(self, uow: UnitOfWork, name: str) -> None:
        values: dict[str, Value] = {"Deal_Name": name, "Amount": 45000, "Reason_For_Loss__s": "Price", "Owner": BOB}
        self._shop.pipeline.create(uow, uow.catalog.by_name["Deals"], values, actor_id=ADA, origin=Origin())

    def _lose(self, uow: UnitOfWork, record_id: Id) -> None:
        lost: dict[str, Value] = {"Stage": "Closed Lost"}
        deals = uow.catalog.by_name["Deals"]
        self._shop.pipeline.edit(uow, deals, [Edit(record_id, lost, Origin())], actor_id=ADA)


if __name__ == "__main__":
    Run(open_shop(sys.argv[1]), Countdown(int(sys.argv[2]))).to_the_end()
