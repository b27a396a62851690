"""Which record, if any, a row of an upsert means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kaizen.fields.flaw import Flaw
from kaizen.fields.reference import id_of
from kaizen.model.catalog import Field, Module
from kaizen.model.problem import Problem, RequestRefusedError, position
from kaizen.model.values import Id, Json, Value
from kaizen.records.intake.unique import claim_of, key_of
from kaizen.records.modules.module_plan import ModulePlan
from kaizen.records.ports import RecordStore, UnitOfWork
from kaizen.vocabulary.codes import Code

#: A field and the value by which a row can be found.
Key = tuple[str, Value]


@dataclass(frozen=True, slots=True)
class Sought:
    """One row of an upsert and what it can be found by, best first."""

    index: int
    row: Mapping[str, Json]
    record_id: Id  #: named by the row itself; 0: not, or by what is no id
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The record a row means; id 0: none, the row makes a new one."""

    sought: Sought
    record_id: Id
    field: str | None  #: the field by which it was found


def checked_fields(module: Module, given: Sequence[str] | None) -> tuple[Field, ...]:
    """Return the fields to look records up by, in order (reference: platform C.4).

    A list that leaves the module's own field out takes it out of the check; unique fields are always looked at.
    """
    own = module.by_name.get(module.duplicate_check_field or "")
    legal = {f.api_name: f for f in (own, *module.unique_fields) if f is not None}
    if given is None:
        return tuple(legal.values())
    chosen: dict[str, Field] = {}
    for index, name in enumerate(given):
        field = legal.get(name)
        if field is None:
            where = position("duplicate_check_fields", f"$.duplicate_check_fields[{index}]")
            raise RequestRefusedError(Problem(Code.INVALID_DATA, {"supported_values": list(legal), **where}))
        chosen[name] = field
    for field in module.unique_fields:
        chosen.setdefault(field.api_name, field)
    return tuple(chosen.values())


def names_its_record(row: Json | Mapping[str, Json]) -> bool:
    """Return whether a row of an upsert has an id: then nothing else finds its record."""
    return isinstance(row, Mapping) and row.get("id") is not None


def sought(plan: ModulePlan, fields: Sequence[Field], index: int, row: Mapping[str, Json]) -> Sought:
    """Return the values by which a row can be found."""
    keys: list[Key] = []
    for field in fields:
        read = plan.readers.get(field.api_name)
        value = read(row.get(field.api_name)) if read is not None else None
        if value is not None and not isinstance(value, Flaw | tuple | Mapping):
            keys.append((field.api_name, key_of(value)))
    return Sought(index, row, id_of(row.get("id")) or 0, tuple(keys))


def runs(uow: UnitOfWork, plan: ModulePlan, rows: Sequence[Sought]) -> Iterator[list[Found]]:
    """Find the records of all rows, in runs of rows that do not depend on each other.

    A row that may mean the record of a row before it begins a new run, whose look-up sees what that row wrote.
    """
    by_name = plan.module.by_name
    uow.claim(claim_of(plan.module, by_name[name], value) for each in rows for name, value in each.keys)
    rest = list(rows)
    while rest:
        run = _independent(rest)
        rest = rest[len(run) :]
        holders = _holders(uow, plan.module, run)
        found: list[Found] = []
        taken: set[Id] = set()
        for number, each in enumerate(run):
            match = _match(each, holders)
            if match.record_id in taken:
                rest = [*run[number:], *rest]
                break
            if match.record_id:
                taken.add(match.record_id)
            found.append(match)
        yield found


def _independent(rows: Sequence[Sought]) -> list[Sought]:
    seen: set[Key] = set()
    run: list[Sought] = []
    for each in rows:
        if not seen.isdisjoint(each.keys):
            break
        seen.update(each.keys)
        run.append(each)
    return run


def _holders(uow: RecordStore, module: Module, run: Sequence[Sought]) -> Mapping[str, Mapping[Value, Id]]:
    wanted: dict[str, list[Value]] = {}
    for each in run:
        for name, value in each.keys if not each.record_id else ():
            wanted.setdefault(name, []).append(value)
    return {name: uow.holders(module, module.by_name[name], values) for name, values in wanted.items()}


def _match(each: Sought, holders: Mapping[str, Mapping[Value, Id]]) -> Found:
    if names_its_record(each.row):
        return Found(each, each.record_id, None)
    for name, value in each.keys:
        record_id = holders[name].get(value)
        if record_id is not None:
            return Found(each, record_id, name)
    return Found(each, 0, None)
