"""Users, the organisation, and the metadata of its modules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kaizen.sdk._async.resource import AsyncEditable, AsyncResource
from kaizen.sdk.answers import body_of, items_of, one_of, outcomes_of
from kaizen.sdk.batches import BatchResult, chunks
from kaizen.sdk.calls import settings as calls
from kaizen.sdk.entity import Entity, Page
from kaizen.sdk.ids import IdLike, as_id
from kaizen.sdk.paging import PER_PAGE
from kaizen.sdk.rows import as_row, each_of

if TYPE_CHECKING:
    from kaizen.sdk._async.client import AsyncClient


class AsyncUsers(AsyncResource):
    """The users of the organisation."""

    path = "users"
    envelope = "users"
    noun = "user"

    async def current(self) -> Entity:
        """Read the user whose token is used."""
        answer = await self._call(calls.whole(self.path, type="CurrentUser"))
        return Entity(one_of(answer, self.envelope, "current user"))

    async def create(self, values: Mapping[str, Any]) -> Entity:
        """Invite a user with at least name, email, role and profile; returns it with its id."""
        return await self._create(values)

    async def create_many(self, rows: Iterable[Mapping[str, Any]]) -> BatchResult:
        """Invite several users, one a call as the service requires, and return the outcome of each."""
        return await self._one_by_one("POST", rows)

    async def update(self, wanted: IdLike, values: Mapping[str, Any]) -> Entity:
        """Change a user; returns the values that were sent, with the id."""
        return await self._update(wanted, values)

    async def update_many(self, rows: Iterable[Mapping[str, Any]]) -> BatchResult:
        """Change several users, each row with its `id`, and return the outcome of each."""
        return await self._one_by_one("PUT", rows)

    async def delete(self, wanted: IdLike) -> None:
        """Delete a user."""
        await self._delete(wanted)

    async def _one_by_one(self, method: str, rows: Iterable[Mapping[str, Any]]) -> BatchResult:
        result = BatchResult()
        for start, chunk in chunks(rows, 1):
            answer = await self._call(calls.write(method, self.path, self.envelope, chunk))
            result.outcomes.extend(outcomes_of(answer, self.envelope, start, chunk))
        return result


class AsyncOrg:
    """The organisation itself."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def get(self) -> Entity:
        """Read the organisation."""
        return Entity(one_of(await self._client.call(calls.whole("org")), "org", "organisation"))


class AsyncSettings:
    """Modules, fields, layouts, profiles, roles and tags."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def tags(self) -> AsyncTags:
        """The tags of each module."""
        return AsyncTags(self._client)

    async def modules(self, **filters: object) -> Sequence[Entity]:
        """Read all modules."""
        return await self._all("settings/modules", "modules", filters)

    async def module(self, wanted: IdLike) -> Entity:
        """Read a module, by API name or id, with more of its settings than the list has."""
        return await self._one("settings/modules", "modules", wanted, f"module {wanted}")

    async def fields(self, module: str, **filters: object) -> Sequence[Entity]:
        """Read the fields of a module."""
        return await self._all("settings/fields", "fields", {"module": module, **filters})

    async def field(self, module: str, wanted: IdLike) -> Entity:
        """Read a field by its id."""
        return await self._one("settings/fields", "fields", wanted, f"field {wanted} in {module}", module=module)

    async def create_fields(self, module: str, fields: Iterable[Mapping[str, Any]]) -> BatchResult:
        """Create custom fields, at most 5 a call, as the API has them: `field_label`, `data_type` and so on."""
        return await self._write_fields("POST", module, fields)

    async def update_fields(self, module: str, fields: Iterable[Mapping[str, Any]]) -> BatchResult:
        """Change fields, at most 5 a call, each with its `id`; a pick-list value without id is added."""
        return await self._write_fields("PATCH", module, fields)

    async def layouts(self, module: str) -> Sequence[Entity]:
        """Read the layouts of a module."""
        return await self._all("settings/layouts", "layouts", {"module": module})

    async def layout(self, module: str, wanted: IdLike) -> Entity:
        """Read a layout by its id."""
        return await self._one("settings/layouts", "layouts", wanted, f"layout {wanted} in {module}", module=module)

    async def profiles(self) -> Sequence[Entity]:
        """Read the profiles: what users may do."""
        return await self._all("settings/profiles", "profiles", {})

    async def roles(self) -> Sequence[Entity]:
        """Read the roles: whose records users see."""
        return await self._all("settings/roles", "roles", {})

    async def _write_fields(self, method: str, module: str, fields: Iterable[Mapping[str, Any]]) -> BatchResult:
        wanted = [as_row(field) for field in each_of(fields)]
        request = calls.write(method, "settings/fields", "fields", wanted, module=module)
        # Writing metadata came with version 6.
        answer = await self._client.call(replace(request, first_version=6))
        return BatchResult(outcomes_of(answer, "fields", 0, wanted))

    async def _all(self, path: str, envelope: str, params: Mapping[str, object]) -> Sequence[Entity]:
        items, _ = items_of(await self._client.call(calls.whole(path, **params)), envelope)
        return [Entity(item) for item in items]

    async def _one(self, path: str, envelope: str, wanted: IdLike, what: str, **params: object) -> Entity:
        answer = await self._client.call(calls.one(path, wanted, **params))
        return Entity(one_of(answer, envelope, what))


class AsyncTags(AsyncEditable):
    """The tags of the organisation's modules."""

    path = "settings/tags"
    envelope = "tags"
    noun = "tag"

    async def list(  # type: ignore[override]  # tags belong to a module, which must be named
        self, module: str, *, page: int = 1, per_page: int = PER_PAGE, **filters: object
    ) -> Page[Entity]:
        """Read a module's tags."""
        return await super().list(page=page, per_page=per_page, module=module, **filters)

    async def iter(  # type: ignore[override]  # as above
        self, module: str, *, per_page: int = PER_PAGE, **filters: object
    ) -> AsyncIterator[Entity]:
        """Read all tags of a module, one after the other."""
        async for tag in super().iter(per_page=per_page, module=module, **filters):
            yield tag

    async def create(self, module: str, *names: str | Mapping[str, Any]) -> BatchResult:
        """Create tags of a module, by name or as objects with `name` and `color_code`."""
        wanted = [{"name": name} if isinstance(name, str) else as_row(name) for name in names]
        answer = await self._call(calls.write("POST", self.path, self.envelope, wanted, module=module))
        return BatchResult(outcomes_of(answer, self.envelope, 0, wanted))

    async def update(self, module: str, wanted: IdLike, **values: object) -> Entity:
        """Change a tag's `name` or `color_code`."""
        return await self._update(wanted, values, module=module)

    async def records_count(self, module: str, wanted: IdLike) -> Entity:
        """Read how many records have a tag (`count` is text), and which automation uses it."""
        request = calls.whole(f"{self.path}/{as_id(wanted)}/actions/records_count", module=module)
        return Entity(body_of(await self._call(request)))
