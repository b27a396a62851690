"""What differs between API versions is said in one place, by name."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

import kaizen
from kaizen.server.http.versions import DIALECTS, Dialect

SOURCE = Path(kaizen.__file__).parent
HOME = SOURCE / "server" / "http" / "versions.py"
#: The SDK chooses its version by itself, and the dialects of the store are those of databases.
FILES = [
    path
    for path in sorted(SOURCE.rglob("*.py"))
    if path != HOME and path.relative_to(SOURCE).parts[0] not in ("sdk", "store")
]
VERSION = re.compile(r"v\d(\.\d)?")
DIFFERENCES = [field.name for field in fields(Dialect) if field.name != "name"]


def _is_version(node: ast.expr) -> bool:
    """Return whether an expression stands for a version: `dialect.name`, `"v2.1"`."""
    match node:
        case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr="name" | "number"):
            return owner.lstrip("_") == "dialect"
        case ast.Constant(value=str(text)):
            return VERSION.fullmatch(text) is not None
        case _:
            return False


def _comparisons(text: str) -> Iterator[int]:
    """Yield the lines of a module that compare versions."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare) and any(map(_is_version, [node.left, *node.comparators])):
            yield node.lineno


@pytest.mark.source("assumed: ours; how the code is built")
def test_no_version_is_compared_outside_the_dialects() -> None:
    found = [f"{path.relative_to(SOURCE)}:{line}" for path in FILES for line in _comparisons(path.read_text())]

    assert not found


@pytest.mark.source("assumed: ours; how the code is built")
@pytest.mark.parametrize("text", ["call.dialect.number < 3", "self._dialect.name == other", "version == 'v2.1'"])
def test_a_comparison_of_versions_is_found(text: str) -> None:
    assert list(_comparisons(text)) == [1]


@pytest.mark.source("assumed: ours; how the code is built")
@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_a_dialect_says_differs_and_is_asked_for(name: str) -> None:
    said = [getattr(dialect, name) for dialect in DIALECTS.values()]

    assert any(each != said[0] for each in said)
    assert any(re.search(rf"dialect\.{name}\b", path.read_text()) for path in FILES)


@pytest.mark.source("reference: platform B.9")
def test_a_version_has_what_came_before_it() -> None:
    assert [name for name, dialect in DIALECTS.items() if dialect.has("v4")] == ["v4", "v5", "v6", "v7", "v8"]
    assert [name for name, dialect in DIALECTS.items() if dialect.is_within(Decimal("2.1"), 3)] == [
        "v2.1",
        "v2.2",
        "v3",
    ]
    assert all(dialect.is_within(None, None) for dialect in DIALECTS.values())
