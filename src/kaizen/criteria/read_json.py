"""Criteria as rules and views write them in JSON (reference: automation B.3, platform D.3)."""

from dataclasses import dataclass, field
from typing import Final

from kaizen.criteria.allowed_comparators import COMPARATORS, EQUALITY, INCLUSION, MEMBERSHIP, NOT_IN_TRIGGERS, RANGES
from kaizen.criteria.field_paths import MOST_HOPS, Reference, find
from kaizen.criteria.special_values import EMPTY, NOT_EMPTY, looks_special, merge_field_of, special_value_of, stands_for
from kaizen.criteria.tree import ANY_VALUE, Compare, Criteria, FieldRef, Group, Operand, SpecialValue
from kaizen.fields.conversion import operand
from kaizen.fields.flaw import Flaw
from kaizen.fields.kinds import MANY, NUMERIC, ValueKind, kind_of
from kaizen.fields.reference import id_of
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.model.problem import Problem, RequestRefusedError, position
from kaizen.model.values import Json, Value
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import DENIES, ORDERED, REFERABLE, TEXTUAL, Comparator, GroupOperator

#: Entries of one group (reference: automation B.3), and of all groups together.
MOST_ENTRIES: Final = 25
MOST_COMPARISONS: Final = 250
#: Groups inside groups. 25 entries joined two by two need 24.
DEEPEST: Final = 25
MOST_VALUES: Final = 500
MOST_INCLUDED: Final = 5
MOST_LOOKUPS: Final = 5

_TYPES: Final = ("value", "merge_field", "pre_defined", "field")
_WIRE_COMPARATORS: Final = frozenset(c.value for c in Comparator) - {Comparator.EMPTY, Comparator.NOT_EMPTY}
_ANY_VALUE_TEXT: Final = "${ANYVALUE}"


def read_json(
    raw: Json, json_path: str, module: Module, catalog: Catalog, *, trigger: bool = False
) -> Criteria | Problem | None:
    """Read criteria on a module's records; JSON null is None, which every record satisfies.

    `json_path` is where the criteria stand. `trigger`: they say which change fires a field_update rule, so
    `${ANYVALUE}` is allowed (as value or as comparator) and some comparators are not.
    """
    if raw is None:
        return None
    try:
        return _Reading(module, catalog, trigger).criteria(raw, json_path, DEEPEST)
    except RequestRefusedError as refused:
        return refused.problem


