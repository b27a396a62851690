"""What the ids in a batch of records are called: looked up once for the whole batch."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kaizen.model.catalog import Module
from kaizen.model.document import Document
from kaizen.model.values import Id, Json, Value, Values
from kaizen.records import query
from kaizen.records.ports import Column, Query, UnitOfWork
from kaizen.server.records_api.people import People


@dataclass(frozen=True, slots=True)
class Naming:
    """Names of everything that the records of one answer point at."""

    people: People
    names: Mapping[Id, str]
    located: Mapping[Id, tuple[Module, str | None]]  #: behind polymorphic lookups
    tags: Mapping[Id, Document]
    products: Mapping[Id, Mapping[str, Value]]  #: what line items show of products

    def lookup(self, value: Value) -> Json:
        """Show what a lookup holds by name and id; what is gone has no name."""
        return {"name": self.names.get(value), "id": str(value)} if isinstance(value, int) else None


def find_names(
    uow: UnitOfWork,
    module: Module,
    rows: Sequence[Values],
    lookups: Iterable[tuple[str, str]],
    row_lookups: Sequence[tuple[str, str]] = (),
    polymorphic: Sequence[str] = (),
    unnamed: Collection[str] = (),
) -> Naming:
    """Look up the names for rows of a module.

    `lookups` are fields with the modules they point into, `row_lookups` the same for rows of subforms; what lies in
    `unnamed` modules gets no name.
    """
    wanted: dict[str, set[Id]] = {}
    for name, target in lookups:
        wanted.setdefault(target, set()).update(query.ids_in(row.get(name) for row in rows))
    lines = (
        [line for row in rows for f in module.subforms for line in _lines(row.get(f.api_name))] if row_lookups else []
    )
    for name, target in row_lookups:
        wanted.setdefault(target, set()).update(query.ids_in(line.get(name) for line in lines))
    for target in unnamed:
        wanted.pop(target, None)
    anywhere = query.ids_in(row.get(name) for name in polymorphic for row in rows)
    shows_lines = bool(row_lookups) or module.parent_module is not None
    products = wanted.get("Products") if shows_lines else set()
    return Naming(
        people=People(uow.users),
        names=query.names_of(uow, {target: ids for target, ids in wanted.items() if ids}),
        located=_located(uow, anywhere, unnamed) if anywhere else {},
        tags=uow.tags.get(module.api_name, {}),
        products=_products(uow, products) if products else {},
    )


def _located(uow: UnitOfWork, ids: set[Id], unnamed: Collection[str]) -> dict[Id, tuple[Module, str | None]]:
    found = query.locate(uow, ids)
    return {i: (module, None if module.api_name in unnamed else name) for i, (module, name) in found.items()}


def _lines(value: Value) -> Iterable[Values]:
    return (line for line in value if isinstance(line, Mapping)) if isinstance(value, tuple) else ()


_SHOWN_OF_PRODUCTS = ("Product_Name", "Product_Code", "Qty_in_Stock")


def _products(uow: UnitOfWork, ids: set[Id]) -> dict[Id, Mapping[str, Value]]:
    columns = tuple(Column((name,)) for name in _SHOWN_OF_PRODUCTS)
    rows = uow.select(Query("Products", (Column(("id",)), *columns), query.among(ids), limit=len(ids)))
    return {row["id"]: row for row in rows if isinstance(row["id"], int)}
