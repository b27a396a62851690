"""Insert, update, upsert and delete records of any module."""

from collections.abc import Sequence
from functools import wraps
from typing import Final

import msgspec

from kaizen.fields.moment import show_instant
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem
from kaizen.model.values import Id, Json, Value
from kaizen.records.draft import RowOutcome
from kaizen.records.pipeline import Pipeline
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope, params
from kaizen.server.http.call import Answer, Call, Handler
from kaizen.server.records_api.people import People
from kaizen.server.records_api.request import (
    MOST_ROWS,
    WholeCallRefusedError,
    deletion_options,
    options_in,
    row_of,
    rows_in,
    writable_module,
)
from kaizen.vocabulary.codes import Code

ADDED: Final = "record added"
UPDATED: Final = "record updated"
DELETED: Final = "record deleted"

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


def in_one_element(handler: Handler) -> Handler:
    """Answer what refuses a whole call as the one element of `data`; v2 says it flat."""

    @wraps(handler)
    def answer(uow: UnitOfWork, call: Call) -> Answer:
        try:
            return handler(uow, call)
        except WholeCallRefusedError as refusal:
            if call.dialect.refuses_flat:
                return envelope.refused(refusal.problem, call.dialect)
            return Answer(refusal.problem.http_status, {"data": [refusal.problem.body()]})

    return answer


@in_one_element
def insert(uow: UnitOfWork, call: Call) -> Answer:
    """Insert up to a hundred records."""
    module = writable_module(uow, call, "creatable")
    rows = rows_in(call)
    outcomes = Pipeline(call.automation).insert(uow, call.actor, module, rows, options_in(call))
    return written(uow, call, outcomes, 201)


@in_one_element
def update(uow: UnitOfWork, call: Call) -> Answer:
    """Update up to a hundred records, each named by its id."""
    module = writable_module(uow, call, "editable")
    return _update(uow, call, module, rows_in(call))


@in_one_element
def update_one(uow: UnitOfWork, call: Call) -> Answer:
    """Update the record of the path."""
    module = writable_module(uow, call, "editable")
    return _update(uow, call, module, row_of(call, params.path_id(call)))


def _update(uow: UnitOfWork, call: Call, module: Module, rows: Sequence[Json]) -> Answer:
    outcomes = Pipeline(call.automation).update(uow, call.actor, module, rows, options_in(call))
    return written(uow, call, outcomes, 200)


@in_one_element
def upsert(uow: UnitOfWork, call: Call) -> Answer:
    """Update the records that rows mean, insert the others."""
    module = writable_module(uow, call, "creatable")
    rows = rows_in(call)
    outcomes = Pipeline(call.automation).upsert(uow, call.actor, module, rows, options_in(call, upsert=True))
    return written(uow, call, outcomes, 200, upsert=True)


def delete(uow: UnitOfWork, call: Call) -> Answer:
    """Delete up to a hundred records by `ids`."""
    module = writable_module(uow, call, "deletable")
    params.required(call, "ids", "One of the expected parameter is missing")
    return _delete(uow, call, module, params.ids(call, maximum=MOST_ROWS))


def delete_one(uow: UnitOfWork, call: Call) -> Answer:
    """Delete the record of the path."""
    module = writable_module(uow, call, "deletable")
    return _delete(uow, call, module, [params.path_id(call)])


def _delete(uow: UnitOfWork, call: Call, module: Module, ids: Sequence[Id | str]) -> Answer:
    outcomes = Pipeline(call.automation).delete(uow, call.actor, module, ids, deletion_options(call))
    shown = [o.problem or envelope.succeeded(DELETED, {"id": str(o.record_id)}) for o in outcomes]
    return envelope.elements(call, "data", shown)


def written(
    uow: UnitOfWork, call: Call, outcomes: Sequence[RowOutcome], status: int, *, upsert: bool = False
) -> Answer:
    """Answer a write, element by element."""
    shower = _Shower(uow, call, upsert=upsert)
    return envelope.elements(call, "data", [shower.element(outcome) for outcome in outcomes], status)


class _Shower:
    """Shows the outcomes of the rows of one call: a hundred rows share few stamps."""

    def __init__(self, uow: UnitOfWork, call: Call, *, upsert: bool) -> None:
        self._people = People(uow.users)
        self._zone = call.actor.zone
        self._approval_state = call.dialect.approval_state and not upsert
        self._upsert = upsert
        #: What was shown of other records, up to their id and from there on.
        self._shown: dict[tuple[Value, ...], tuple[bytes, bytes]] = {}

    def element(self, outcome: RowOutcome) -> envelope.Element:
        """Show one row."""
        problem = outcome.problem
        if problem is not None:
            if problem.code is Code.ALREADY_MODIFIED:
                return Problem(problem.code, self._details(outcome))
            return problem
        get = outcome.values.get
        stamps = (get("Modified_Time"), get("Modified_By"), get("Created_Time"), get("Created_By"))
        alike = (*stamps, outcome.created, outcome.duplicate_field)
        around = self._shown.get(alike)
        if around is None:
            before, _, after = _encode(self._success(outcome)).partition(_id(outcome))
            around = self._shown[alike] = before, after
        return msgspec.Raw(_id(outcome).join(around))

    def _success(self, outcome: RowOutcome) -> dict[str, Json]:
        details = self._details(outcome)
        if self._approval_state:
            details["$approval_state"] = "approved"
        element = envelope.succeeded(ADDED if outcome.created else UPDATED, details)
        if self._upsert:
            element["duplicate_field"] = outcome.duplicate_field
            element["action"] = "insert" if outcome.created else "update"
        return element

    def _details(self, outcome: RowOutcome) -> dict[str, Json]:
        values = outcome.values
        return {
            "Modified_Time": self._moment(values.get("Modified_Time")),
            "Modified_By": self._people.named(values.get("Modified_By")),
            "Created_Time": self._moment(values.get("Created_Time")),
            "id": str(outcome.record_id),
            "Created_By": self._people.named(values.get("Created_By")),
        }

    def _moment(self, at: Value) -> str | None:
        return show_instant(at, self._zone) if isinstance(at, int) else None


def _id(outcome: RowOutcome) -> bytes:
    return b'"%d"' % outcome.record_id
