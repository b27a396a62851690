"""What is worked out of the frozen objects of the model lies beside them and goes with them."""

import ast
import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import kaizen
from kaizen.model.weak_cache import WeakCache

pytestmark = pytest.mark.source("assumed: ours; how the code is built")

SOURCE = Path(kaizen.__file__).parent
CORE = ("model", "fields", "json_body", "criteria", "access", "automation", "records", "accounts", "store", "standard")


@dataclass(frozen=True)
class Thing:
    """An object like those of the model: equal ones are not the same, and it cannot be hashed."""

    facts: Mapping[str, int]


def test_a_value_is_made_once_for_each_object() -> None:
    made: list[Thing] = []
    cache: WeakCache[Thing, int] = WeakCache(lambda thing: made.append(thing) or len(made))
    one, other = Thing({"a": 1}), Thing({"a": 1})

    assert [cache.of(one), cache.of(other), cache.of(one)] == [1, 2, 1]


def test_a_value_goes_with_its_object() -> None:
    cache: WeakCache[Thing, int] = WeakCache(lambda thing: len(thing.facts))
    kept = Thing({})
    cache.of(kept)
    cache.of(Thing({"a": 1}))
    gc.collect()

    assert len(cache) == 1
    assert cache.of(Thing({"a": 1, "b": 2})) == 2


def _goes_around(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id="vars")) | ast.Attribute(attr="__setattr__" | "__dict__"):
                yield f"{path.relative_to(SOURCE)}:{node.lineno}"
            case _:
                pass


def test_nobody_goes_around_what_frozen_promises() -> None:
    assert not [found for name in CORE for path in (SOURCE / name).rglob("*.py") for found in _goes_around(path)]
