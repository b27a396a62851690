"""The records of one module."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from kaizen.sdk._async.record import AsyncRecord
from kaizen.sdk.answers import done_of, items_of, one_of, outcomes_of
from kaizen.sdk.batches import BatchResult, chunks
from kaizen.sdk.calls import records as calls
from kaizen.sdk.calls.records import FieldNames, ListOptions, SearchOptions, WriteOptions
from kaizen.sdk.criteria import Criteria
from kaizen.sdk.entity import Page
from kaizen.sdk.errors import KaizenError, LimitExceeded, Misuse
from kaizen.sdk.ids import Id, IdLike, as_id
from kaizen.sdk.paging import PagePlan
from kaizen.sdk.rows import each_of
from kaizen.sdk.wire import Request

if TYPE_CHECKING:
    from kaizen.sdk._async.client import AsyncClient


class AsyncModule:
    """The records of one module, as one user of the service."""

    def __init__(self, client: AsyncClient, api_name: str) -> None:
        if not api_name:
            raise Misuse("a module is named by its API name, such as 'Leads'")
        self._client = client
        self.api_name = api_name

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.api_name}>"

    async def create(self, values: Mapping[str, Any], **options: Unpack[WriteOptions]) -> AsyncRecord:
        """Create a record and return it with its id and the other values that the service set.

        Raises the service's refusal (BadRequest, Duplicate, ...), or AmbiguousResult if no answer
        tells whether it was created.
        """
        answer = await self._client.call(calls.insert(self.api_name, [values], options))
        details = done_of(answer, "data")
        return AsyncRecord({**values, **details}, self)

    async def create_many(self, rows: Iterable[Mapping[str, Any]], **options: Unpack[WriteOptions]) -> BatchResult:
        """Create any number of records, 100 a call, and return the outcome of each.

        Refused rows raise nothing; `raise_for_errors()` on the result does. When a call as a whole fails, its
        exception has the outcome of the rows before it as `partial`.
        """
        return await self._in_chunks(rows, lambda chunk: calls.insert(self.api_name, chunk, options))

    insert = create_many

    async def get(
        self,
        record: IdLike,
        *,
        fields: FieldNames | None = None,
        modified_since: dt.datetime | None = None,
    ) -> AsyncRecord:
        """Read a record; raises NotFound when there is none, or when it was not changed since the moment given."""
        answer = await self._client.call(calls.get(self.api_name, record, fields, modified_since))
        what = f"{as_id(record)} in {self.api_name}"
        if modified_since is not None:
            what += f" that was changed since {modified_since}"
        return AsyncRecord(one_of(answer, "data", what), self)

    async def list(self, *, page: int = 1, **options: Unpack[ListOptions]) -> Page[AsyncRecord]:
        """Read one page of records; since API version 3, `fields` is mandatory."""
        return await self._list_page(calls.list_plan(options, page), options.get("modified_since"))

    async def pages(self, **options: Unpack[ListOptions]) -> AsyncIterator[Page[AsyncRecord]]:
        """Read page after page, by default in the order of ids, so that new records do not shift the pages."""
        plan: PagePlan | None = calls.list_plan(_steady(options))
        while plan is not None:
            page = await self._list_page(plan, options.get("modified_since"))
            yield page
            plan = plan.after(page.info)

    async def iter(self, **options: Unpack[ListOptions]) -> AsyncIterator[AsyncRecord]:
        """Read all records, one after the other; a page is requested when its first record is used."""
        async for page in self.pages(**options):
            for record in page:
                yield record

    async def first(self, **options: Unpack[ListOptions]) -> AsyncRecord | None:
        """Read the first record of a list; None when it is empty."""
        options["per_page"] = 1
        page = await self.list(**options)
        return page[0] if page else None

    async def update(
        self,
        record: IdLike,
        values: Mapping[str, Any],
        *,
        if_unmodified_since: dt.datetime | None = None,
        **options: Unpack[WriteOptions],
    ) -> AsyncRecord:
        """Change the given fields of a record. Returns the values that were sent or set, not the whole record."""
        record_id = as_id(record)
        details = await self.send_changes(record_id, values, options, if_unmodified_since)
        return AsyncRecord({**values, **details, "id": record_id}, self)

    async def update_many(self, rows: Iterable[Mapping[str, Any]], **options: Unpack[WriteOptions]) -> BatchResult:
        """Change any number of records, each row with its `id`, 100 a call, and return the outcome of each."""
        return await self._in_chunks(rows, lambda chunk: calls.update(self.api_name, chunk, options))

    async def upsert(
        self,
        rows: Mapping[str, Any] | Iterable[Mapping[str, Any]],
        *,
        match: FieldNames | None = None,
        **options: Unpack[WriteOptions],
    ) -> BatchResult:
        """Create records, or change those that agree in a field of `match`; 100 a call.

        With `match` a call may be repeated without harm, so it is, when no answer comes.
        """
        given = [rows] if isinstance(rows, Mapping) else rows
        return await self._in_chunks(given, lambda chunk: calls.upsert(self.api_name, chunk, match, options))

    async def delete(self, record: IdLike, *, wf_trigger: bool | None = None) -> None:
        """Delete a record; `wf_trigger=False` keeps the rules for deletion still."""
        answer = await self._client.call(calls.delete_one(self.api_name, as_id(record), wf_trigger))
        done_of(answer, "data")

    async def delete_many(self, records: Iterable[IdLike], *, wf_trigger: bool | None = None) -> BatchResult:
        """Delete any number of records, 100 a call, and return the outcome of each."""
        ids = (as_id(record) for record in each_of(records))
        return await self._in_chunks(ids, lambda chunk: calls.delete(self.api_name, chunk, wf_trigger))

    async def search(
        self,
        criteria: Criteria | str | None = None,
        *,
        email: str | None = None,
        phone: str | None = None,
        word: str | None = None,
        **options: Unpack[SearchOptions],
    ) -> AsyncIterator[AsyncRecord]:
        """Find records by criteria, by an e-mail address, a phone number or a word in any field; all pages.

        Criteria are text in the service's own form, or `F("City") == "Paris"`, which escapes the values. The
        service gives 2,000 records at most; when it finds more, LimitExceeded follows the last of those.
        """
        plan: PagePlan | None = calls.search_plan(
            criteria=criteria, email=email, phone=phone, word=word, options=options
        )
        while plan is not None:
            answer = await self._client.call(calls.search_page(self.api_name, plan))
            try:
                items, info = items_of(answer, "data")
            except LimitExceeded as error:
                raise calls.beyond_reach(self.api_name, error) from error
            for item in items:
                yield AsyncRecord(item, self)
            plan = plan.after(info)

    async def add_tags(
        self, records: Iterable[IdLike], names: Iterable[str], *, over_write: bool | None = None
    ) -> BatchResult:
        """Add tags to records, 100 a call; with `over_write` they replace existing tags."""
        return await self._tag(records, names, "add_tags", over_write)

    async def remove_tags(self, records: Iterable[IdLike], names: Iterable[str]) -> BatchResult:
        """Remove tags from records, 100 a call."""
        return await self._tag(records, names, "remove_tags", None)

    def new(self, values: Mapping[str, Any] | None = None) -> AsyncRecord:
        """Return a new record that `save()` will create; nothing is sent now."""
        return AsyncRecord(dict(values or {}), self)

    async def send_changes(
        self,
        record_id: Id,
        values: Mapping[str, Any],
        options: WriteOptions,
        if_unmodified_since: dt.datetime | None,
    ) -> dict[str, Any]:
        """Change a record and return the values that the service set."""
        request = calls.update_one(self.api_name, record_id, values, options, if_unmodified_since)
        return done_of(await self._client.call(request), "data")

    async def _list_page(self, plan: PagePlan, modified_since: dt.datetime | None) -> Page[AsyncRecord]:
        answer = await self._client.call(calls.list_page(self.api_name, plan, modified_since))
        items, info = items_of(answer, "data")
        return Page([AsyncRecord(item, self) for item in items], info)

    async def _tag(
        self, records: Iterable[IdLike], names: Iterable[str], verb: str, over_write: bool | None
    ) -> BatchResult:
        wanted = [names] if isinstance(names, str) else [*names]
        version = self._client.config.version
        ids = (as_id(record) for record in each_of(records))
        return await self._in_chunks(
            ids,
            lambda chunk: calls.tags(self.api_name, chunk, wanted, verb=verb, over_write=over_write, version=version),
        )

    async def _in_chunks(self, rows: Iterable[Any], request: Callable[[Sequence[Any]], Request]) -> BatchResult:
        result = BatchResult()
        for start, chunk in chunks(rows):
            try:
                answer = await self._client.call(request(chunk))
                result.outcomes.extend(outcomes_of(answer, "data", start, chunk))
            except KaizenError as error:
                error.partial = result
                raise
        return result


def _steady(options: ListOptions) -> ListOptions:
    if options.get("cvid") is not None or options.get("sort_by") is not None:
        return options  # a view has an order of its own, and the service refuses to mix the two
    return {**options, "sort_by": "id", "sort_order": options.get("sort_order") or "asc"}
