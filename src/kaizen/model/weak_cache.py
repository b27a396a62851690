"""What is worked out once of an object that never changes: kept beside it, and gone with it."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar
from weakref import ref

K = TypeVar("K")
V = TypeVar("V")


class WeakCache(Generic[K, V]):
    """One value for each object of some kind, for as long as the object lives.

    Objects of the model are large and made of mappings, so they cannot be hashed: they are told apart by identity.
    Threads may ask at once; then all get the value of the first.
    """

    def __init__(self, make: Callable[[K], V]) -> None:
        self._make: Final = make
        self._kept: Final[dict[int, tuple[ref[K], V]]] = {}

    def of(self, owner: K) -> V:
        """Return the value of an object, made the first time it is asked for."""
        kept = self._kept.get(id(owner))
        if kept is None:
            kept = self._kept.setdefault(id(owner), (self._watched(owner), self._make(owner)))
        return kept[1]

    def __len__(self) -> int:
        return len(self._kept)

    def _watched(self, owner: K) -> ref[K]:
        kept, number = self._kept, id(owner)
        # Called before another object can have the number.
        return ref(owner, lambda _: kept.pop(number, None))
