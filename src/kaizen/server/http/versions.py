"""What differs between the API versions on the wire: one immutable dialect for each version.

This is the only place that knows which version has what. Everybody else asks the dialect of a call by a name that says
what differs.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from kaizen.criteria.coql_query import CoqlLimits
from kaizen.model.numbers import is_number
from kaizen.model.values import Json
from kaizen.vocabulary.data_types import DataType


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one API version looks on the wire; each difference with its source."""

    name: str

    #: Status of a write of which some elements failed, and of which all did (reference: platform B.5, B.6).
    partial_status: int
    failed_status: int
    #: What refuses a whole write is the answer itself, not the one element of it (reference: platform B.6).
    refuses_flat: bool
    #: Problems say where in the body they lie (reference: platform B.6).
    json_paths: bool
    #: Several wrong fields of a row are reported together, as MULTIPLE_OR_MULTI_ERRORS (reference: platform B.6).
    multiple_errors: bool
    #: A duplicate names the record that has the value already by its id alone (reference: platform C.4).
    short_duplicates: bool

    #: Record lists need `fields` (reference: platform B.8).
    fields_required: bool
    #: Record lists give tokens of the next and the previous page (reference: platform B.7).
    page_tokens: bool
    #: Records that can be reached by page number; None: all (reference: platform B.7).
    discrete_limit: int | None
    #: A `per_page` that is too large is cut, not refused (reference: platform B.7).
    clamp_per_page: bool
    #: Page 0 is the first page: the official SDK of version 2 asks for it (reference: platform B.12).
    page_zero: bool

    #: Lookups in rows may be bare ids (reference: platform C.2).
    bare_ids: bool
    #: Durations of calls are minutes and seconds, what is reminded of is one text (reference: platform C.11).
    old_activities: bool
    #: Line items are `Product_Details` with keys of their own (reference: platform C.10).
    product_details: bool
    #: Big integers are text (reference: platform B.4).
    bigint_as_text: bool
    #: A record by itself shows its layout (reference: platform B.10).
    shows_layout: bool
    #: What a note belongs to is shown with its module (reference: platform C.13).
    module_of_parent: bool
    #: The `$`-keys that are the same on every record (reference: platform B.10), and those of single modules:
    #: `$converted` and `$converted_detail` on leads, `$layout_id` where there are layouts, `$has_more` for subforms.
    system_keys: Mapping[str, Json]
    converted_key: bool
    converted_detail: bool
    layout_key: bool
    has_more: bool
    #: Answers to writes have `$approval_state` (reference: platform C.1).
    approval_state: bool
    #: There is a module of all activities (reference: platform C.11).
    activities: bool

    #: Tags of records are named in the query and answered as plain names (reference: platform C.15).
    tags_in_query: bool
    #: Tags have colours (reference: platform E.8).
    colour_codes: bool
    #: The deletion of a tag is answered as a list (reference: platform E.8).
    deleted_tag_as_list: bool

    #: Search needs the scope ZohoSearch.securesearch.READ (reference: platform A.9).
    search_scope: bool
    #: A search for nothing lists the parameters of which it wants one (reference: platform D.2).
    lists_search_parameters: bool
    #: Records can be counted (docs: getRecordCount examples).
    counts_records: bool
    #: How far queries go (reference: platform D.1).
    coql: CoqlLimits
    #: Lookups in the rows of queries come with names (reference: platform D.1).
    coql_names: bool
    #: Queries can ask for the metadata of their columns (reference: platform D.1).
    coql_meta: bool

    #: Fields and layouts have keys in shapes that no other version knows (reference: platform E.2, E.3).
    old_metadata: bool
    #: Data types that clients of this version cannot read: their fields stay out of its metadata (platform B.12).
    hidden_data_types: frozenset[DataType]
    #: Modules that were renamed have their labels of before (reference: platform E.1).
    old_labels: bool
    #: Related lists name their module without its id (reference: platform E.5).
    related_modules_by_name: bool
    #: What the keys of users (name format, sort order, type) end in, and those of the stamps of roles
    #: (reference: platform F.1, F.2).
    user_suffix: str
    role_suffix: str

    def has(self, since: str) -> bool:
        """Return whether this version has what came with another."""
        return _NUMBERS[self.name] >= _NUMBERS[since]

    def is_one_of(self, versions: Collection[Json]) -> bool:
        """Return whether versions, given by name, include this one."""
        return self.name in versions

    def is_within(self, since: Json, until: Json) -> bool:
        """Return whether this version lies between two others, given by number; None: it does not matter which."""
        number = _NUMBERS[self.name]
        too_old = is_number(since) and number < float(since)
        too_new = is_number(until) and number > float(until)
        return not too_old and not too_new


#: To compare versions by; only here.
_NUMBERS: Final = {
    "v2": 2.0,
    "v2.1": 2.1,
    "v2.2": 2.2,
    "v3": 3.0,
    "v4": 4.0,
    "v5": 5.0,
    "v6": 6.0,
    "v7": 7.0,
    "v8": 8.0,
}

