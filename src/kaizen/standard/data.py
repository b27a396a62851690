"""The data files of this package, read once."""

import json
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def read(name: str) -> dict[str, Any]:
    """Read one data file, without the keys that say where it comes from."""
    facts: dict[str, Any] = json.loads(
        files(__package__).joinpath(f"{name}.json").read_text("utf-8"), parse_float=Decimal
    )
    return {key: value for key, value in facts.items() if not key.startswith("_")}
