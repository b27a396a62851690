"""A whole rule set at once: an index by equality finds candidates, generated source checks the rest of their criteria.

Most rules ask that some field equal some value. Each rule is filed under such equalities, so a record costs one
look-up per indexed field and a function for each value that some rule waits for; a thousand rules that wait for
something else cost nothing.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar

from kaizen.criteria.codegen import Look, Sources
from kaizen.criteria.holds import holds
from kaizen.criteria.normal_form import NormalForm, normal_form_of
from kaizen.criteria.normal_tests import Test
from kaizen.criteria.tree import ALWAYS, ANY_VALUE, Compare, Criteria, Group, Path, SpecialValue, key_of, paths
from kaizen.fields.kinds import MANY, ValueKind
from kaizen.model.values import Value, Values
from kaizen.vocabulary.comparators import GroupOperator

K = TypeVar("K", bound=Hashable)

#: A rule is filed under at most this many values; beyond, the index would cost more than it saves.
_MOST_ENTRIES: Final = 16
#: Rules in one generated function that have no equality.
_MOST_TOGETHER: Final = 200

#: A field, and whether its text is folded before it is looked up.
_Index: TypeAlias = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value some field must have for criteria to hold, and what else must hold then."""

    index: _Index
    value: Value
    rest: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class CompiledSet(Generic[K]):
    """A compiled rule set; made by `compile_set`, safe to share between threads."""

    paths: frozenset[Path]  #: every field the set reads
    _keys: Sequence[K]
    _criteria: Sequence[Criteria | None]
    _look: Look

    def __len__(self) -> int:
        """Count the rules."""
        return len(self._keys)

    def matches(self, values: Values) -> list[K]:
        """Return the keys of the rules that hold, in the order in which they were given."""
        hits: list[int] = []
        try:
            self._look(values, values.get, hits.append)
        except (TypeError, AttributeError):
            # A value that is not of its field's type. The interpreter knows what to make of it.
            return [key for key, tree in zip(self._keys, self._criteria, strict=True) if holds(tree, values)]
        if len(hits) > 1:
            hits = sorted(set(hits))
        return [self._keys[number] for number in hits]


_Rank: TypeAlias = Callable[[Sequence[_Entry]], float]


def compile_set(rules: Mapping[K, Criteria | None]) -> CompiledSet[K]:
    """Compile criteria by key; None holds for every record.

    Raise UnresolvedTokenError when a value still depends on the day.
    """
    trees = [ALWAYS if tree is None else tree for tree in rules.values()]
    rank = _selectivity(trees)
    buckets: dict[_Index, dict[Value, list[tuple[int, Criteria]]]] = {}
    unfiled: list[tuple[int, Criteria]] = []
    for number, tree in enumerate(trees):
        entries = _entries(tree, rank)
        if entries is None:
            unfiled.append((number, tree))
            continue
        for entry in entries:
            rules_there = buckets.setdefault(entry.index, {}).setdefault(entry.value, [])
            rules_there.append((number, _all(entry.rest)))
    indexes = sorted(buckets, key=lambda index: not index[1])
    sources = Sources({(key, "t" if folded else "v"): place for place, (key, folded) in enumerate(indexes)})
    filed = [{value: sources.add(found) for value, found in buckets[index].items()} for index in indexes]
    rest = [sources.add(unfiled[at : at + _MOST_TOGETHER]) for at in range(0, len(unfiled), _MOST_TOGETHER)]
    return CompiledSet(
        paths=frozenset().union(*map(paths, trees)),
        _keys=tuple(rules),
        _criteria=tuple(rules.values()),
        _look=sources.look(indexes, filed, rest),
    )


def _selectivity(trees: Sequence[Criteria]) -> _Rank:
    """Rank ways to file a rule: the more values a field is asked for, the rarer a record has just this one."""
    values: dict[_Index, set[Value]] = {}
    pending = list(trees)
    while pending:
        tree = pending.pop()
        if isinstance(tree, Group):
            pending += tree.members
        else:
            for entry in _equalities(tree) or ():
                values.setdefault(entry.index, set()).add(entry.value)
    return lambda entries: sum(1 / len(values[entry.index]) for entry in entries)


def _entries(tree: Criteria, rank: _Rank) -> Sequence[_Entry] | None:
    """Return values of which a record must have one for a tree to hold; None if there are none, or too many."""
    if isinstance(tree, Compare):
        return _equalities(tree)
    if tree.operator is GroupOperator.OR:
        found: list[_Entry] = []
        for member in tree.members:
            entries = _entries(member, rank)
            if entries is None:
                return None
            found += entries
        return found if len(found) <= _MOST_ENTRIES else None
    ways = [(_entries(member, rank), at) for at, member in enumerate(tree.members)]
    usable = [(entries, at) for entries, at in ways if entries is not None]
    if not usable:
        return None
    # What is rarest comes first, so that a rule which does not hold is done with after one look.
    usable.sort(key=lambda way: rank(way[0]))
    best, _ = usable[0]
    order = [at for _, at in usable[1:]] + [at for entries, at in ways if entries is None]
    others = tuple(tree.members[at] for at in order)
    return [_Entry(entry.index, entry.value, entry.rest + others) for entry in best]


def _equalities(leaf: Compare) -> Sequence[_Entry] | None:
    if isinstance(leaf.value, SpecialValue) and leaf.value == ANY_VALUE:
        return None
    meaning = normal_form_of(leaf)
    if meaning.test is Test.NEVER:
        return ()
    if not _is_equality(meaning):
        return None
    index = (key_of(leaf.path), meaning.kind is ValueKind.TEXT)
    return [_Entry(index, value, ()) for value in meaning.operands]


def _is_equality(meaning: NormalForm) -> bool:
    return (
        meaning.test in (Test.EQUAL, Test.ONE_OF)
        and not meaning.negated
        and meaning.ref is None
        and meaning.kind not in MANY
        and len(meaning.operands) <= _MOST_ENTRIES
    )


def _all(members: tuple[Criteria, ...]) -> Criteria:
    return members[0] if len(members) == 1 else Group(GroupOperator.AND, members)
