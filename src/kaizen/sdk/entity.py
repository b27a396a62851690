"""Read-only objects of the service (users, fields, rules), and pages of anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, overload

from kaizen.sdk.ids import Id, Identified

T = TypeVar("T")


class Entity(Mapping[str, Any], Identified):
    """A read-only view of one answer object: `user["email"]` and `user.email` are the same.

    Keys that this library does not know are kept. An absent key is a KeyError, or an AttributeError.
    """

    __slots__ = ("_data",)

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data

    @property
    def id(self) -> Id:
        """The id; an AttributeError where the object has none."""
        found = self._data.get("id")
        if not found:
            raise AttributeError("id")
        return Id(found)

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __getattr__(self, name: str) -> Any:
        # copy and pickle look for special names before there is any data
        if name.startswith("__") or name == "_data":
            raise AttributeError(name)
        try:
            found = self._data[name]
        except KeyError:
            known = ", ".join(sorted(self._data))
            raise AttributeError(f"there is no {name!r}; there are: {known}") from None
        return Entity(found) if isinstance(found, dict) else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"Entity({dict(self._data)!r})"

    def to_dict(self) -> dict[str, Any]:
        """Return the answer object itself, as a new dict."""
        return dict(self._data)


class Page(Sequence[T], Generic[T]):
    """One page of a list; `info` is the service's object about the page."""

    __slots__ = ("_items", "info")

    def __init__(self, items: Sequence[T], info: Entity) -> None:
        self._items = items
        self.info = info

    @property
    def more_records(self) -> bool:
        """Return whether there is another page."""
        return bool(self.info.get("more_records"))

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...
    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f"Page({len(self)} items, info={dict(self.info)!r})"
