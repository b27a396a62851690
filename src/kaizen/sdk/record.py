"""A record as the program holds it: the decoded answer, and what was changed since."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Final

from kaizen.sdk.errors import Misuse, NotSaved
from kaizen.sdk.ids import Id, Identified
from kaizen.sdk.wire import read_moment

_ABSENT: Final = object()


class RecordBase(MutableMapping[str, Any], Identified):
    """A record by the API names of its fields; both clients build their records on it.

    Reading costs nothing but the lookup: values stay as they were decoded. Assigning remembers what the
    service had, so that saving sends only what differs. To change a list or an object, assign a new one, not
    changed in place: a change inside it cannot be seen.
    """

    __slots__ = ("_before", "_data", "module")

    def __init__(self, data: dict[str, Any], module: str = "") -> None:
        self._data = data
        self._before: dict[str, Any] | None = None  # made by the first change
        self.module = module  #: the API name of the module

    @property
    def id(self) -> Id:
        """The id; raises NotSaved for a record that has none."""
        found = self._data.get("id")
        if not found:
            raise NotSaved(
                f"this record of {self.module or 'no module'} has no id: it was not saved, or was read without its id"
            )
        return Id(found)

    @property
    def is_saved(self) -> bool:
        """Whether the record has an id."""
        return bool(self._data.get("id"))

    @property
    def created_time(self) -> dt.datetime | None:
        """When the record was created, with the offset the service wrote."""
        return self._moment("Created_Time")

    @property
    def modified_time(self) -> dt.datetime | None:
        """When the record was last changed, with the offset the service wrote."""
        return self._moment("Modified_Time")

    @property
    def changes(self) -> dict[str, Any]:
        """The fields assigned since the record was read or saved whose values differ, with the new values."""
        return {name: self._data[name] for name in self._before or () if name in self._data}

    def __getitem__(self, name: str) -> Any:
        return self._data[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "id":
            raise Misuse("the id of a record cannot be assigned")
        if self._before is None:
            self._before = {}
        old = self._before.get(name, self._data.get(name, _ABSENT))
        # 1 == True in Python but not on the wire.
        if old is not _ABSENT and type(old) is type(value) and old == value:
            self._before.pop(name, None)
        else:
            self._before.setdefault(name, old)
        self._data[name] = value

    def __delitem__(self, name: str) -> None:
        raise Misuse(f"a field of a record cannot be deleted; assign None to {name!r} to empty it")

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __repr__(self) -> str:
        return f"<{self.module or 'record'} {self._data.get('id') or 'not saved'} {self._data!r}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a new dict."""
        return dict(self._data)

    def _moment(self, name: str) -> dt.datetime | None:
        text = self._data.get(name)
        return read_moment(text) if isinstance(text, str) else None

    def _saved(self, details: Mapping[str, Any]) -> None:
        """Take over what the service stamped, and forget what was changed."""
        self._data.update(details)
        self._before = None

    def _replaced(self, data: dict[str, Any]) -> None:
        """Become what the service has now."""
        self._data = data
        self._before = None
