"""Insert, update, upsert and delete records of any module."""

from collections.abc import Sequence
from typing import Final

import msgspec

from kaizen.fields.moment import show_instant
from kaizen.fields.reference import id_of
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json, Value
from kaizen.records.draft import RowOutcome
from kaizen.records.pipeline import NO_ID, Pipeline
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope, params
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.people import People
from kaizen.server.records_api.request import (
    MOST_ROWS,
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
_NO_RECORD: Final = "invalid record id"

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode


def insert(uow: UnitOfWork, call: Call) -> Answer:
    """Insert up to a hundred records."""
    module = writable_module(uow, call, "creatable")
    rows = rows_in(call, module)
    outcomes = Pipeline(call.automation).insert(uow, call.actor, module, rows, options_in(call))
    return written(uow, call, outcomes, 201)


def update(uow: UnitOfWork, call: Call) -> Answer:
    """Update up to a hundred records, each named by its id."""
    module = writable_module(uow, call, "editable")
    outcomes = Pipeline(call.automation).update(uow, call.actor, module, rows_in(call, module), options_in(call))
    return written(uow, call, outcomes, 200)


def update_one(uow: UnitOfWork, call: Call) -> Answer:
    """Update the record of the path."""
    module = writable_module(uow, call, "editable")
    record_id = id_of(call.params["id"])
    if record_id is None:
        raise RequestRefusedError(params.bad_path_id(call), within="data")
    outcomes = Pipeline(call.automation).update(
        uow, call.actor, module, row_of(call, module, record_id), options_in(call)
    )
    return written(uow, call, [named_by_path(call, outcome) for outcome in outcomes], 200)


def named_by_path(call: Call, outcome: RowOutcome, name: str = "id") -> RowOutcome:
    """Say of an id that nothing has where in the path it stands: the row did not bring it."""
    problem = outcome.problem
    if problem is None or problem.details.get("json_path") != "$.data[0].id" or not call.dialect.json_paths:
        return outcome
    return outcome._replace(problem=params.bad_path_id(call, name))


def upsert(uow: UnitOfWork, call: Call) -> Answer:
    """Update the records that rows mean, insert the others."""
    module = writable_module(uow, call, "creatable")
    rows = rows_in(call, module)
    outcomes = Pipeline(call.automation).upsert(uow, call.actor, module, rows, options_in(call, upsert=True))
    return written(uow, call, outcomes, 200, upsert=True)


def delete(uow: UnitOfWork, call: Call) -> Answer:
    """Delete up to a hundred records by `ids`."""
    module = writable_module(uow, call, "deletable")
    params.required(call, "ids", "One of the expected parameter is missing")
    ids = params.ids(call, maximum=MOST_ROWS)
    outcomes = Pipeline(call.automation).delete(uow, call.actor, module, ids, deletion_options(call))
    return deleted(call, outcomes)


def delete_one(uow: UnitOfWork, call: Call) -> Answer:
    """Delete the record of the path."""
    module = writable_module(uow, call, "deletable")
    text = call.params["id"]
    record_id = id_of(text)
    if record_id is None:
        raise RequestRefusedError(params.bad_path_id(call, message=_NO_RECORD if text.isdecimal() else NO_ID))
    outcomes = Pipeline(call.automation).delete(uow, call.actor, module, [record_id], deletion_options(call))
    for problem in (outcome.problem for outcome in outcomes if outcome.problem is not None):
        raise RequestRefusedError(params.bad_path_id(call, message=problem.text))
    return deleted(call, outcomes)


def deleted(call: Call, outcomes: Sequence[RowOutcome]) -> Answer:
    """Answer a deletion, element by element."""
    shown = [o.problem or envelope.succeeded(DELETED, {"id": str(o.record_id)}) for o in outcomes]
    return envelope.elements(call, "data", shown)


def written(
    uow: UnitOfWork, call: Call, outcomes: Sequence[RowOutcome], status: int, *, upsert: bool = False
) -> Answer:
    """Answer a write, element by element."""
    shower = _OutcomeSerializer(uow, call, upsert=upsert)
    return envelope.elements(call, "data", [shower.element(outcome) for outcome in outcomes], status)


class _OutcomeSerializer:
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
