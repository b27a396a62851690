"""How a field's metadata looks on the wire (reference: platform E.2)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from kaizen.access.rights import FieldPermission, field_permissions
from kaizen.fields.textarea import style_of
from kaizen.model.catalog import Catalog, Field, Layout, Module, PickListValue
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.versions import Dialect
from kaizen.server.resources.shared.metadata import hidden_from
from kaizen.server.resources.shared.stamps import moment, reference
from kaizen.vocabulary.data_types import DataType

#: Data types whose values cannot be searched, sorted or filtered.
_OPAQUE: Final = frozenset(
    {
        DataType.ALARM,
        DataType.EVENT_REMINDER,
        DataType.FILEUPLOAD,
        DataType.IMAGEUPLOAD,
        DataType.LAYOUT,
        DataType.LINETAX,
        DataType.MULTIREMINDER,
        DataType.PROFILEIMAGE,
        DataType.RRULE,
        DataType.SUBFORM,
    }
)
_UNSORTED: Final = _OPAQUE | {DataType.TEXTAREA, DataType.MULTISELECTPICKLIST, DataType.MULTISELECTLOOKUP}
_VIEWS: Final = ("view", "edit", "create", "quick_create")
_OPERATIONS: Final = ("web_update", "api_create", "web_create", "api_update")
_LOOKUPS: Final = frozenset({DataType.LOOKUP, DataType.CONSENT_LOOKUP})
_CONVERTED_TO: Final = ("Contacts", "Deals", "Accounts")
#: Containers of the metadata that no field here fills; clients index into them, so they are never null.
_EMPTY: Final = ("multiselectlookup", "multiuserlookup", "rollup_summary")


@dataclass(frozen=True)
class Shown:
    """The fields of one module, as one caller's version shows them."""

    uow: UnitOfWork
    call: Call
    module: Module
    with_permissions: bool = False  #: say which permissions on a field can be given to a profile

    @property
    def catalog(self) -> Catalog:
        """The catalog the module is of."""
        return self.uow.catalog

    @property
    def dialect(self) -> Dialect:
        """The dialect of the call."""
        return self.call.dialect

    @property
    def listed(self) -> list[Field]:
        """The fields that the version's metadata shows; `$`-keys of records are not fields to clients."""
        hidden = self.dialect.hidden_data_types
        return [
            f
            for f in self.module.fields
            if f.data_type not in hidden and not f.api_name.startswith("$") and f.api_name not in self.hidden
        ]

    @cached_property
    def hidden(self) -> frozenset[str]:
        """The fields that the caller does not see."""
        return hidden_from(self.uow, self.call, self.module)

    @cached_property
    def _profiles(self) -> list[tuple[dict[str, Json], dict[Id, FieldPermission]]]:
        """The profiles, each with what it says of fields."""
        return [(reference(p.name, p.id), field_permissions(p)) for p in self.uow.documents("profile")]

    @cached_property
    def _quick(self) -> dict[str, str]:
        shown = [f.api_name for f in self.module.fields if "quick_create" in _shown_in(f)]
        return {name: str(index + 1) for index, name in enumerate(shown)}

    def field(self, field: Field) -> dict[str, Json]:
        """Show one field."""
        facts = field.properties
        writable = field.writable
        usual = FieldPermission.READ_WRITE if writable else FieldPermission.READ_ONLY
        quick = {"quick_sequence_number": self._quick[field.api_name]} if field.api_name in self._quick else {}
        return {
            "id": str(field.id),
            "api_name": self._api_name(field),
            "field_label": field.field_label,
            "display_label": field.field_label,
            **self._types(field),
            "length": field.length,
            "decimal_place": field.decimal_place,
            "ui_type": facts.get("ui_type"),
            "display_type": -1,
            "generated_type": "custom" if field.custom else "default",
            "type": "used",
            "system_mandatory": field.mandatory,
            "required": field.mandatory,
            "read_only": bool(facts.get("read_only")),
            "field_read_only": bool(facts.get("field_read_only")),
            "custom_field": field.custom,
            "visible": True,
            "virtual_field": bool(facts.get("virtual_field")),
            "webhook": True,
            "searchable": field.data_type not in _OPAQUE,
            "sortable": field.data_type not in _UNSORTED,
            "filterable": bool(facts.get("filterable", field.data_type not in _OPAQUE)),
            "mass_update": bool(facts.get("mass_update")),
            "separator": False,
            "display_field": field.api_name == self.module.display_field,
            "operation_type": dict.fromkeys(_OPERATIONS, writable),
            "view_type": {view: view in _shown_in(field) for view in _VIEWS},
            "unique": self._unique(field),
            "default_value": _default(field),
            "pick_list_values": [self._value(value) for value in field.pick_list_values],
            "pick_list_values_sorted_lexically": False,
            "enable_colour_code": False,
            "colour_code_enabled_by_system": False,
            "global_picklist": None,
            "lookup": self._lookup(field),
            "multi_module_lookup": self._multi_module_lookup(field),
            **{key: {} for key in _EMPTY},
            "formula": self._formula(field),
            "currency": facts.get("currency") or {},
            "auto_number": facts.get("auto_number") or {},
            **({"textarea": {"type": style}} if (style := style_of(field)) is not None else {}),
            "association_details": None,
            "associated_module": self._rows_of(field),
            "convert_mapping": self._convert_mapping(field),
            "crypt": None,
            "external": None,
            "private": None,
            "hipaa_compliance_enabled": False,
            "hipaa_compliance": None,
            "tooltip": facts.get("tooltip"),
            "history_tracking": False if self.dialect.old_metadata else None,
            "history_tracking_enabled": False,
            "created_source": "default",
            "created_time": moment(self.call, facts.get("created_time")),
            "modified_time": moment(self.call, facts.get("modified_time")),
            **quick,
            "businesscard_supported": field.data_type not in _OPAQUE,
            "blueprint_supported": writable,
            "layout_associations": [
                {"api_name": layout.api_name, **reference(layout.name, layout.id)}
                for layout in self.module.layouts
                if on_layout(field, layout)
            ],
            "profiles": [
                {"permission_type": said.get(field.id, usual).value, **profile} for profile, said in self._profiles
            ],
            "sharing_properties": None,
            "email_parser": {"fields_update_supported": False, "record_operations_supported": False},
            "customizable_properties": [],
            "display_format": None,
            "display_format_properties": None,
            "parent_field": None,
            "child_fields": None,
            "additional_column": None,
            "column_name": field.column.upper() or None,
            "table_name": self.module.table.upper() or None,
            "refer_from_field": None,
            "range": None,
            "address": None,
            "public": False,
            **({"subform": self._rows_of(field)} if self.dialect.old_metadata else {}),
            **({"allowed_permissions_to_update": _permissions(field)} if self.with_permissions else {}),
        }

    def _types(self, field: Field) -> dict[str, Json]:
        # v2 reminds of an event at a moment (reference: platform C.11).
        if self.dialect.old_metadata and field.data_type is DataType.MULTIREMINDER:
            return {"data_type": DataType.EVENT_REMINDER.value, "json_type": "string"}
        return {"data_type": field.data_type.value, "json_type": field.properties.get("json_type", "string")}

    def _api_name(self, field: Field) -> str:
        old = self.module.properties.get("line_item_v2")
        return old if self.dialect.old_metadata and field.subform_module and isinstance(old, str) else field.api_name

    def _value(self, value: PickListValue) -> dict[str, Json]:
        common: dict[str, Json] = {
            "id": str(value.id),
            "display_value": value.display_value,
            "actual_value": value.actual_value,
            "sequence_number": value.sequence_number,
            "type": "used",
        }
        if self.dialect.old_metadata:
            return {**common, "maps": []}
        reference_value = {"reference_value": value.actual_value}
        return {**common, **reference_value, "colour_code": value.extra.get("colour_code"), **value.extra}

    def _unique(self, field: Field) -> dict[str, Json]:
        if not field.unique:
            return {}
        return {"casesensitive": ""} if self.dialect.old_metadata else {"case_sensitive": False}

    def _lookup(self, field: Field) -> dict[str, Json]:
        target = field.lookup_module
        if target is None or field.data_type not in _LOOKUPS:
            return {}
        module = self.catalog.by_name.get(target)
        label = field.lookup_label or self.module.plural_label
        common: dict[str, Json] = {"display_label": label, "api_name": self.module.api_name, "id": str(field.id)}
        if self.dialect.old_metadata:
            return {**common, "module": target}
        found: dict[str, Json] = {"api_name": target}
        if module:
            found["id"] = str(module.id)
        return {**common, "module": found, "revalidate_filter_during_edit": False, "query_details": {}}

    def _multi_module_lookup(self, field: Field) -> dict[str, Json]:
        if field.data_type is not DataType.MULTI_MODULE_LOOKUP:
            return {}
        modules: list[Json] = [
            {"api_name": m.api_name, "module_name": m.module_name, "id": str(m.id)}
            for m in self.catalog.modules
            if any(_named(entry, self.module.api_name) for entry in _list(m.properties.get("related_lists")))
        ]
        return {
            "display_label": self.module.plural_label,
            "api_name": self.module.api_name,
            "dynamic_module_addition_allowed": False,
            "modules": modules,
        }

    def _formula(self, field: Field) -> dict[str, Json]:
        if field.formula_return_type is None:
            return {}
        return {"return_type": field.formula_return_type.value}

    def _rows_of(self, field: Field) -> dict[str, Json] | None:
        rows = None if self.dialect.old_metadata else self.catalog.by_name.get(field.subform_module or "")
        # `module` holds the api_name: the official SDK asks for the fields of exactly that name.
        return {"module": rows.api_name, "api_name": rows.api_name, "id": str(rows.id)} if rows else None

    def _convert_mapping(self, field: Field) -> dict[str, Json]:
        if not self.module.properties.get("convertable") or self.module.api_name != "Leads":
            return {}
        targets = field.properties.get("converts_to")
        known = targets if isinstance(targets, dict) else {}
        return {module: known.get(module) for module in _CONVERTED_TO}


def on_layout(field: Field, layout: Layout) -> bool:
    """Return whether a layout shows a field; a custom field is on every layout."""
    return field.custom or any(field.api_name in section.fields for section in layout.sections)


def _shown_in(field: Field) -> list[Json]:
    return _list(field.properties.get("shown_in"))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _named(entry: Json, api_name: str) -> bool:
    return isinstance(entry, dict) and entry.get("api_name") == api_name


def _permissions(field: Field) -> dict[str, Json]:
    """Return the permissions that a profile can have: every profile has the one that the field is shown with."""
    return {"read_write": field.writable, "read_only": not field.writable, "hidden": False}


def _default(field: Field) -> Json:
    default = field.default_value
    return str(default).lower() if isinstance(default, bool) else default
