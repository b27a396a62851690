"""Page layouts (reference: platform E.3)."""

from typing import Final

from kaizen.model.catalog import Field, Layout, Module, Section
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.resources.metadata.field_serializer import Shown
from kaizen.server.resources.shared.metadata import answered, module_of
from kaizen.server.resources.shared.shown_in import card_fields, quick_fields
from kaizen.server.resources.shared.stamps import reference
from kaizen.vocabulary.codes import Code

_ACTIONS: Final = ("edit", "rename", "clone", "delete", "deactivate", "downgrade", "set_layout_permissions")
_SECTION_ACTIONS: Final = (
    "add_field",
    "rename",
    "change_tab_traversal",
    "reorder",
    "delete",
    "remove_field",
    "change_column_count",
)
#: What a conversion of a lead asks about the deal it makes.
_DEAL_FIELDS: Final = ("Amount", "Deal_Name", "Closing_Date", "Stage", "Pipeline")
_CONVERTED_TO: Final = ("Contacts", "Deals", "Accounts")
#: Of which fields a layout is asked for; `all` is the usual.
_MODES: Final = ("all", "quick_create", "business_card")


def list_layouts(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the layouts of a module."""
    module, mode = module_of(uow, call), _mode(call)
    return answered(
        uow,
        call,
        (module,),
        ("layouts", module.id, mode),
        lambda: {"layouts": [show_layout(uow, call, module, layout, mode) for layout in module.layouts]},
    )


def get_layout(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one layout of a module."""
    module, mode = module_of(uow, call), _mode(call)
    number = params.path_id(call)
    found = next((layout for layout in module.layouts if layout.id == number), None)
    if found is None:
        return Answer(204)
    return answered(
        uow,
        call,
        (module,),
        ("layout", number, mode),
        lambda: {"layouts": [show_layout(uow, call, module, found, mode)]},
    )


def _mode(call: Call) -> str:
    mode = call.query.get("mode", "all")
    if mode not in _MODES:
        raise RequestRefusedError(Problem(Code.PATTERN_NOT_MATCHED, {"param_name": "mode"}))
    return mode


def show_layout(uow: UnitOfWork, call: Call, module: Module, layout: Layout, mode: str = "all") -> dict[str, Json]:
    """Show one layout with its sections and their fields."""
    shown = Shown(uow, call, module)
    view: Json = {**reference(layout.name, layout.id), "type": "layout"}
    custom = [field for field in module.fields if field.custom]
    return {
        "id": str(layout.id),
        "name": layout.name,
        "api_name": layout.api_name,
        "display_label": layout.name,
        "status": 0 if call.dialect.old_metadata else "active",
        "visible": True,
        "created_for": None,
        "source": "crm",
        "generated_type": "default",
        "created_by": None,
        "created_time": None,
        "modified_by": None,
        "modified_time": None,
        "mode": None,
        "show_business_card": True,
        "has_more_profiles": False,
        "convert_mapping": _convert_mapping(uow, module),
        "profiles": [
            {
                "default": True,
                **reference(profile.name, profile.id),
                "_default_view": view,
                "_default_assignment_view": view,
            }
            for profile in uow.documents("profile")
        ],
        "actions_allowed": dict.fromkeys(_ACTIONS, False),
        "sections": [
            # Custom fields lie at the end of the first section.
            _section(shown, layout, section, custom if index == 0 else [], mode)
            for index, section in enumerate(layout.sections)
        ],
    }


def _section(shown: Shown, layout: Layout, section: Section, more: list[Field], mode: str) -> dict[str, Json]:
    by_name = shown.module.by_name
    fields = [by_name[name] for name in section.fields if name in by_name] + more
    fields = [field for field in fields if field.api_name not in shown.hidden]
    if mode == "quick_create":
        fields = [field for field in fields if field.api_name in quick_fields(shown.module)]
    if mode == "business_card":
        fields = [field for field in fields if field.api_name in card_fields(shown.module)]
    subform = any(field.subform_module for field in fields)
    return {
        "id": str(section.id),
        "name": section.name,
        "api_name": section.name.replace(" ", "_"),
        "display_label": section.display_label,
        "sequence_number": section.sequence_number,
        "column_count": 1 if subform else 2,
        "tab_traversal": 2 if shown.dialect.old_metadata else "left_to_right",
        "isSubformSection": subform,
        "generated_type": "default",
        "type": "used",
        "mode": "default_create",
        "is_parent_section": False,
        "parent_section": None,
        "properties": {"reorder_rows": True, "tooltip": None, "maximum_rows": 200} if subform else None,
        "actions_allowed": dict.fromkeys(_SECTION_ACTIONS, False),
        "fields": [_field(shown, layout, section, field, index + 1) for index, field in enumerate(fields)],
    }


def _field(shown: Shown, layout: Layout, section: Section, field: Field, number: int) -> dict[str, Json]:
    answer = shown.field(field)
    if field.api_name == "Pipeline" and shown.module.api_name == "Deals":
        stages = shown.field(shown.module.by_name["Stage"])["pick_list_values"]
        listed = answer["pick_list_values"]
        values = listed if isinstance(listed, list) else []
        answer["pick_list_values"] = [{**value, "maps": stages} for value in values if isinstance(value, dict)]
    return {
        **answer,
        "section_id": section.sequence_number,
        "sequence_number": number,
        "required": field.mandatory or field.api_name in layout.mandatory,
        "validation_rule": None,
        "category": 0,
        "element_type": "field",
        "show_type": 7,
    }


def _convert_mapping(uow: UnitOfWork, module: Module) -> dict[str, Json]:
    if module.api_name != "Leads":
        return {}
    mapping: dict[str, Json] = {}
    for name in _CONVERTED_TO:
        target = uow.catalog.by_name.get(name)
        if target is None or not target.layouts:
            continue
        layout = target.layouts[0]
        entry = {"display_label": layout.name, **reference(layout.name, layout.id)}
        if name == "Deals":
            entry["fields"] = [_deal_field(target.by_name[each], layout) for each in _DEAL_FIELDS]
        mapping[name] = entry
    return mapping


def _deal_field(field: Field, layout: Layout) -> dict[str, Json]:
    return {
        "api_name": field.api_name,
        "field_label": field.field_label,
        "id": str(field.id),
        "required": field.mandatory or field.api_name in layout.mandatory,
    }


_READ: Final = ("ZohoCRM.settings.layouts.READ",)
_OUT_OF_SCOPE: Final = "Invalid oauth scope to access this URL"

ROUTES: Final = (
    Route("GET", "settings/layouts", list_layouts, _READ, operation="getLayouts", out_of_scope=_OUT_OF_SCOPE),
    Route("GET", "settings/layouts/{id}", get_layout, _READ, operation="getLayoutById", out_of_scope=_OUT_OF_SCOPE),
)