@dataclass(slots=True)
class _Reading:
    """One reading; a problem anywhere ends it (as an exception, caught in `read_json`)."""

    module: Module
    catalog: Catalog
    trigger: bool
    comparisons: int = 0
    lookups: set[tuple[str, ...]] = field(default_factory=set)

    def criteria(self, raw: Json, at: str, levels: int) -> Criteria:
        if not isinstance(raw, dict):
            raise _wrong_type(at, "jsonobject")
        if "group" in raw or "group_operator" in raw:
            return self._group(raw, at, levels)
        self.comparisons += 1
        if self.comparisons > MOST_COMPARISONS:
            raise _refused(Code.LIMIT_EXCEEDED, at, "The Limit of criteria fields is exceeded", limit=MOST_COMPARISONS)
        return self._comparison(raw, at)

    def _group(self, raw: dict[str, Json], at: str, levels: int) -> Group:
        if not levels:
            raise _refused(Code.INVALID_DATA, at)
        joined = _needed(raw, "group_operator", at)
        if not isinstance(joined, str):
            raise _wrong_type(f"{at}.group_operator", "text")
        if joined.upper() not in GroupOperator.__members__:
            raise _refused(Code.INVALID_DATA, f"{at}.group_operator", supported_values=[g.value for g in GroupOperator])
        members = _needed(raw, "group", at)
        if not isinstance(members, list):
            raise _wrong_type(f"{at}.group", "jsonarray")
        if not members:
            raise _refused(Code.INVALID_DATA, f"{at}.group", minimum_length=1)
        if len(members) > MOST_ENTRIES:
            message = "The Limit of criteria fields is exceeded"
            raise _refused(Code.LIMIT_EXCEEDED, f"{at}.group", message, limit=MOST_ENTRIES)
        read = (self.criteria(member, f"{at}.group[{n}]", levels - 1) for n, member in enumerate(members))
        return Group(GroupOperator(joined.upper()), tuple(read))

    def _comparison(self, raw: dict[str, Json], at: str) -> Compare:
        reference = self._reference(_needed(raw, "field", at), f"{at}.field")
        kind = kind_of(reference.data_type)
        said = _needed(raw, "comparator", at)
        if self.trigger and said == _ANY_VALUE_TEXT:
            return Compare(reference.path, Comparator.EQUAL, ANY_VALUE, reference.data_type)
        comparator = self._comparator(said, kind, f"{at}.comparator")
        if "value" not in raw:
            raise _missing(f"{at}.value")
        value_type = raw.get("type", "value")
        if value_type is not None and value_type not in _TYPES:
            raise _refused(Code.INVALID_DATA, f"{at}.type", supported_values=list(_TYPES))
        value, place = raw["value"], f"{at}.value"
        if value_type == "field":
            other = self._reference(value, place)
            return self._against_field(reference, comparator, other, place)
        merged = merge_field_of(value) if isinstance(value, str) else None
        if merged is not None:
            module_name, names = merged
            found = self._find(names) if module_name == self.module.api_name else None
            if found is None:
                raise _refused(Code.INVALID_DATA, place)
            return self._against_field(reference, comparator, found, place)
        if value_type == "merge_field":
            raise _refused(Code.INVALID_DATA, place)
        return self._against_value(reference, comparator, value, place)

    def _comparator(self, said: Json, kind: ValueKind, at: str) -> Comparator:
        if not isinstance(said, str):
            raise _wrong_type(at, "text")
        allowed = COMPARATORS[kind] - NOT_IN_TRIGGERS if self.trigger else COMPARATORS[kind]
        if said not in _WIRE_COMPARATORS or Comparator(said) not in allowed:
            raise _refused(Code.INVALID_DATA, at, supported_values=[c.value for c in Comparator if c in allowed])
        return Comparator(said)

    # -- fields

    def _reference(self, raw: Json, at: str) -> Reference:
        """Find the field that `{api_name, id}`, either of them, or a plain name means."""
        if isinstance(raw, str):
            return self._named(raw, at)
        if not isinstance(raw, dict):
            raise _wrong_type(at, "jsonobject")
        name, said_id = raw.get("api_name"), raw.get("id")
        if name is None and said_id is None:
            raise _refused(Code.EXPECTED_FIELD_MISSING, "", expected_fields=_places(at, "api_name", "id"))
        field_id = id_of(said_id) if said_id is not None else None
        if name is None:
            found = self.module.by_id.get(field_id or 0)
            if found is None:
                raise _refused(Code.INVALID_DATA, f"{at}.id")
            return Reference((found.api_name,), found, self.module)
        if not isinstance(name, str):
            raise _wrong_type(f"{at}.api_name", "text")
        reference = self._named(name, f"{at}.api_name")
        if said_id is None or field_id == reference.field.id:
            return reference
        if field_id in reference.module.by_id or field_id in self.module.by_id:
            raise _refused(Code.AMBIGUITY_DURING_PROCESSING, "", ambiguity_due_to=_places(at, "api_name", "id"))
        raise _refused(Code.INVALID_DATA, f"{at}.id")

    def _named(self, name: str, at: str) -> Reference:
        reference = self._find(tuple(name.split(".")))
        if reference is None:
            raise _refused(Code.INVALID_DATA, at)
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
            raise _refused(Code.LOOKUP_LIMIT_EXCEEDED, "", limit=MOST_LOOKUPS, lookupFields=lookups)
        return reference

    # -- values

    def _against_field(self, reference: Reference, comparator: Comparator, other: Reference, at: str) -> Compare:
        kinds = {kind_of(reference.data_type), kind_of(other.data_type)}
        alike = len(kinds) == 1 or kinds == NUMERIC
        if not alike or kinds & (MANY | {ValueKind.OTHER}) or DENIES.get(comparator, comparator) not in REFERABLE:
            raise _refused(Code.INVALID_DATA, at)
        return Compare(reference.path, comparator, FieldRef(other.path, other.data_type), reference.data_type)

    def _against_value(self, reference: Reference, comparator: Comparator, value: Json, at: str) -> Compare:
        kind = kind_of(reference.data_type)
        token = self._special(value, kind, at)
        if token in (EMPTY, NOT_EMPTY) or (token is None and _is_empty(value)):
            if comparator not in EQUALITY:
                raise _refused(Code.INVALID_DATA, at)
            empty = (token == NOT_EMPTY) is (comparator is Comparator.NOT_EQUAL)
            asked = Comparator.EMPTY if empty else Comparator.NOT_EMPTY
            return Compare(reference.path, asked, None, reference.data_type)
        operand_: Operand
        if token is None:
            operand_ = self._operand(reference.field, kind, comparator, value, at)
        elif comparator in EQUALITY or (comparator in ORDERED - RANGES and token != ANY_VALUE):
            operand_ = token
        else:
            raise _refused(Code.INVALID_DATA, at)
        return Compare(reference.path, comparator, operand_, reference.data_type)

    def _special(self, value: Json, kind: ValueKind, at: str) -> SpecialValue | None:
        """Find a special value, also inside an object that names a user."""
        text = value
        if isinstance(value, dict):
            text = next(
                (v for v in (value.get("name"), value.get("id")) if isinstance(v, str) and looks_special(v)), None
            )
        if not isinstance(text, str) or not looks_special(text):
            return None
        token = special_value_of(text)
        known = token is not None and (self.trigger if token == ANY_VALUE else stands_for(token, kind))
        if not known:
            raise _refused(Code.INVALID_DATA, at)
        return token

    def _operand(self, of: Field, kind: ValueKind, comparator: Comparator, value: Json, at: str) -> Value:
        """Read what is no special value: one, or as many as the comparator takes."""
        if kind is ValueKind.OTHER:
            raise _refused(Code.INVALID_DATA, at)
        if comparator in RANGES:
            pair = self._values(of, value, at, most=2)
            if len(pair) != 2:
                raise _refused(Code.INVALID_DATA, at, minimum_length=2)
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

    def _values(self, of: Field, raw: Json, at: str, *, most: int) -> tuple[Value, ...]:
        if not isinstance(raw, list):
            raise _wrong_type(at, "jsonarray")
        if not raw:
            raise _refused(Code.INVALID_DATA, at, minimum_length=1)
        if len(raw) > most:
            raise _refused(Code.LIMIT_EXCEEDED, at, limit=most)
        return tuple(self._value(of, item, f"{at}[{n}]") for n, item in enumerate(raw))

    def _value(self, of: Field, raw: Json, at: str) -> Value:
        value = operand(of, raw)
        if isinstance(value, Flaw):
            raise RequestRefusedError(value.at(_last(at), at))
        if value is None or (isinstance(value, str) and looks_special(value)):
            raise _refused(Code.INVALID_DATA, at)
        return value


def _is_empty(value: Json) -> bool:
    return value is None or value == "" or (isinstance(value, dict) and "id" in value and value["id"] is None)


def _needed(raw: dict[str, Json], key: str, at: str) -> Json:
    if raw.get(key) is None:
        raise _missing(f"{at}.{key}")
    return raw[key]


def _missing(at: str) -> RequestRefusedError:
    return _refused(Code.MANDATORY_NOT_FOUND, at, "Required field is missing")


def _wrong_type(at: str, wanted: str) -> RequestRefusedError:
    return _refused(Code.INVALID_DATA, at, expected_data_type=wanted)


def _refused(code: Code, at: str, message: str = "", **details: Json) -> RequestRefusedError:
    """Refuse the criteria; `at` is the JSON path of the bad part, or empty where the details say it."""
    place = position(_last(at), at) if at else {}
    return RequestRefusedError(Problem(code, {**details, **place}, message))


def _places(at: str, *keys: str) -> list[Json]:
    places: list[Json] = []
    places += (position(key, f"{at}.{key}") for key in keys)
    return places


def _last(at: str) -> str:
    """Give the key that a JSON path ends with: `group` of `$.criteria.group[3]`."""
    return at.rpartition(".")[2].partition("[")[0]