_APPROVAL: Final[dict[str, Json]] = {"delegate": False, "approve": False, "reject": False, "resubmit": False}
_REVIEW: Final[dict[str, Json]] = {"approve": False, "reject": False, "resubmit": False}
#: What came with version 4; nothing is locked, shared, merged or under review here.
_KEYS_OF_V4: Final[dict[str, Json]] = {
    "$approval": {**_APPROVAL, "takeover": False},
    "$orchestration": False,
    "$in_merge": False,
    "$field_states": None,
    "$sharing_permission": "full_access",
    "$locked_for_me": False,
    "$zia_visions": None,
    "$zia_owner_assignment": "owner_recommendation_unavailable",
    "$wizard_connection_path": None,
}


def _with(keys: Mapping[str, Json], more: Mapping[str, Json], without: str = "") -> Mapping[str, Json]:
    return {key: value for key, value in {**keys, **more}.items() if key != without}


_COQL_V2: Final = CoqlLimits(rows=200, reach=None, columns=50, values=50, joins=2, joins_selected=2, subqueries=0)

# Each version is the one before it, and what it changed.
_V2: Final = Dialect(
    name="v2",
    partial_status=202,
    failed_status=202,
    refuses_flat=True,
    json_paths=False,
    multiple_errors=False,
    short_duplicates=True,
    fields_required=False,
    page_tokens=False,
    discrete_limit=None,
    clamp_per_page=True,
    page_zero=True,
    bare_ids=True,
    old_activities=True,
    product_details=True,
    bigint_as_text=True,
    shows_layout=False,
    module_of_parent=False,
    system_keys={
        "$approval": _APPROVAL,
        "$approved": True,
        "$editable": True,
        "$followed": False,
        "$process_flow": False,
        "$state": "save",
    },
    converted_key=True,
    converted_detail=True,
    layout_key=False,
    has_more=False,
    approval_state=False,
    activities=True,
    tags_in_query=True,
    colour_codes=False,
    deleted_tag_as_list=False,
    search_scope=False,
    lists_search_parameters=False,
    counts_records=False,
    coql=_COQL_V2,
    coql_names=False,
    coql_meta=False,
    old_metadata=True,
    # The official SDK of version 2 stops at a type it does not know.
    hidden_data_types=frozenset({DataType.TERRITORIES}),
    old_labels=True,
    related_modules_by_name=True,
    user_suffix="",
    role_suffix="",
)
_V2_1: Final = replace(
    _V2,
    name="v2.1",
    partial_status=207,
    failed_status=400,
    refuses_flat=False,
    json_paths=True,
    short_duplicates=False,
    old_activities=False,
    product_details=False,
    bigint_as_text=False,
    shows_layout=True,
    module_of_parent=True,
    system_keys=_with(_V2.system_keys, {"$review": None, "$review_process": _REVIEW}, without="$state"),
    converted_detail=False,
    tags_in_query=False,
    search_scope=True,
    lists_search_parameters=True,
    counts_records=True,
    coql=replace(_V2.coql, reach=10_000),
    old_metadata=False,
)
_V2_2: Final = replace(_V2_1, name="v2.2")
_V3: Final = replace(
    _V2_2,
    name="v3",
    fields_required=True,
    page_tokens=True,
    discrete_limit=2000,
    clamp_per_page=False,
    page_zero=False,
    bare_ids=False,
    system_keys=_with(_V2_2.system_keys, {"$approval_state": "approved"}),
    has_more=True,
    activities=False,
    deleted_tag_as_list=True,
    hidden_data_types=frozenset(),
    old_labels=False,
    related_modules_by_name=False,
)
_V4: Final = replace(
    _V3,
    name="v4",
    system_keys=_with(_V3.system_keys, _KEYS_OF_V4),
    converted_key=False,
    layout_key=True,
    colour_codes=True,
    coql=replace(_V3.coql, rows=2_000),
    user_suffix="__s",
)
_V5: Final = replace(_V4, name="v5")
_V6: Final = replace(
    _V5,
    name="v6",
    system_keys=_with(_V5.system_keys, {"$pathfinder": False}),
    coql_meta=True,
    role_suffix="__s",
)
_V7: Final = replace(_V6, name="v7", coql=CoqlLimits(), coql_names=True)
_V8: Final = replace(
    _V7,
    name="v8",
    multiple_errors=True,
    system_keys=_with(_V7.system_keys, {}, without="$approved"),
    approval_state=True,
)

DIALECTS: Final[Mapping[str, Dialect]] = {
    dialect.name: dialect for dialect in (_V2, _V2_1, _V2_2, _V3, _V4, _V5, _V6, _V7, _V8)
}
#: What answers of our own, and answers to addresses without a version, look like.
LATEST: Final = _V8
