"""The standard modules and their fields, as the catalog of a new organisation."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from kaizen.model.catalog import Catalog, Field, Layout, Module, PickListValue, Section
from kaizen.model.values import Id, Json
from kaizen.standard.data import read
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

#: Turns the suffix that all organisations share into this organisation's id.
Identify = Callable[[int], Id]

#: Facts of a module that the model has a place for.
_MODELLED: Final = frozenset(
    {
        "id",
        "api_name",
        "module_name",
        "singular_label",
        "plural_label",
        "stored",
        "flags",
        "generated_type",
        "display_field",
        "parent",
        "duplicate_check",
        "views",
        "related_lists",
    }
)
_MODEL_FLAGS: Final = frozenset(
    {"api_supported", "creatable", "editable", "deletable", "viewable", "triggers_supported"}
)
#: Facts of a field that go into the metadata answer only.
_FIELD_PROPERTIES: Final = (
    "json_type",
    "ui_type",
    "shown_in",
    "converts_to",
    "auto_number",
    "currency",
    "requires_feature",
    "refers_to",
)
_FIELD_FLAGS: Final = ("layout_mandatory", "read_only", "field_read_only", "virtual_field", "mass_update")

Facts = Mapping[str, Any]


def standard_catalog(identify: Identify) -> Catalog:
    """Build version 1 of the catalog of a new organisation."""
    return Catalog(version=1, modules=tuple(_module(facts, identify) for facts in read("modules")["modules"]))


def table_of(api_name: str) -> str:
    """Return the physical table of a module."""
    return f"m_{_safe(api_name)}"


def scope_word(api_name: str, generated_type: str = "default") -> str:
    """Return the name of a module in scopes (reference: platform A.9)."""
    if generated_type == "custom":
        return "custom"
    return api_name.removesuffix("__s").replace("_", "").lower()


def _safe(api_name: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "_" for c in api_name.lower())


def _module(facts: Facts, identify: Identify) -> Module:
    api_name = facts["api_name"]
    flags = frozenset(facts["flags"])
    fields = tuple(_field(f, identify) for f in read("fields").get(api_name, ()))
    generated_type = facts.get("generated_type", "default")
    return Module(
        id=identify(facts["id"]),
        api_name=api_name,
        module_name=facts["module_name"],
        singular_label=facts["singular_label"],
        plural_label=facts["plural_label"],
        table=table_of(api_name) if facts["stored"] else "",
        fields=fields,
        layouts=tuple(_layout(layout, fields, identify) for layout in read("layouts").get(api_name, ())),
        generated_type=generated_type,
        display_field=facts.get("display_field", "Name"),
        duplicate_check_field=facts.get("duplicate_check"),
        api_supported="api_supported" in flags,
        creatable="creatable" in flags,
        editable="editable" in flags,
        deletable="deletable" in flags,
        viewable="viewable" in flags,
        triggers_supported="triggers_supported" in flags,
        parent_module=facts.get("parent") if generated_type == "subform" else None,
        scope=scope_word(api_name, generated_type),
        properties=_module_properties(facts, flags - _MODEL_FLAGS, identify),
    )


def _module_properties(facts: Facts, flags: frozenset[str], identify: Identify) -> dict[str, Json]:
    properties: dict[str, Json] = {key: value for key, value in facts.items() if key not in _MODELLED}
    properties |= dict.fromkeys(sorted(flags), True)
    if "parent" in facts:
        properties["parent_module"] = facts["parent"]
    for key in ("views", "related_lists"):
        if key in facts:
            properties[key] = [entry | {"id": identify(entry["id"])} for entry in facts[key]]
    return properties


def _field(facts: Facts, identify: Identify) -> Field:
    data_type = DataType(facts["data_type"])
    flags = facts["flags"]
    properties: dict[str, Json] = {key: facts[key] for key in _FIELD_PROPERTIES if key in facts}
    properties |= {flag: True for flag in _FIELD_FLAGS if flag in flags}
    returned = facts.get("formula_returns")
    return Field(
        id=identify(facts["id"]),
        api_name=facts["api_name"],
        field_label=facts["label"],
        data_type=data_type,
        column="" if data_type is DataType.SUBFORM else _safe(facts["api_name"]),
        length=facts["length"],
        decimal_place=facts.get("decimal_place"),
        mandatory="system_mandatory" in flags,
        # The flag `read_only` of the metadata is about screens; `writable` says what the API takes.
        read_only="writable" not in flags,
        lookup_module="Users" if data_type in USER_REFERENCES else facts.get("lookup"),
        subform_module=facts.get("subform"),
        pick_list_values=_pick_list(facts["pick_list"], facts["values_from"], identify) if "pick_list" in facts else (),
        default_value=facts.get("default"),
        formula_return_type=DataType(returned) if returned else None,
        properties=properties,
    )


def _pick_list(name: str, first_id: int, identify: Identify) -> tuple[PickListValue, ...]:
    values = []
    for index, entry in enumerate(read("pick_lists")[name]):
        facts: Facts = entry if isinstance(entry, dict) else {"display": entry}
        extra: dict[str, Json] = {key: facts[key] for key in ("probability", "forecast_type") if key in facts}
        if category := facts.get("forecast_category"):
            category_id = identify(read("organisation")["forecast_categories"][category])
            extra["forecast_category"] = {"name": category, "id": str(category_id)}
        values.append(
            PickListValue(
                id=identify(facts.get("id", first_id + index)),
                display_value=facts["display"],
                actual_value=facts.get("actual", facts["display"]),
                sequence_number=index + 1,
                extra=extra,
            )
        )
    return tuple(values)


def _layout(facts: Facts, fields: tuple[Field, ...], identify: Identify) -> Layout:
    return Layout(
        id=identify(facts["id"]),
        name=facts["name"],
        api_name=facts["api_name"],
        sections=tuple(
            Section(
                id=identify(section["id"]),
                name=section["name"],
                display_label=section["name"],
                sequence_number=index + 1,
                fields=tuple(section["fields"]),
            )
            for index, section in enumerate(facts["sections"])
        ),
        mandatory=frozenset(f.api_name for f in fields if f.properties.get("layout_mandatory")),
    )
