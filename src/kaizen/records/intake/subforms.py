"""The rows of subforms: what a request says of them, merged with the rows a record has."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from kaizen.fields.flaw import NO_SUCH_ID, Flaw
from kaizen.fields.structured import MOST_ROWS, Row, read_rows
from kaizen.model.problem import Problem, position
from kaizen.model.values import Id, Json, Value, Values
from kaizen.records.draft import Draft
from kaizen.records.modules.module_plan import Subform
from kaizen.vocabulary.codes import Code


def read_subform(subform: Subform, draft: Draft, raw: Json) -> None:
    """Read a subform of a row into the draft: all rows the record will have.

    Rows with an id change theirs, `_delete` removes one, an empty list removes all; what is not mentioned stays
    (reference: platform C.2).
    """
    path = draft.path(subform.name)
    found = read_rows(subform.readers, raw)
    if isinstance(found, Flaw):
        draft.refuse(found.at(subform.name, path))
        return
    kept = _present(draft, subform.name) if found else {}
    for index, row in enumerate(found):
        problem = _merge(subform, kept, row, index, path)
        if problem is not None:
            draft.refuse(problem)
            return
    if len(kept) > MOST_ROWS:
        draft.refuse(Problem(Code.LIMIT_EXCEEDED, {"limit": MOST_ROWS, **position(subform.name, path)}))
        return
    draft.values[subform.name] = tuple(kept.values()) or None
    draft.rows[subform.name] = [(index, row.values) for index, row in enumerate(found)]


def _present(draft: Draft, name: str) -> dict[Id, Values]:
    before = draft.before.get(name) if draft.before is not None else None
    rows = cast("Sequence[Values]", before or ())
    return {cast(Id, row["id"]): row for row in rows}


def _merge(subform: Subform, kept: dict[Id, Values], row: Row, index: int, path: str) -> Problem | None:
    """Put one row of the request where it belongs; new rows get negative numbers until they have ids."""
    if row.id is not None:
        if row.id not in kept:
            return NO_SUCH_ID.at("id", f"{path}[{index}].id")
        if row.removed:
            del kept[row.id]
        else:
            problem = _empty_mandatory(subform, row.values, index, path)
            if problem is not None:
                return problem
            kept[row.id] = {**kept[row.id], **row.values}
        return None
    if row.removed:
        return Problem(Code.MANDATORY_NOT_FOUND, position("id", f"{path}[{index}].id"))
    for name in subform.mandatory:
        if row.values.get(name) is None:
            return Problem(Code.MANDATORY_NOT_FOUND, position(name, f"{path}[{index}].{name}"))
    kept[-1 - index] = {**subform.defaults, **row.values}
    return None


def _empty_mandatory(subform: Subform, values: Values, index: int, path: str) -> Problem | None:
    for name in subform.mandatory:
        if name in values and values[name] is None:
            return Problem(Code.MANDATORY_NOT_FOUND, position(name, f"{path}[{index}].{name}"))
    return None


def row_references(subform: Subform, draft: Draft) -> Iterator[tuple[str, Id, str, str]]:
    """Yield the lookups of a draft's rows: the module, the id, the field and where it stands."""
    for index, row in draft.rows.get(subform.name, ()):
        for name, target in subform.references:
            value = row.get(name)
            if isinstance(value, int):
                yield target, value, name, f"{draft.path(subform.name)}[{index}].{name}"


def identified(rows: Value, parent: Id, now: int, ids: Iterator[Id]) -> Value:
    """Set the ids and stamps of new rows."""
    if not isinstance(rows, tuple):
        return rows
    return tuple(_identified(row, parent, now, ids) for row in rows if isinstance(row, Mapping))


def _identified(row: Values, parent: Id, now: int, ids: Iterator[Id]) -> Values:
    if row.get("id") is not None:
        return row
    return {**row, "id": next(ids), "Parent_Id": parent, "Created_Time": now, "Modified_Time": now}
