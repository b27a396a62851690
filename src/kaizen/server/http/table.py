"""One table of all routes: which operation a method and a path name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.server.http.call import Entry
from kaizen.vocabulary.codes import Code


class AmbiguousRouteError(Exception):
    """Two routes claim one method and path: a defect of the server, found when it starts."""


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    any: "_Node | None" = None
    #: By method: the operation, and its parameters with the places of their segments.
    entries: dict[str, tuple[Entry, tuple[tuple[str, int], ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """The operation a request names, and the values in its path."""

    entry: Entry
    params: Mapping[str, str]


class RouteTable:
    """Find the operation of a request. Literal segments, so also reserved words, win over `{...}`."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._root = _Node()
        for entry in entries:
            self._add(entry)
        # `settings/no_such_thing` is an unknown address, not record `no_such_thing` of a module `settings`.
        self._not_modules = frozenset(name for name in self._root.literals if name[:1].islower() or name[:1] == "_")

    def _add(self, entry: Entry) -> None:
        node, places = self._root, []
        for at, segment in enumerate(entry.pattern.split("/")):
            if segment.startswith("{"):
                places.append((segment[1:-1], at))
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.literals.setdefault(segment, _Node())
        if entry.method in node.entries:
            raise AmbiguousRouteError(f"{entry.method} {entry.pattern} is claimed twice")
        node.entries[entry.method] = (entry, tuple(places))

    def find(self, method: str, path: str) -> Match:
        """Return the operation; refuses unknown paths and wrong methods as the service does."""
        segments = path.split("/")
        node = self._walk(self._root, segments, 0)
        if node is None:
            raise RequestRefusedError(Problem(Code.INVALID_URL_PATTERN))
        found = node.entries.get(method)
        if found is None:
            raise RequestRefusedError(Problem(Code.INVALID_REQUEST_METHOD))
        entry, places = found
        return Match(entry, {name: segments[at] for name, at in places})

    def _walk(self, node: _Node, segments: Sequence[str], at: int) -> _Node | None:
        if at == len(segments):
            return node if node.entries else None
        segment = segments[at]
        literal = node.literals.get(segment)
        if literal is not None:
            found = self._walk(literal, segments, at + 1)
            if found is not None:
                return found
        if node.any is None or not segment or (at == 0 and segment in self._not_modules):
            return None
        return self._walk(node.any, segments, at + 1)
