"""A unit of work is made of parts that share nothing but what each is given."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest

from kaizen.store import parts
from kaizen.store.part import Part

pytestmark = pytest.mark.source("assumed: ours; how the code is built")


class Wheel:
    """A part that counts."""

    def __init__(self, start: int) -> None:
        self._turns = start

    def turn(self, times: int = 1, *, back: bool = False) -> int:
        """Turn."""
        self._turns += -times if back else times
        return self._turns


class Bicycle:
    """An object of two parts of a kind."""

    made = 0

    @Part
    def front(self) -> Wheel:
        """The wheel in front."""
        self.made += 1
        return Wheel(0)

    @Part
    def rear(self) -> Wheel:
        """The other one."""
        return Wheel(100)

    steer = front.offers(Wheel.turn)
    ride = rear.offers(Wheel.turn)


def test_what_a_part_can_do_is_offered_as_the_objects_own() -> None:
    bicycle, other = Bicycle(), Bicycle()

    assert [bicycle.steer(2), bicycle.steer(1, back=True), bicycle.ride()] == [2, 1, 101]
    assert other.steer() == 1
    assert bicycle.front.turn() == 2


def test_a_part_is_made_once_and_only_when_it_is_needed() -> None:
    bicycle = Bicycle()
    bicycle.ride()
    before = bicycle.made
    bicycle.steer()
    bicycle.steer()

    assert (before, bicycle.made) == (0, 1)


def _classes() -> Iterator[type]:
    for module in iter_modules(parts.__path__, f"{parts.__name__}."):
        for _, found in inspect.getmembers(import_module(module.name), inspect.isclass):
            if found.__module__ == module.name:
                yield found


def test_no_part_inherits_the_state_of_another() -> None:
    assert [found.__name__ for found in _classes() if found.__bases__ not in ((object,), (tuple,))] == []
