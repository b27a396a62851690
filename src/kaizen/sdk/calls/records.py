"""Requests about the records of a module (reference: platform C and D)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

from kaizen.sdk.criteria import Criteria, Field
from kaizen.sdk.errors import LimitExceeded, Misuse
from kaizen.sdk.ids import Id, IdLike, as_id
from kaizen.sdk.paging import PER_PAGE, PagePlan
from kaizen.sdk.rows import as_row
from kaizen.sdk.wire import Request, csv_of, moment_of, params_of, path_of

FieldNames: TypeAlias = Iterable[str | Field] | Field | str


class ListOptions(TypedDict, total=False):
    """Options of a list of records."""

    fields: FieldNames | None
    sort_by: str | Field | None
    sort_order: str | None  #: "asc" or "desc"
    per_page: int
    ids: Iterable[IdLike] | None
    cvid: IdLike | None
    converted: bool | str | None
    territory_id: IdLike | None
    include_child: bool | None
    modified_since: dt.datetime | None


class SearchOptions(TypedDict, total=False):
    """Options of a search besides its criteria."""

    fields: FieldNames | None
    sort_by: str | Field | None
    sort_order: str | None
    per_page: int
    converted: bool | str | None
    approved: bool | str | None
    cvid: IdLike | None


class WriteOptions(TypedDict, total=False):
    """Options of a write."""

    trigger: Iterable[str] | None  #: None: everything runs; (): nothing runs
    process: Iterable[str] | None
    lar_id: IdLike | None
    apply_feature_execution: Iterable[str] | None
    skip_feature_execution: Iterable[str] | None


def list_plan(options: ListOptions, page: int = 1) -> PagePlan:
    """Plan the pages of a list."""
    ids = options.get("ids")
    params = params_of(
        fields=_fields(options.get("fields")),
        sort_by=options.get("sort_by"),
        sort_order=options.get("sort_order"),
        ids=csv_of(as_id(value) for value in ids) if ids is not None else None,
        cvid=_optional_id(options.get("cvid")),
        converted=options.get("converted"),
        territory_id=_optional_id(options.get("territory_id")),
        include_child=options.get("include_child"),
    )
    return PagePlan(params, per_page=options.get("per_page", PER_PAGE), page=page)


def list_page(module: str, plan: PagePlan, modified_since: dt.datetime | None = None) -> Request:
    """Ask for a page of records."""
    return Request(method="GET", path=path_of(module), params=plan.query(), headers=_since(modified_since))


def get(module: str, record_id: IdLike, fields: FieldNames | None, modified_since: dt.datetime | None) -> Request:
    """Ask for one record."""
    return Request(
        method="GET",
        path=path_of(module, as_id(record_id)),
        params=params_of(fields=_fields(fields)),
        headers=_since(modified_since),
    )


def insert(module: str, rows: Sequence[Mapping[str, Any]], options: WriteOptions) -> Request:
    """Create records."""
    return Request(method="POST", path=path_of(module), body=_body(rows, options))


def update(
    module: str,
    rows: Sequence[Mapping[str, Any]],
    options: WriteOptions,
    if_unmodified_since: dt.datetime | None = None,
) -> Request:
    """Change records, each named by its id among its values."""
    return Request(
        method="PUT", path=path_of(module), body=_body(rows, options), headers=_unless_since(if_unmodified_since)
    )


def update_one(
    module: str,
    record_id: Id,
    values: Mapping[str, Any],
    options: WriteOptions,
    if_unmodified_since: dt.datetime | None = None,
) -> Request:
    """Change one record."""
    return Request(
        method="PUT",
        path=path_of(module, record_id),
        body=_body([values], options),
        headers=_unless_since(if_unmodified_since),
    )


def upsert(module: str, rows: Sequence[Mapping[str, Any]], match: FieldNames | None, options: WriteOptions) -> Request:
    """Create or change records, found by the fields in `match`; may be repeated when there are such fields."""
    fields = names_of(match)
    body = _body(rows, options)
    if fields:
        body["duplicate_check_fields"] = fields
    return Request(method="POST", path=path_of(module, "upsert"), body=body, replayable=bool(fields))


def delete(module: str, ids: Sequence[Id], wf_trigger: bool | None) -> Request:
    """Delete records."""
    return Request(method="DELETE", path=path_of(module), params=params_of(ids=csv_of(ids), wf_trigger=wf_trigger))


def delete_one(module: str, record_id: Id, wf_trigger: bool | None) -> Request:
    """Delete one record."""
    return Request(method="DELETE", path=path_of(module, record_id), params=params_of(wf_trigger=wf_trigger))


def search_plan(
    *,
    criteria: Criteria | str | None,
    email: str | None,
    phone: str | None,
    word: str | None,
    options: SearchOptions,
    page: int = 1,
) -> PagePlan:
    """Plan the pages of a search for one thing."""
    wanted = {"criteria": criteria, "email": email, "phone": phone, "word": word}
    given = {name: value for name, value in wanted.items() if value is not None}
    if len(given) != 1:
        told = ", ".join(given) or "nothing"
        raise Misuse(f"search takes exactly one of criteria, email, phone and word; it was given {told}")
    params = params_of(
        **{name: value.to_search() if isinstance(value, Criteria) else value for name, value in given.items()},
        fields=_fields(options.get("fields")),
        sort_by=options.get("sort_by"),
        sort_order=options.get("sort_order"),
        converted=options.get("converted"),
        approved=options.get("approved"),
        cvid=_optional_id(options.get("cvid")),
    )
    return PagePlan(params, per_page=options.get("per_page", PER_PAGE), page=page)


def search_page(module: str, plan: PagePlan) -> Request:
    """Ask for a page of what a search finds."""
    return Request(method="GET", path=path_of(module, "search"), params=plan.query())


def beyond_reach(module: str, error: LimitExceeded) -> LimitExceeded:
    """Make the exception for a search that found more records than the service gives."""
    most = error.details.get("limit", "2000")
    return LimitExceeded(
        f"the search finds more than the {most} records in {module} that the service gives for one search; "
        "narrow it down, or read all of them with coql(...) or iter(...)",
        code=error.code,
        status=error.status,
        details=error.details,
        method=error.method,
        url=error.url,
        request_id=error.request_id,
    )


def coql(query: str) -> Request:
    """Ask a query; it reads only, so it may be repeated."""
    return Request(method="POST", path="coql", body={"select_query": query}, replayable=True)


def tags(
    module: str,
    ids: Sequence[Id],
    names: Iterable[str],
    *,
    verb: str,
    over_write: bool | None,
    version: float,
) -> Request:
    """Add tags to records, or remove them (`verb` is add_tags or remove_tags)."""
    wanted = [names] if isinstance(names, str) else list(names)
    if version < 2.1:
        # The oldest version has them in the query.
        params = params_of(ids=csv_of(ids), tag_names=csv_of(wanted), over_write=over_write)
        return Request(method="POST", path=path_of(module, "actions", verb), params=params, replayable=True)
    body: dict[str, object] = {"tags": [{"name": name} for name in wanted], "ids": list(ids)}
    if over_write is not None:
        body["over_write"] = over_write
    return Request(method="POST", path=path_of(module, "actions", verb), body=body, replayable=True)


def _body(rows: Sequence[Mapping[str, Any]], options: WriteOptions) -> dict[str, Any]:
    body: dict[str, Any] = {"data": [as_row(row) for row in rows]}
    for name, names in (("trigger", options.get("trigger")), ("process", options.get("process"))):
        if isinstance(names, str):
            raise Misuse(f"{name} is a list of names: [{names!r}], or () for none")
        if names is not None:
            body[name] = list(names)
    lar_id = options.get("lar_id")
    if lar_id is not None:
        body["lar_id"] = as_id(lar_id)
    for name, features in (
        ("apply_feature_execution", options.get("apply_feature_execution")),
        ("skip_feature_execution", options.get("skip_feature_execution")),
    ):
        if features is not None:
            body[name] = [{"name": feature} for feature in features]
    return body


def names_of(fields: FieldNames | None) -> list[str]:
    """Return the API names of fields, however they were given."""
    if fields is None:
        return []
    return [str(fields)] if isinstance(fields, str | Field) else [str(field) for field in fields]


def _fields(fields: FieldNames | None) -> str | None:
    return csv_of(names_of(fields)) if fields is not None else None


def _optional_id(value: IdLike | None) -> Id | None:
    return None if value is None else as_id(value)


def _since(moment: dt.datetime | None) -> dict[str, str]:
    return {"if-modified-since": moment_of(moment)} if moment is not None else {}


def _unless_since(moment: dt.datetime | None) -> dict[str, str]:
    return {"if-unmodified-since": moment_of(moment)} if moment is not None else {}
