"""COQL: SELECT queries over records (reference: platform D.1)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeAlias, cast

from kaizen.access.scopes import on_module, require
from kaizen.criteria.coql_query import CoqlColumn, CoqlQuery
from kaizen.criteria.field_paths import NAMED, Reference
from kaizen.criteria.read_coql import read_coql
from kaizen.criteria.resolve import resolve
from kaizen.criteria.tree import Criteria, Path, key_of, paths
from kaizen.fields.conversion import writer_of
from kaizen.json_body import json_types
from kaizen.json_body.errors import invalid
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import ANY_MODULE, Field, Module
from kaizen.model.problem import Problem, RequestRefusedError, expected_type
from kaizen.model.values import Json, Value, Values
from kaizen.records import permitted, query
from kaizen.records.ports import Column, Order, Query, UnitOfWork
from kaizen.server.http import envelope
from kaizen.server.http.call import Answer, Call
from kaizen.server.records_api.lookup_names import Naming, find_names
from kaizen.server.records_api.record_serializer import show_for
from kaizen.server.records_api.value_serializers import BESIDE
from kaizen.server.resources.metadata.field_serializer import Shown
from kaizen.server.resources.shared.metadata import known_to
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

_FIELDS_SCOPE: Final = "ZohoCRM.settings.fields.READ"
_META: Final = "fields"

#: Shows a value of one column.
Writer: TypeAlias = Callable[[Value, Naming, Values], Json]


def run_query(uow: UnitOfWork, call: Call) -> Answer:
    """Answer a query; nothing found is an empty answer."""
    text, with_fields = _asked(call)

    def values_of(inner: CoqlQuery) -> list[Value]:
        _check(uow, call, inner)
        key = _column(inner.columns[0]).key
        return [row[key] for row in uow.select(_selection(uow, call, inner))]

    found = read_coql(text, uow.catalog, call.dialect.coql, values_of)
    if isinstance(found, Problem):
        raise RequestRefusedError(found)
    _check(uow, call, found)
    rows = uow.select(_selection(uow, call, found))
    if not rows:
        return Answer(204)
    rows, more = rows[: found.limit], len(rows) > found.limit
    body: dict[str, Json] = {"data": _Result(uow, call, found).show(rows)}
    if with_fields:
        body["fields"] = _metadata(uow, call, found)
    return Answer(body=body | {"info": {"count": len(rows), "more_records": more}})


def _asked(call: Call) -> tuple[str, bool]:
    body = call.body
    if isinstance(body, bool | int | Decimal | str | list):
        raise RequestRefusedError(envelope.unreadable())
    text = body.get("select_query") if isinstance(body, dict) else None
    if text is None:
        details: dict[str, Json] = {"api_name": "select_query"}
        raise RequestRefusedError(Problem(Code.MANDATORY_NOT_FOUND, details, "mandatory key not found"))
    text = json_types.text(text, JsonPath() / "select_query")
    meta = body.get("include_meta") if isinstance(body, dict) else None
    return text, _wants_fields(call, meta)


def _wants_fields(call: Call, meta: Json) -> bool:
    if meta is None or not call.dialect.coql_meta:
        return False
    place = JsonPath() / "include_meta"
    for index, name in enumerate(json_types.sequence(meta, place)):
        if name != _META:
            wrong = {} if isinstance(name, str) else expected_type("text")
            raise invalid(place / index, supported_values=[_META], **wrong)
    if meta:
        require(call.actor, _FIELDS_SCOPE)
    return bool(meta)


def _check(uow: UnitOfWork, call: Call, found: CoqlQuery) -> None:
    """Refuse modules whose records are not kept or may not be read, and columns that cannot be had."""
    module = found.module
    if not module.table or not known_to(call.dialect, module) or module.api_name == "Users":
        message = "the given module is not supported in api"
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {}, message))
    wanted = _paths(found)
    for path in wanted:
        if not query.is_stored(uow.catalog, module, path):
            raise RequestRefusedError(_unsupported(path))
    for touched in permitted.touched(uow.catalog, module, wanted):
        require(call.actor, on_module(touched, "READ"))
        permitted.viewable(uow, call.actor, touched)
    hidden = permitted.hidden_among(uow.access.of(call.actor), module, wanted)
    if hidden is not None:
        raise RequestRefusedError(_unsupported(hidden))
    if found.custom_view_id is not None and not query.has_view(module, str(found.custom_view_id)):
        raise RequestRefusedError(Problem(Code.INVALID_QUERY, {"cvid": str(found.custom_view_id)}))


def _paths(found: CoqlQuery) -> set[Path]:
    """Return everything that a query reads."""
    references = [*(c.reference for c in found.columns), *(c.reference for c, _ in found.order), *found.group_by]
    return {reference.path for reference in references} | paths(found.where)


def _unsupported(path: Path) -> Problem:
    return Problem(Code.INVALID_QUERY, {"column_name": key_of(path)}, "unsupported column")


def _selection(uow: UnitOfWork, call: Call, found: CoqlQuery) -> Query:
    """Ask for one row more than wanted: it says whether more follow."""
    where: Criteria | None = resolve(found.where, query.today(uow), uow.organisation, uow.calendar)
    # Converted leads are hidden unless the query speaks of them.
    if ("Converted__s",) not in paths(found.where):
        where = query.both(where, query.not_converted(found.module))
    where = query.both(where, permitted.visible(uow, call.actor, found.module, _paths(found)))
    return Query(
        found.module.api_name,
        tuple(dict.fromkeys(_needed(found))),
        where,
        tuple(Order(_column(column), descending) for column, descending in found.order),
        tuple(reference.path for reference in found.group_by),
        found.limit + 1,
        found.offset,
    )


def _needed(found: CoqlQuery) -> Iterator[Column]:
    for column in found.columns:
        yield _column(column)
        beside = None if found.is_grouped else _beside(column)
        if beside is not None:
            yield beside


def _beside(column: CoqlColumn) -> Column | None:
    """Return what is needed beside a column to show it."""
    name = BESIDE.get((column.reference.module.api_name, column.path[-1]))
    return Column((*column.path[:-1], name)) if name else None


def _column(column: CoqlColumn) -> Column:
    return Column(column.path, column.aggregate)


@dataclass(frozen=True, slots=True)
class _Result:
    """The rows of one query as the answer shows them."""

    uow: UnitOfWork
    call: Call
    found: CoqlQuery

    def show(self, rows: Sequence[Values]) -> list[Json]:
        """Show rows by the keys of the query, with the id unless they stand for groups."""
        naming = self._names(rows)
        parts = [(column.key, _column(column).key, self._writer(column)) for column in self.found.columns]
        shown: list[Json] = []
        for row in rows:
            record: dict[str, Json] = {key: write(row.get(source), naming, row) for key, source, write in parts}
            if not self.found.is_grouped:
                record["id"] = str(row["id"])
            shown.append(record)
        return shown

    def _names(self, rows: Sequence[Values]) -> Naming:
        lookups: list[tuple[str, str]] = []
        if self.call.dialect.coql_names:
            for column in self.found.columns:
                target = _pointed_at(column.reference.field)
                if not column.aggregate and target and _is_lookup(column.reference) and target != ANY_MODULE:
                    lookups.append((_column(column).key, target))
        unnamed = self.uow.access.of(self.call.actor).unviewable
        return find_names(self.uow, self.found.module, rows, lookups, unnamed=unnamed)

    def _writer(self, column: CoqlColumn) -> Writer:
        field, module = column.reference.field, column.reference.module
        if column.aggregate == "COUNT":
            return _number
        if field.api_name == "id":
            return _identity
        if field.data_type is DataType.LAYOUT:
            return _bare
        if field.data_type in USER_REFERENCES:
            return self._user
        if _is_lookup(column.reference):
            named = self.call.dialect.coql_names and field.lookup_module != ANY_MODULE
            return _named if named else _bare
        if column.aggregate:
            write = writer_of(field, self.call.actor.zone)
            return lambda value, naming, row: write(value)
        write_found = self._as_records_show(module, field)
        beside = _beside(column)
        if beside is not None:
            name, key = beside.path[-1], beside.key
            return lambda value, naming, row: write_found(value, naming, {name: row.get(key)})
        if column.reference.hops:
            # Where a lookup on the way is empty nothing is false, and nothing has no tags.
            return lambda value, naming, row: None if value is None else write_found(value, naming, row)
        return write_found

    def _as_records_show(self, module: Module, field: Field) -> Writer:
        """Show what queries have no way of their own for."""
        shown = show_for(self.uow, self.call, module, field)
        if shown is None:
            return _unchanged
        if field.api_name == "Tag":
            # A module has tags of its own.
            tags = self.uow.tags.get(module.api_name, {})
            return lambda value, naming, row: shown(value, replace(naming, tags=tags), row)
        return shown

    def _user(self, value: Value, naming: Naming, row: Values) -> Json:
        if not isinstance(value, int):
            return None
        user = self.uow.users.get(value)
        named: dict[str, Json] = {}
        if self.call.dialect.coql_names and user is not None:
            # The service shows the last name here, and nowhere else.
            named["name"] = user.last_name or user.full_name
        return {**named, "id": str(value)}


def _pointed_at(field: Field) -> str | None:
    refers_to = field.properties.get("refers_to")
    return field.lookup_module or (str(refers_to) if refers_to in NAMED else None)


def _is_lookup(reference: Reference) -> bool:
    return reference.field.data_type in (DataType.LOOKUP, DataType.MULTI_MODULE_LOOKUP, DataType.CONSENT_LOOKUP)


def _unchanged(value: Value, naming: Naming, row: Values) -> Json:
    return cast(Json, value)


def _number(value: Value, naming: Naming, row: Values) -> Json:
    return value if isinstance(value, int) else 0


def _identity(value: Value, naming: Naming, row: Values) -> Json:
    return None if value is None else str(value)


def _bare(value: Value, naming: Naming, row: Values) -> Json:
    return {"id": str(value)} if isinstance(value, int) else None


def _named(value: Value, naming: Naming, row: Values) -> Json:
    return naming.lookup(value)


def _metadata(uow: UnitOfWork, call: Call, found: CoqlQuery) -> dict[str, Json]:
    """Show the fields behind the columns of a query."""
    fields: dict[str, Json] = {}
    for column in found.columns:
        module, field = column.reference.module, column.reference.field
        if module.table and field.api_name in module.by_name:
            fields[column.key] = dict(Shown(uow, call, module).field(field))
    return fields
