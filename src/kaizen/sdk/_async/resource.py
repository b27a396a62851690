"""Lists of settings that are all handled alike: page through them, read, create, change and delete one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kaizen.sdk.answers import done_of, items_of, one_of, outcomes_of
from kaizen.sdk.batches import BatchResult, chunks
from kaizen.sdk.calls import settings as calls
from kaizen.sdk.entity import Entity, Page
from kaizen.sdk.ids import IdLike, as_id
from kaizen.sdk.paging import PER_PAGE, PagePlan
from kaizen.sdk.rows import each_of
from kaizen.sdk.wire import Answer, Host, Request, params_of

if TYPE_CHECKING:
    from kaizen.sdk._async.client import AsyncClient


class AsyncResource:
    """A list that can be read; subclasses define its path and other operations."""

    path = ""
    envelope = ""
    noun = ""  #: what one of them is called in a message
    host = Host.API
    first_version: int | None = None

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def get(self, wanted: IdLike) -> Entity:
        """Read one by its id; raises NotFound when there is none."""
        answer = await self._call(calls.one(self.path, wanted))
        return Entity(one_of(answer, self.envelope, f"{self.noun} {as_id(wanted)}"))

    async def list(self, *, page: int = 1, per_page: int = PER_PAGE, **filters: object) -> Page[Entity]:
        """Read one page; the filters are the service's own parameters."""
        return await self._page(PagePlan(params_of(**filters), per_page=per_page, page=page))

    async def pages(self, *, per_page: int = PER_PAGE, **filters: object) -> AsyncIterator[Page[Entity]]:
        """Read page after page."""
        plan: PagePlan | None = PagePlan(params_of(**filters), per_page=per_page)
        while plan is not None:
            page = await self._page(plan)
            yield page
            plan = plan.after(page.info)

    async def iter(self, *, per_page: int = PER_PAGE, **filters: object) -> AsyncIterator[Entity]:
        """Read all of them, one after the other."""
        async for page in self.pages(per_page=per_page, **filters):
            for entity in page:
                yield entity

    async def _page(self, plan: PagePlan) -> Page[Entity]:
        items, info = items_of(await self._call(calls.page(self.path, plan)), self.envelope)
        return Page([Entity(item) for item in items], info)

    async def _call(self, request: Request) -> Answer:
        return await self._client.call(replace(request, host=self.host, first_version=self.first_version))

    async def _create(self, values: Mapping[str, Any], **params: object) -> Entity:
        answer = await self._call(calls.write("POST", self.path, self.envelope, [values], **params))
        return Entity({**values, **done_of(answer, self.envelope)})

    async def _update(self, wanted: IdLike, values: Mapping[str, Any], **params: object) -> Entity:
        answer = await self._call(calls.write_one(self.path, self.envelope, as_id(wanted), values, **params))
        return Entity({**values, **done_of(answer, self.envelope), "id": as_id(wanted)})

    async def _delete(self, wanted: IdLike) -> None:
        done_of(await self._call(calls.delete_one(self.path, as_id(wanted))), self.envelope)


class AsyncEditable(AsyncResource):
    """A list with members that can be deleted, one or several a call; subclasses create them."""

    rows_per_delete = 10

    async def delete(self, wanted: IdLike) -> None:
        """Delete one."""
        await self._delete(wanted)

    async def delete_many(self, wanted: Iterable[IdLike]) -> BatchResult:
        """Delete several, and return the outcome of each."""
        result = BatchResult()
        for start, ids in chunks((as_id(one) for one in each_of(wanted)), self.rows_per_delete):
            answer = await self._call(calls.delete_many(self.path, ids))
            result.outcomes.extend(outcomes_of(answer, self.envelope, start, ids))
        return result
