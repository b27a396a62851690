"""Requests about users, the organisation and its metadata."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kaizen.sdk.ids import Id, IdLike, as_id
from kaizen.sdk.paging import PagePlan
from kaizen.sdk.rows import as_row
from kaizen.sdk.wire import Request, csv_of, params_of, path_of


def page(path: str, plan: PagePlan) -> Request:
    """Ask for a page of a list."""
    return Request(method="GET", path=path, params=plan.query())


def whole(path: str, **params: object) -> Request:
    """Ask for a list that comes in one piece."""
    return Request(method="GET", path=path, params=params_of(**params))


def one(path: str, wanted: IdLike, **params: object) -> Request:
    """Ask for one object of a list, by id or by the name that the list goes by."""
    return Request(method="GET", path=f"{path}/{path_of(as_id(wanted))}", params=params_of(**params))


def write(method: str, path: str, envelope: str, objects: Sequence[Mapping[str, Any]], **params: object) -> Request:
    """Create (POST) or change (PUT) objects."""
    return Request(method=method, path=path, params=params_of(**params), body={envelope: [as_row(o) for o in objects]})


def write_one(path: str, envelope: str, wanted: Id, values: Mapping[str, Any], **params: object) -> Request:
    """Change one object."""
    return write("PUT", f"{path}/{path_of(wanted)}", envelope, [values], **params)


def delete_one(path: str, wanted: Id) -> Request:
    """Delete one object."""
    return Request(method="DELETE", path=f"{path}/{path_of(wanted)}")


def delete_many(path: str, ids: Iterable[Id]) -> Request:
    """Delete objects."""
    return Request(method="DELETE", path=path, params=params_of(ids=csv_of(ids)))
