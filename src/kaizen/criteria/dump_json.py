"""Criteria as rules and views show them in JSON: upper-case operators, fields with api_name and id, `type`."""

from collections.abc import Callable
from datetime import UTC, tzinfo
from decimal import Decimal
from typing import Final, TypeAlias

from kaizen.criteria.field_paths import find
from kaizen.criteria.special_values import CALLERS, CURRENT_ROLE_TOKEN, CURRENT_USER_TOKEN, EMPTY, NOT_EMPTY, text_of
from kaizen.criteria.tree import CURRENT_USER, CURRENT_USER_ROLE, Compare, Criteria, FieldRef, Path, SpecialValue
from kaizen.fields.kinds import ValueKind, kind_of
from kaizen.fields.moment import show_instant
from kaizen.model.catalog import Catalog, Module
from kaizen.model.values import Id, Json, Value
from kaizen.vocabulary.comparators import Comparator

#: Tells the name of a record behind a lookup; None: it has none to show.
NameOf: TypeAlias = Callable[[Path, Id], str | None]

_CALLER: Final = {CURRENT_USER: CURRENT_USER_TOKEN, CURRENT_USER_ROLE: CURRENT_ROLE_TOKEN}


def dump_json(
    criteria: Criteria | None,
    module: Module,
    catalog: Catalog,
    *,
    zone: tzinfo = UTC,
    field_as_text: bool = False,
    name_of: NameOf | None = None,
) -> Json:
    """Show criteria on a module's records; `field_as_text`: as v2 does, a field is its name."""
    if criteria is None:
        return None
    shown = _CriteriaSerializer(module, catalog, zone, field_as_text, name_of)
    return shown.criteria(criteria)


class _CriteriaSerializer:
    def __init__(
        self, module: Module, catalog: Catalog, zone: tzinfo, field_as_text: bool, name_of: NameOf | None
    ) -> None:
        self._module, self._catalog, self._zone = module, catalog, zone
        self._field_as_text, self._name_of = field_as_text, name_of

    def criteria(self, criteria: Criteria) -> Json:
        if isinstance(criteria, Compare):
            return self._comparison(criteria)
        joined = criteria.operator.value.lower() if self._field_as_text else criteria.operator.value
        return {"group_operator": joined, "group": [self.criteria(member) for member in criteria.members]}

    def _comparison(self, leaf: Compare) -> Json:
        comparator, value, value_type = leaf.comparator, self._operand(leaf), "value"
        if comparator in (Comparator.EMPTY, Comparator.NOT_EMPTY):
            value = text_of(EMPTY if comparator is Comparator.EMPTY else NOT_EMPTY)
            comparator = Comparator.EQUAL
        elif isinstance(leaf.value, FieldRef) and leaf.value.path not in _CALLER:
            value_type = "merge_field"
        shown: dict[str, Json] = {"comparator": comparator.value, "field": self._field(leaf.path), "value": value}
        return shown if self._field_as_text else {**shown, "type": value_type}

    def _field(self, path: Path) -> Json:
        name = ".".join([*(f"{lookup}__r" for lookup in path[:-1]), path[-1]])
        reference = find(self._catalog, self._module, path)
        if self._field_as_text or reference is None:
            return name
        return {"api_name": name, "id": str(reference.field.id)}

    def _operand(self, leaf: Compare) -> Json:
        kind = kind_of(leaf.data_type)
        match leaf.value:
            case SpecialValue() as token:
                return _of_caller(token) if token in CALLERS else text_of(token)
            case FieldRef(path=path) if path in _CALLER:
                return _of_caller(_CALLER[path])
            case FieldRef(path=path):
                return f"${{!{self._module.api_name}.{'.'.join(path)}}}"
            case tuple() as several:
                return [self._value(kind, leaf.path, value) for value in several]
            case value:
                return self._value(kind, leaf.path, value)

    def _value(self, kind: ValueKind, path: Path, value: Value) -> Json:
        match kind:
            case ValueKind.REFERENCE | ValueKind.REFERENCES if isinstance(value, int):
                name = self._name_of(path, value) if self._name_of else None
                return {"id": str(value)} if name is None else {"id": str(value), "name": name}
            case ValueKind.DATETIME if isinstance(value, int):
                return show_instant(value, self._zone)
            case (
                ValueKind.TEXT
                | ValueKind.WHOLE
                | ValueKind.REAL
                | ValueKind.BOOLEAN
                | ValueKind.DATE
                | ValueKind.DATETIME
                | ValueKind.REFERENCE
                | ValueKind.TEXTS
                | ValueKind.REFERENCES
                | ValueKind.OTHER
            ):
                return value if isinstance(value, bool | int | Decimal | str) else None


def _of_caller(token: SpecialValue) -> Json:
    """Write the user who makes the change by name, and the user's role by id, as the service does."""
    return {"id" if token == CURRENT_ROLE_TOKEN else "name": text_of(token)}
