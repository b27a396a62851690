"""What differs between the API versions on the wire, as one immutable dialect per version."""

from dataclasses import dataclass, replace
from typing import Final

from kaizen.criteria.read_coql import CoqlLimits
from kaizen.vocabulary.data_types import DataType

_COQL: Final = CoqlLimits()
_COQL_BEFORE_V7: Final = CoqlLimits(reach=10_000, columns=50, values=50, joins=2, joins_selected=2)
_COQL_BEFORE_V4: Final = replace(_COQL_BEFORE_V7, rows=200)
_COQL_BEFORE_V2_1: Final = replace(_COQL_BEFORE_V4, reach=None)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one API version looks on the wire (reference: platform B.6 to B.9)."""

    name: str
    number: float
    partial_status: int = 207  #: some elements of a write failed
    failed_status: int = 400  #: all elements failed
    fields_required: bool = True  #: record lists need `fields`
    page_tokens: bool = True
    discrete_limit: int | None = 2000  #: records reachable by page number
    clamp_per_page: bool = False  #: an over-large per_page is cut, not refused
    page_zero: bool = False  #: page 0 is the first page: the official SDK of version 2 asks for it
    json_paths: bool = True
    multiple_errors: bool = False  #: MULTIPLE_OR_MULTI_ERRORS when several fields are wrong
    approval_state: bool = False  #: `$approval_state` in write answers
    tags_in_query: bool = False
    colour_codes: bool = True
    coql: CoqlLimits = _COQL
    bare_ids: bool = False  #: input lookups may be bare id strings
    #: Data types that clients of this version cannot read: their fields stay out of its metadata.
    hidden_data_types: frozenset[DataType] = frozenset()
    search_scope: bool = True  #: search needs ZohoSearch.securesearch.READ


_V2: Final = {
    "fields_required": False,
    "page_tokens": False,
    "discrete_limit": None,
    "clamp_per_page": True,
    "page_zero": True,
    "tags_in_query": True,
    "colour_codes": False,
    "coql": _COQL_BEFORE_V4,
    "bare_ids": True,
    # The official SDK of version 2 stops at a type it does not know.
    "hidden_data_types": frozenset({DataType.TERRITORIES}),
}

DIALECTS: Final[dict[str, Dialect]] = {
    d.name: d
    for d in (
        Dialect(
            "v2",
            2.0,
            partial_status=202,
            failed_status=202,
            json_paths=False,
            search_scope=False,
            **(_V2 | {"coql": _COQL_BEFORE_V2_1}),  # type: ignore[arg-type]  # the mapping's values fit by name
        ),
        Dialect("v2.1", 2.1, **(_V2 | {"tags_in_query": False})),  # type: ignore[arg-type]  # as above
        Dialect("v2.2", 2.2, **(_V2 | {"tags_in_query": False})),  # type: ignore[arg-type]  # as above
        Dialect("v3", 3.0, coql=_COQL_BEFORE_V4, colour_codes=False),
        Dialect("v4", 4.0, coql=_COQL_BEFORE_V7),
        Dialect("v5", 5.0, coql=_COQL_BEFORE_V7),
        Dialect("v6", 6.0, coql=_COQL_BEFORE_V7),
        Dialect("v7", 7.0),
        Dialect("v8", 8.0, multiple_errors=True, approval_state=True),
    )
}
