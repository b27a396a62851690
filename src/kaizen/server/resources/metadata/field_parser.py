"""What a request to make or change a field means (reference: platform E.2)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from kaizen.access.rights import FieldPermission
from kaizen.fields.kinds import DATA_TYPES, NewFieldFacts
from kaizen.fields.textarea import STYLES
from kaizen.json_body import json_types
from kaizen.json_body.body_reader import BodyReader
from kaizen.model.catalog import Field, Module, PickListValue
from kaizen.model.problem import UNKNOWN_ID
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.resources.metadata.field_names import checked_label, free_api_name
from kaizen.server.resources.metadata.pick_lists import appended, new_pick_list
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.data_types import DataType

UNIQUE_PER_MODULE: Final = 2
CUSTOM_PER_MODULE: Final = 500


#: What a field of the service can have and its metadata here does not even show.
_UNSHOWN: Final = ("enable_record_state", "encrypt_case", "number_separator", "_update_existing_records")
#: What a field of the service can have and fields here cannot: refused, never silently dropped.
UNSUPPORTED: Final = (
    "global_picklist",
    "crypt",
    "external",
    "private",
    "formula",
    "rollup_summary",
    "multiselectlookup",
    "multiuserlookup",
    "multi_module_lookup",
    "association_details",
    "address",
    "range",
    "display_format",
    "display_format_properties",
    "hipaa_compliance",
    "default_value",
    "hipaa_compliance_enabled",
    "history_tracking",
    "history_tracking_enabled",
    "enable_colour_code",
    "pick_list_values_sorted_lexically",
    "separator",
    "required",
    "system_mandatory",
    *_UNSHOWN,
)
#: What can be changed of a field, or says nothing about it.
_CHANGEABLE: Final = ("id", "data_type", "field_label", "tooltip", "filterable", "pick_list_values", "profiles")
_NOTHING: Final[tuple[Json, ...]] = (None, {}, [], False)
_TOOLTIPS: Final = {"static_text": 35, "info_icon": 255}
_CHOICES: Final = (DataType.PICKLIST, DataType.MULTISELECTPICKLIST)


def new_field(uow: UnitOfWork, module: Module, row: BodyReader) -> Field:
    """Read a field to be made; raises RefusedError."""
    label = checked_label(module, row)
    data_type, kind = _data_type(row)
    _refuse_unsupported(row)
    _refuse_profiles(uow, row)
    if sum(f.custom for f in module.fields) >= CUSTOM_PER_MODULE:
        raise row.refuse(Code.LIMIT_EXCEEDED, "field_label", limit=CUSTOM_PER_MODULE)
    properties: dict[str, Json] = {
        "json_type": DATA_TYPES[data_type].json_type,
        "ui_type": kind.ui_type,
        "shown_in": ["view"] if data_type is DataType.AUTONUMBER else ["view", "edit", "create"],
        "mass_update": data_type is not DataType.AUTONUMBER,
        "created_time": uow.now,
        "modified_time": uow.now,
        **_tooltip(row),
        **_filterable(row),
    }
    if data_type is DataType.AUTONUMBER:
        properties["auto_number"] = _auto_number(module, row)
    decimals = _decimals(kind, data_type, row)
    if data_type is DataType.CURRENCY:
        properties["currency"] = {"rounding_option": _rounding(row), "precision": decimals}
    length = kind.length
    if data_type is DataType.TEXTAREA:
        style, length = _textarea(row)
        properties["textarea"] = {"type": style}
    elif row.has("length"):
        length = _length(kind, data_type, row)
    target, target_label = _lookup(uow, row) if data_type is DataType.LOOKUP else (None, None)
    api_name = free_api_name(module, row, label)
    field_id = uow.new_id()
    return Field(
        id=field_id,
        api_name=api_name,
        field_label=label,
        data_type=data_type,
        # Made from the id: what a user writes never becomes a physical name.
        column=f"c{field_id}",
        length=length,
        decimal_place=decimals,
        read_only=data_type is DataType.AUTONUMBER,
        custom=True,
        unique=_unique(module, kind, data_type, row),
        lookup_module=target,
        lookup_label=target_label,
        pick_list_values=new_pick_list(uow, row, data_type) if data_type in _CHOICES else (),
        properties=properties,
    )


def changed_field(uow: UnitOfWork, module: Module, field: Field, shown: Mapping[str, Json], row: BodyReader) -> Field:
    """Read what becomes of a field: its label, tooltip and pick list can change; raises RefusedError.

    `shown` is the field as it is answered: who sends that back changes nothing.
    """
    row = BodyReader({name: value for name, value in row.given.items() if _differs(value, shown.get(name))}, row.path)
    if row.has("data_type"):
        raise row.refuse(Code.NOT_ALLOWED, "data_type", "the data type of a field cannot be changed")
    for name in row.given:
        if name not in _CHANGEABLE and (name in shown or name in _UNSHOWN):
            raise row.refuse(Code.NOT_IMPLEMENTED, name, "this server cannot change this of an existing field yet")
    _refuse_profiles(uow, row)
    label = checked_label(module, row, field) if row.has("field_label") else field.field_label
    values: tuple[PickListValue, ...] = field.pick_list_values
    if row.has("pick_list_values"):
        if field.data_type not in _CHOICES:
            raise row.refuse(Code.DEPENDENT_MISMATCH, "pick_list_values", dependee=row.where("data_type"))
        values = appended(uow, field, row)
    properties = {**field.properties, **_tooltip(row), **_filterable(row), "modified_time": uow.now}
    return replace(field, field_label=label, pick_list_values=values, properties=properties)


def _differs(given: Json, shown: Json) -> bool:
    """Return whether a value says anything else than what is there; null says nothing."""
    return given is not None and given != shown and not (given in _NOTHING and shown in _NOTHING)


def _data_type(row: BodyReader) -> tuple[DataType, NewFieldFacts]:
    named = json_types.text(row.required("data_type"), row.path / "data_type")
    if named not in {t.value for t in DataType}:
        raise row.refuse(Code.INVALID_DATA, "data_type")
    data_type = DataType(named)
    facts = DATA_TYPES[data_type].new
    if facts is None:
        raise row.refuse(Code.NOT_IMPLEMENTED, "data_type", "this server cannot make fields of this data type")
    return data_type, facts


def _refuse_unsupported(row: BodyReader) -> None:
    for name in UNSUPPORTED:
        if row.given.get(name) not in _NOTHING:
            raise row.refuse(Code.NOT_IMPLEMENTED, name, "this server does not support this property of a field yet")


def _refuse_profiles(uow: UnitOfWork, row: BodyReader) -> None:
    profiles = uow.documents("profile") if row.has("profiles") else []
    known = {each.id for each in profiles}
    administrators = {each.id for each in profiles if each.name == "Administrator"}
    for profile in row.children("profiles"):
        profile.required("id")
        if profile.reference("id") not in known:
            raise profile.refuse(Code.INVALID_DATA, "id", UNKNOWN_ID)
        word = profile.word("permission_type", tuple(FieldPermission))
        if word not in (None, FieldPermission.READ_WRITE) and profile.reference("id") in administrators:
            raise profile.refuse(Code.NOT_ALLOWED, "permission_type", "nothing is kept from administrators")


def _tooltip(row: BodyReader) -> dict[str, Json]:
    tooltip = row.child("tooltip")
    if tooltip is None:
        return {}
    name = tooltip.word("name", tuple(_TOOLTIPS))
    if name is None:
        raise tooltip.refuse(Code.MANDATORY_NOT_FOUND, "name")
    return {"tooltip": {"name": name, "value": tooltip.text("value", _TOOLTIPS[name])}}


def _filterable(row: BodyReader) -> dict[str, Json]:
    filterable = row.flag("filterable")
    return {} if filterable is None else {"filterable": filterable}


def _length(kind: NewFieldFacts, data_type: DataType, row: BodyReader) -> int:
    dependee = row.where("data_type")
    if not kind.longest:
        if row.given["length"] == kind.length:
            return kind.length
        raise row.refuse(Code.DEPENDENT_MISMATCH, "length", dependee=dependee)
    length = row.whole("length", 1, 10**9)
    if length is None or length > kind.longest:
        raise row.refuse(Code.DEPENDENT_MISMATCH, "length", dependee=dependee, range={"from": 1, "to": kind.longest})
    return length


def _textarea(row: BodyReader) -> tuple[str, int]:
    style = area.word("type", tuple(STYLES)) if (area := row.child("textarea")) else None
    if not row.has("length"):
        style = style or "small"
        return style, STYLES[style]
    length = row.whole("length", 1, 10**9)
    by_length = {value: name for name, value in STYLES.items()}
    if length is None or length not in by_length:
        allowed: list[Json] = list(STYLES.values())
        raise row.refuse(Code.DEPENDENT_MISMATCH, "length", dependee=row.where("data_type"), supported_values=allowed)
    if style is not None and STYLES[style] != length:
        raise row.refuse(Code.DEPENDENT_MISMATCH, "length", dependee=row.where("textarea"))
    return by_length[length], length


def _decimals(kind: NewFieldFacts, data_type: DataType, row: BodyReader) -> int | None:
    if kind.decimals is None:
        return None
    inside = row.child("currency") if data_type is DataType.CURRENCY else None
    places = inside.whole("precision", 0, 9) if inside else None
    if places is None:
        places = row.whole("decimal_place", 0, 9)
    return kind.decimals if places is None else places


def _rounding(row: BodyReader) -> str:
    inside = row.child("currency")
    options = ("normal", "round_off", "round_up", "round_down")
    return (inside.word("rounding_option", options) if inside else None) or "normal"


def _unique(module: Module, kind: NewFieldFacts, data_type: DataType, row: BodyReader) -> bool:
    unique = row.child("unique")
    if unique is None or not unique.given:
        return False
    if not kind.unique:
        raise row.refuse(Code.DEPENDENT_MISMATCH, "unique", dependee=row.where("data_type"))
    if unique.given.get("case_sensitive") in (True, "true"):
        raise unique.refuse(Code.NOT_IMPLEMENTED, "case_sensitive", "this server compares unique values without case")
    taken = [f for f in module.fields if f.unique]
    if len(taken) >= UNIQUE_PER_MODULE:
        due: list[Json] = [{"api_name": f.api_name, "id": str(f.id)} for f in taken]
        raise row.refuse(Code.LIMIT_EXCEEDED, "unique", limit=UNIQUE_PER_MODULE, limit_due_to=due)
    return True


def _auto_number(module: Module, row: BodyReader) -> dict[str, Json]:
    taken = [f for f in module.fields if f.data_type is DataType.AUTONUMBER]
    if taken:
        due: list[Json] = [{"api_name": f.api_name, "id": str(f.id)} for f in taken]
        raise row.refuse(Code.LIMIT_EXCEEDED, "data_type", limit=1, limit_due_to=due)
    facts = row.child("auto_number")
    if facts is None:
        raise row.refuse(
            Code.EXPECTED_DEPENDENT_FIELD_MISSING,
            "data_type",
            expected_fields=[row.where("auto_number")],
            dependee=row.where("data_type"),
        )
    start = facts.whole("start_number", 0, 10**15)
    return {
        "prefix": facts.text("prefix", 16),
        "start_number": 1 if start is None else start,
        "suffix": facts.text("suffix", 16),
    }


def _lookup(uow: UnitOfWork, row: BodyReader) -> tuple[str, str | None]:
    lookup = row.child("lookup")
    if lookup is None:
        raise row.refuse(
            Code.EXPECTED_DEPENDENT_FIELD_MISSING,
            "data_type",
            expected_fields=[row.where("lookup")],
            dependee=row.where("data_type"),
        )
    if lookup.given.get("query_details") not in (None, {}):
        raise lookup.refuse(Code.NOT_IMPLEMENTED, "query_details", "this server does not filter lookups")
    lookup.required("module")
    module = lookup.child("module")
    if module is None or not (module.has("api_name") or module.has("id")):
        raise lookup.refuse(Code.MANDATORY_NOT_FOUND, "module")
    name = module.text("api_name", 100)
    target = uow.catalog.by_name.get(name) if name else uow.catalog.by_id.get(module.reference("id") or 0)
    # Users are referred to by fields of their own data types.
    if target is None or not target.table or target.parent_module or target.api_name == "Users":
        raise module.refuse(Code.INVALID_DATA, "api_name" if name else "id")
    return target.api_name, lookup.text("display_label", 50)
