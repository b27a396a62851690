"""Criteria as rules and views write them in JSON (reference: automation B.3, platform D.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from kaizen.criteria.comparator_kinds import (
    COMPARATORS,
    EQUALITY,
    INCLUSION,
    MEMBERSHIP,
    NOT_IN_TRIGGERS,
    ORDERED,
    RANGES,
    TEXTUAL,
    asserted,
)
from kaizen.criteria.field_paths import MOST_HOPS, ROLES, USERS, Reference, find, target_of
from kaizen.criteria.special_values import (
    CALLERS,
    CURRENT_ROLE_TOKEN,
    EMPTY,
    NOT_EMPTY,
    looks_special,
    merge_field_of,
    special_value_of,
    stands_for,
)
from kaizen.criteria.tree import ANY_VALUE, Compare, Criteria, FieldRef, Group, Operand, SpecialValue
from kaizen.fields.conversion import operand
from kaizen.fields.flaw import Flaw
from kaizen.fields.kinds import MANY, NUMERIC, ValueKind, kind_of
from kaizen.fields.reference import id_of
from kaizen.json_body import json_types
from kaizen.json_body.errors import RefusedError, accepted, ambiguous, expected_one_of, invalid, missing, refused
from kaizen.json_body.json_path import JsonPath
from kaizen.json_body.wording import BodyWording
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.model.problem import Problem
from kaizen.model.values import Json, Value
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import USER_REFERENCES

#: Entries of one group (reference: automation B.3), and of all groups together.
MOST_ENTRIES: Final = 25
MOST_COMPARISONS: Final = 250
#: Groups inside groups. 25 entries joined two by two need 24.
DEEPEST: Final = 25
MOST_VALUES: Final = 500
MOST_INCLUDED: Final = 5
MOST_LOOKUPS: Final = 5

_TYPES: Final = ("value", "merge_field", "pre_defined", "field")
_TOO_MANY: Final = "The Limit of criteria fields is exceeded"
_WORDING: Final = BodyWording(missing="Required field is missing")
_ANY_VALUE_TEXT: Final = "${ANYVALUE}"
#: Kinds of which "equal" takes no list of alternatives: a set is one value, and of two truths there is no choice.
_NEVER_LISTED: Final = MANY | {ValueKind.BOOLEAN, ValueKind.OTHER}


def read_json(
    raw: Json, place: JsonPath, module: Module, catalog: Catalog, *, trigger: bool = False
) -> Criteria | Problem | None:
    """Read criteria on a module's records; JSON null is None, which every record satisfies.

    `trigger`: they say which change fires a field_update rule, so
    `${ANYVALUE}` is allowed (as value or as comparator) and some comparators are not.
    """
    if raw is None:
        return None
    return accepted(lambda: _Reading(module, catalog, trigger).criteria(raw, place.worded(_WORDING), DEEPEST))


@dataclass(slots=True)
class _Reading:
    """One reading; a problem anywhere ends it (as an exception, caught in `read_json`)."""

    module: Module
    catalog: Catalog
    trigger: bool
    comparisons: int = 0
    lookups: set[tuple[str, ...]] = field(default_factory=set)

    def criteria(self, raw: Json, at: JsonPath, levels: int) -> Criteria:
        payload = json_types.mapping(raw, at)
        if "group" in payload or "group_operator" in payload:
            return self._group(payload, at, levels)
        self.comparisons += 1
        if self.comparisons > MOST_COMPARISONS:
            raise refused(Code.LIMIT_EXCEEDED, at, _TOO_MANY, limit=MOST_COMPARISONS)
        return self._comparison(payload, at)

    def _group(self, raw: Mapping[str, Json], at: JsonPath, levels: int) -> Group:
        if not levels:
            raise invalid(at)
        at_operator, at_members = at / "group_operator", at / "group"
        joined = json_types.text(_needed(raw, "group_operator", at), at_operator).upper()
        if joined not in GroupOperator.__members__:
            raise invalid(at_operator, supported_values=[g.value for g in GroupOperator])
        members = json_types.sequence(_needed(raw, "group", at), at_members)
        if not members:
            raise invalid(at_members, minimum_length=1)
        if len(members) > MOST_ENTRIES:
            raise refused(Code.LIMIT_EXCEEDED, at_members, _TOO_MANY, limit=MOST_ENTRIES)
        read = json_types.each(members, at_members, lambda member, inside: self.criteria(member, inside, levels - 1))
        return Group(GroupOperator(joined), read)

    def _comparison(self, raw: Mapping[str, Json], at: JsonPath) -> Criteria:
        reference = self._reference(_needed(raw, "field", at), at / "field")
        kind = kind_of(reference.data_type)
        said = _needed(raw, "comparator", at)
        if self.trigger and said == _ANY_VALUE_TEXT:
            return Compare(reference.path, Comparator.EQUAL, ANY_VALUE, reference.data_type)
        comparator = self._comparator(said, kind, at / "comparator")
        if "value" not in raw:
            raise missing(at / "value")
        value_type = raw.get("type", "value")
        if value_type is not None and value_type not in _TYPES:
            raise invalid(at / "type", supported_values=list(_TYPES))
        value, place = raw["value"], at / "value"
        if value_type == "field":
            other = self._reference(value, place)
            return self._against_field(reference, comparator, other, place)
        merged = merge_field_of(value) if isinstance(value, str) else None
        if merged is not None:
            module_name, names = merged
            found = self._find(names) if module_name == self.module.api_name else None
            if found is None:
                raise invalid(place)
            return self._against_field(reference, comparator, found, place)
        if value_type == "merge_field":
            raise invalid(place)
        return self._against_value(reference, comparator, value, place)

    def _comparator(self, said: Json, kind: ValueKind, at: JsonPath) -> Comparator:
        allowed = COMPARATORS[kind] - NOT_IN_TRIGGERS if self.trigger else COMPARATORS[kind]
        comparator = json_types.text(said, at)
        known = {each.value: each for each in Comparator if each in allowed}
        if comparator not in known:
            raise invalid(at, supported_values=list(known))
        return known[comparator]

    # -- fields

    def _reference(self, raw: Json, at: JsonPath) -> Reference:
        """Find the field that `{api_name, id}`, either of them, or a plain name means."""
        if isinstance(raw, str):
            return self._named(raw, at)
        payload, at_name, at_id = json_types.mapping(raw, at), at / "api_name", at / "id"
        name, said_id = payload.get("api_name"), payload.get("id")
        if name is None and said_id is None:
            raise expected_one_of((at_name, at_id))
        field_id = id_of(said_id) if said_id is not None else None
        if name is None:
            found = self.module.by_id.get(field_id or 0)
            if found is None:
                raise invalid(at_id)
            return Reference((found.api_name,), found, self.module)
        reference = self._named(json_types.text(name, at_name), at_name)
        if said_id is None or field_id == reference.field.id:
            return reference
        if field_id in reference.module.by_id or field_id in self.module.by_id:
            raise ambiguous((at_name, at_id))
        raise invalid(at_id)

    def _named(self, name: str, at: JsonPath) -> Reference:
        reference = self._find(tuple(name.split(".")))
        if reference is None:
            raise invalid(at)
        return reference

    def _find(self, names: tuple[str, ...]) -> Reference | None:
        if len(names) > MOST_HOPS + 1:
            return None
        reference = find(self.catalog, self.module, names)
        if reference is None or not reference.hops:
            return reference
        self.lookups.add(reference.path[:-1])
        if len(self.lookups) > MOST_LOOKUPS:
            lookups: list[Json] = [".".join(path) for path in sorted(self.lookups)]
            raise RefusedError(Problem(Code.LOOKUP_LIMIT_EXCEEDED, {"limit": MOST_LOOKUPS, "lookupFields": lookups}))
        return reference

    # -- values

    def _against_field(self, reference: Reference, comparator: Comparator, other: Reference, at: JsonPath) -> Compare:
        kinds = {kind_of(reference.data_type), kind_of(other.data_type)}
        alike = len(kinds) == 1 or kinds == NUMERIC
        if not alike or kinds & (MANY | {ValueKind.OTHER}) or not asserted(comparator).takes_field:
            raise invalid(at)
        return Compare(reference.path, comparator, FieldRef(other.path, other.data_type), reference.data_type)

    def _against_value(self, reference: Reference, comparator: Comparator, value: Json, at: JsonPath) -> Criteria:
        kind = kind_of(reference.data_type)
        if isinstance(value, list) and comparator in EQUALITY and kind not in _NEVER_LISTED:
            return self._against_any(reference, comparator, value, at)
        token = self._special(value, reference, at)
        if token in (EMPTY, NOT_EMPTY) or (token is None and _is_empty(value)):
            if comparator not in EQUALITY:
                raise invalid(at)
            empty = (token == NOT_EMPTY) is (comparator is Comparator.NOT_EQUAL)
            asked = Comparator.EMPTY if empty else Comparator.NOT_EMPTY
            return Compare(reference.path, asked, None, reference.data_type)
        operand_: Operand
        if token is None:
            operand_ = self._operand(reference.field, kind, comparator, value, at)
        elif comparator in EQUALITY or (comparator in ORDERED - RANGES and token != ANY_VALUE):
            operand_ = token
        else:
            raise invalid(at)
        return Compare(reference.path, comparator, operand_, reference.data_type)

    def _against_any(self, reference: Reference, comparator: Comparator, listed: list[Json], at: JsonPath) -> Criteria:
        """Read "equal" with a list: any of the values; "not_equal": none of them. Users can be special values."""
        _check_size(listed, at, MOST_VALUES)
        plain: list[Value] = []
        special: list[Criteria] = []
        for number, value in enumerate(listed):
            here = at / number
            token = self._special(value, reference, here)
            if token is None:
                plain.append(self._value(reference.field, value, here))
            elif token in CALLERS:
                special.append(Compare(reference.path, comparator, token, reference.data_type))
            else:
                raise invalid(here)
        if not special:
            return Compare(reference.path, comparator, tuple(plain), reference.data_type)
        if plain:
            special.append(Compare(reference.path, comparator, tuple(plain), reference.data_type))
        joined = GroupOperator.OR if comparator is Comparator.EQUAL else GroupOperator.AND
        return special[0] if len(special) == 1 else Group(joined, tuple(special))

    def _special(self, value: Json, reference: Reference, at: JsonPath) -> SpecialValue | None:
        """Find a special value, also inside an object that names a user or a role."""
        kind = kind_of(reference.data_type)
        text = value
        if isinstance(value, dict) and kind is ValueKind.REFERENCE:
            text = _special_name(value, at)
        if not isinstance(text, str) or not looks_special(text):
            return None
        token = special_value_of(text)
        if token is None:
            known = False
        elif token == ANY_VALUE:
            known = self.trigger
        elif token in CALLERS:
            known = self._is_of_caller(token, reference)
        else:
            known = stands_for(token, kind)
        if not known:
            raise invalid(at)
        return token

    def _is_of_caller(self, token: SpecialValue, reference: Reference) -> bool:
        """Return whether a field holds users or, for the caller's role, roles."""
        target = target_of(reference.field, self.catalog)
        if token == CURRENT_ROLE_TOKEN and target is not None and target.api_name == ROLES:
            return True
        if token == CURRENT_ROLE_TOKEN:
            return reference.data_type in USER_REFERENCES
        return kind_of(reference.data_type) is ValueKind.REFERENCE and target is not None and target.api_name == USERS

    def _operand(self, of: Field, kind: ValueKind, comparator: Comparator, value: Json, at: JsonPath) -> Value:
        """Read ordinary values: one, or as many as the comparator takes."""
        if kind is ValueKind.OTHER:
            raise invalid(at)
        if comparator in RANGES:
            pair = self._values(of, value, at, most=2)
            if len(pair) != 2:
                raise invalid(at, minimum_length=2)
            return pair
        if comparator in MEMBERSHIP:
            return self._values(of, value, at, most=MOST_VALUES)
        if comparator in INCLUSION:
            return self._values(of, value, at, most=MOST_INCLUDED)
        if kind in MANY:
            listed: list[Json] = [value]
            if isinstance(value, list):
                listed = value
            elif isinstance(value, str) and kind is ValueKind.TEXTS and ";" in value:
                listed = [part.strip() for part in value.split(";") if part.strip()]
            return self._values(of, listed, at, most=MOST_VALUES)
        if comparator in TEXTUAL and isinstance(value, list):
            return self._values(of, value, at, most=MOST_VALUES)
        return self._value(of, value, at)

    def _values(self, of: Field, raw: Json, at: JsonPath, *, most: int) -> tuple[Value, ...]:
        values = json_types.sequence(raw, at)
        _check_size(values, at, most)
        return json_types.each(values, at, lambda value, inside: self._value(of, value, inside))

    def _value(self, of: Field, raw: Json, at: JsonPath) -> Value:
        value = operand(of, raw)
        if isinstance(value, Flaw):
            raise RefusedError(value.at(at.name, at.path))
        if value is None or (isinstance(value, str) and looks_special(value)):
            raise invalid(at)
        return value


def _is_empty(value: Json) -> bool:
    return value is None or value == ""


def _special_name(value: dict[str, Json], at: JsonPath) -> str | None:
    """Return the name or the id in an object that stands for the caller or the caller's role."""
    named, said_id = value.get("name"), value.get("id")
    if isinstance(said_id, str) and looks_special(said_id):
        return said_id
    if not isinstance(named, str) or not looks_special(named):
        return None
    if said_id is not None:
        raise invalid(at)
    return named


def _check_size(listed: Sequence[Json], at: JsonPath, most: int) -> None:
    if not listed:
        raise invalid(at, minimum_length=1)
    if len(listed) > most:
        raise refused(Code.LIMIT_EXCEEDED, at, limit=most)


def _needed(raw: Mapping[str, Json], key: str, at: JsonPath) -> Json:
    if raw.get(key) is None:
        raise missing(at / key)
    return raw[key]
