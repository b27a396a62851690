"""A record that can save itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Unpack

from kaizen.sdk.calls.records import WriteOptions
from kaizen.sdk.record import RecordBase

if TYPE_CHECKING:
    from kaizen.sdk._async.module import AsyncModule


class AsyncRecord(RecordBase):
    """A record by the API names of its fields, bound to the module and the user it was read with."""

    __slots__ = ("_home",)

    def __init__(self, data: dict[str, Any], home: AsyncModule) -> None:
        super().__init__(data, home.api_name)
        self._home = home

    async def save(
        self, *, if_unmodified_since: dt.datetime | None = None, **options: Unpack[WriteOptions]
    ) -> AsyncRecord:
        """Send the changes only; without a change nothing is sent. Returns the record itself."""
        if not self.is_saved:
            self._saved((await self._home.create(self, **options)).to_dict())
        elif self.changes:
            details = await self._home.send_changes(self.id, self.changes, options, if_unmodified_since)
            self._saved(details)
        return self

    async def reload(self, *, fields: Iterable[str] | str | None = None) -> AsyncRecord:
        """Read the record again, dropping unsaved changes; raises NotFound if it is gone."""
        self._replaced((await self._home.get(self, fields=fields)).to_dict())
        return self

    async def delete(self, *, wf_trigger: bool | None = None) -> None:
        """Delete the record."""
        await self._home.delete(self, wf_trigger=wf_trigger)

    async def add_tags(self, *names: str, over_write: bool | None = None) -> None:
        """Add tags to the record; with `over_write` they replace those it has."""
        (await self._home.add_tags([self], names, over_write=over_write)).raise_for_errors()

    async def remove_tags(self, *names: str) -> None:
        """Remove tags from the record."""
        (await self._home.remove_tags([self], names)).raise_for_errors()
