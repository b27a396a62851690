"""Which operation of the published API is served by which route."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from kaizen.server.http.call import AsyncRoute, Entry, Route, Unserved
from kaizen.standard.data import read


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the published API."""

    method: str
    path: str  #: below /crm/{version}; of the accounts server: the whole path
    operation: str  #: its id in the description
    since: str  #: first version known to have it
    scopes: tuple[str, ...] = ()  #: those that the description names; each is enough for some call of it


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """Whether an operation is served, and by which route."""

    operation: Operation
    route: str | None  #: the pattern of the route; None: not served


@cache
def operations() -> tuple[Operation, ...]:
    """Return every operation that the published API is known to have."""
    raw = (files("kaizen.standard") / "operations.json").read_bytes()
    rows = msgspec.json.decode(raw)["operations"]
    return tuple(Operation(method, path, name, since, tuple(scopes)) for method, path, name, since, scopes in rows)


def ledger_rows(routes: Sequence[Route | AsyncRoute], others: Iterable[tuple[str, str]] = ()) -> Iterator[LedgerRow]:
    """Return for each operation whether it is served; `others`: (method, path) outside the table (accounts)."""
    elsewhere = set(others)
    for operation in operations():
        if (operation.method, operation.path) in elsewhere:
            yield LedgerRow(operation, operation.path)
            continue
        found = next((route for route in routes if _serves(route, operation)), None)
        yield LedgerRow(operation, found.pattern if found else None)


def unserved(routes: Sequence[Route | AsyncRoute]) -> list[Entry]:
    """Return entries that answer 501 for what is known and not served."""
    taken = {(route.method, _shape(route.pattern)) for route in routes}
    entries: list[Entry] = []
    for row in ledger_rows(routes):
        operation = row.operation
        key = (operation.method, _shape(operation.path))
        if row.route is None and not operation.path.startswith("/") and key not in taken:
            taken.add(key)
            entries.append(
                Unserved(operation.method, operation.path, operation.operation, operation.scopes, operation.since)
            )
    return entries


def _serves(route: Route | AsyncRoute, operation: Operation) -> bool:
    # Ids of operations do not count: some name several of them.
    if route.method != operation.method:
        return False
    asked, offered = operation.path.split("/"), route.pattern.split("/")
    return len(asked) == len(offered) and all(
        mine == theirs or (_free(mine) and (_free(theirs) or (at == 0 and theirs in _stored_modules())))
        for at, (theirs, mine) in enumerate(zip(asked, offered, strict=True))
    )


@cache
def _stored_modules() -> frozenset[str]:
    """Return the modules whose records this server keeps; of the others only the metadata is there."""
    return frozenset(module["api_name"] for module in read("modules")["modules"] if module["stored"])


def _shape(pattern: str) -> str:
    return "/".join("{}" if _free(segment) else segment for segment in pattern.split("/"))


def _free(segment: str) -> bool:
    return segment.startswith("{")
