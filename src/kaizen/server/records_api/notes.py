"""The notes of a record (reference: platform C.13). Notes as such are records of the module Notes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from kaizen.criteria.tree import Compare, Criteria
from kaizen.fields.reference import id_of
from kaizen.model.catalog import Module
from kaizen.model.problem import RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records import permitted
from kaizen.records.draft import RowOutcome
from kaizen.records.pipeline import Pipeline
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import params
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.reading import answer_page, fields_in, not_shared, sorting
from kaizen.server.records_api.record_serializer import plan_for
from kaizen.server.records_api.request import (
    MOST_ROWS,
    NOTES,
    deletion_options,
    module_in,
    options_in,
    row_of,
    rows_in,
    unsupported,
)
from kaizen.server.records_api.writing import deleted, named_by_path, written
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType

#: The size of a page, as the description of this one operation spells it.
_PER_PAGE: Final = "perPage"
#: An id that no record has.
_UNKNOWN: Final = "0"
_NO_PARENT: Final = "the related id given seems to be invalid"


def list_notes(uow: UnitOfWork, call: Call) -> Answer:
    """Answer a page of a record's notes, oldest first unless another order is asked for."""
    notes, parent = _notes_of(uow, call)
    permitted.viewable(uow, call.actor, notes)
    if _PER_PAGE in call.query:
        call = replace(call, query={"per_page": call.query[_PER_PAGE], **call.query})
    plan = plan_for(uow, call, notes, fields_in(call, required=call.dialect.fields_required), alone=False)
    order = sorting(uow, call, notes, usual=("id", False))
    return answer_page(uow, call, plan, _of(parent), order, shared=True)


def get_note(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one note of a record."""
    notes, parent = _notes_of(uow, call)
    permitted.viewable(uow, call.actor, notes)
    note_id = params.path_id(call, "note")
    row = uow.fetch(notes, (note_id,)).get(note_id)
    if row is None or row.get("Parent_Id") != parent:
        return Answer(204)
    plan = plan_for(uow, call, notes, fields_in(call, required=False), alone=True)
    return Answer(body={"data": plan.render(uow, [row])})


def add_notes(uow: UnitOfWork, call: Call) -> Answer:
    """Add up to a hundred notes to a record."""
    notes, parent = _notes_of(uow, call)
    hung: dict[str, Json] = {"Parent_Id": {"id": str(parent)}, "$se_module": call.params["module"]}
    rows: list[Json] = [{**row, **hung} if isinstance(row, dict) else row for row in rows_in(call, notes)]
    outcomes = Pipeline(call.automation).insert(uow, call.actor, notes, rows, options_in(call))
    return written(uow, call, outcomes, 201)


def update_notes(uow: UnitOfWork, call: Call) -> Answer:
    """Change up to a hundred notes of a record, each named by its id."""
    notes, parent = _notes_of(uow, call)
    return written(uow, call, _update(uow, call, notes, parent, rows_in(call, notes)), 200)


def update_note(uow: UnitOfWork, call: Call) -> Answer:
    """Change one note of a record."""
    notes, parent = _notes_of(uow, call)
    rows = row_of(call, notes, params.path_id(call, "note"))
    outcomes = _update(uow, call, notes, parent, rows)
    return written(uow, call, [named_by_path(call, outcome, "note") for outcome in outcomes], 200)


def _update(uow: UnitOfWork, call: Call, notes: Module, parent: Id, rows: Sequence[Json]) -> list[RowOutcome]:
    given = [str(row.get("id")) if isinstance(row, dict) else "" for row in rows]
    own = _own(uow, notes, parent, given)
    foreign = {i for i, row in enumerate(rows) if isinstance(row, dict) and row.get("id") and given[i] not in own}
    # A note of another record is not a note of this one, so its id is unknown here.
    seen = [{**row, "id": _UNKNOWN} if i in foreign and isinstance(row, dict) else row for i, row in enumerate(rows)]
    outcomes = Pipeline(call.automation).update(uow, call.actor, notes, seen, options_in(call))
    return [_as_given(outcome, given[i]) if i in foreign else outcome for i, outcome in enumerate(outcomes)]


def _as_given(outcome: RowOutcome, note_id: str) -> RowOutcome:
    """Name a note that is not the record's by the id that the request has."""
    problem = outcome.problem
    if problem is None or problem.details.get("id") != _UNKNOWN:
        return outcome
    return outcome._replace(problem=replace(problem, details={**problem.details, "id": note_id}))


def delete_notes(uow: UnitOfWork, call: Call) -> Answer:
    """Delete up to a hundred notes of a record."""
    notes, parent = _notes_of(uow, call)
    params.required(call, "ids", "One of the expected parameter is missing")
    return _delete(uow, call, notes, parent, params.ids(call, maximum=MOST_ROWS))


def delete_note(uow: UnitOfWork, call: Call) -> Answer:
    """Delete one note of a record."""
    notes, parent = _notes_of(uow, call)
    return _delete(uow, call, notes, parent, [params.path_id(call, "note")])


def _delete(uow: UnitOfWork, call: Call, notes: Module, parent: Id, ids: Sequence[Id | str]) -> Answer:
    own = _own(uow, notes, parent, [str(given) for given in ids])
    wanted: list[Id | str] = [given if str(given) in own else str(given) for given in ids]
    outcomes = Pipeline(call.automation).delete(uow, call.actor, notes, wanted, deletion_options(call))
    return deleted(call, outcomes)


def _notes_of(uow: UnitOfWork, call: Call) -> tuple[Module, Id]:
    module = module_in(uow, call)
    notes = uow.catalog.by_name.get(NOTES)
    if notes is None or module is notes or module.parent_module:
        raise RequestRefusedError(unsupported())
    rights = permitted.viewable(uow, call.actor, module)
    parent = params.path_id(call)
    if not uow.existing(module, (parent,)):
        problem = params.bad_path_id(call)
        raise RequestRefusedError(replace(problem, message=_NO_PARENT))
    if parent not in permitted.seen(uow, rights, (parent,)):
        raise RequestRefusedError(not_shared(module))
    return notes, parent


def _of(parent: Id) -> Criteria:
    return Compare(("Parent_Id",), Comparator.EQUAL, parent, DataType.LOOKUP)


def _own(uow: UnitOfWork, notes: Module, parent: Id, ids: Sequence[str]) -> frozenset[str]:
    """Return which of the ids are of notes of the record."""
    rows = uow.fetch(notes, {note_id for text in ids if (note_id := id_of(text)) is not None})
    return frozenset(str(note_id) for note_id, row in rows.items() if row.get("Parent_Id") == parent)
