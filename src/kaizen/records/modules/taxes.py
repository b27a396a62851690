"""The taxes of documents and of their lines, each with an id that it keeps."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

from kaizen.fields.reference import id_of
from kaizen.model.values import Id, Json, Value, Values

#: The field of a line that holds its taxes.
LINE_TAXES: Final = "Line_Tax"
#: The field of a document that holds the taxes on the whole of it.
TAXES: Final = "$line_tax"


def identified(values: Values, before: Values | None, lines: str, ids: Iterator[Id]) -> dict[str, Value]:
    """Return a document's own taxes and its lines with ids for all taxes: taxes of one name are one tax."""
    known: dict[str, str] = {}
    for state in (before or {}, values):
        for taxes in (state.get(TAXES), *(line.get(LINE_TAXES) for line in _objects(state.get(lines)))):
            for tax in _objects(taxes):
                tax_id = id_of(cast(Json, tax.get("id")))
                if tax_id is not None:
                    known.setdefault(_name(tax), str(tax_id))
    rows = tuple(
        {**line, LINE_TAXES: _with_ids(line[LINE_TAXES], known, ids)} if LINE_TAXES in line else line
        for line in _objects(values.get(lines))
    )
    return {TAXES: _with_ids(values.get(TAXES), known, ids), lines: rows or None}


def _with_ids(taxes: Value, known: dict[str, str], ids: Iterator[Id]) -> Value:
    named: list[Value] = []
    for tax in _objects(taxes):
        own = id_of(cast(Json, tax.get("id")))
        if own is None and _name(tax) not in known:
            known[_name(tax)] = str(next(ids))
        named.append({**tax, "id": known[_name(tax)] if own is None else str(own)})
    return tuple(named) or None


def _objects(value: Value) -> tuple[Values, ...]:
    return tuple(each for each in value if isinstance(each, Mapping)) if isinstance(value, tuple) else ()


def _name(tax: Values) -> str:
    return str(tax.get("name"))
