"""Module metadata (reference: platform E.1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kaizen.access.permissions import Verb
from kaizen.fields.reference import id_of
from kaizen.model.catalog import Module
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.resources.metadata.custom_views import default_view
from kaizen.server.resources.metadata.field_serializer import Shown
from kaizen.server.resources.metadata.layouts import show_layout
from kaizen.server.resources.metadata.related_lists import related_lists
from kaizen.server.resources.shared.metadata import answered, customizes, find_module, hidden_from, known_to
from kaizen.server.resources.shared.shown_in import card_fields
from kaizen.server.resources.shared.stamps import reference
from kaizen.vocabulary.codes import Code

STATUSES: Final = ("visible", "user_hidden", "system_hidden", "scheduled_for_deletion")
INCLUDES: Final = ("custom_view", "related_lists", "business_card_fields", "layouts", "fields")
#: Flags of the answer that the standard data names as they are.
_FLAGS: Final = (
    "convertable",
    "emailTemplate_support",
    "feeds_required",
    "filter_supported",
    "global_search_supported",
    "inventory_template_supported",
    "isBlueprintSupported",
    "presence_sub_menu",
    "quick_create",
    "scoring_supported",
    "show_as_tab",
    "webform_supported",
)
_FEATURES: Final[Mapping[str, Callable[[Module], bool]]] = {
    "scoring_rules": lambda module: bool(module.properties.get("scoring_supported")),
    "forecasts": lambda module: module.api_name == "Deals",
}
#: Modules with an interface of their own, which the list of modules does not name.
_UNLISTED: Final = frozenset({"Users"})
_ALL_TERRITORIES: Final[dict[str, Json]] = {"name": "All Territories", "id": "0", "subordinates": False}
#: Where leads can come from at the service and not here; only the module of leads says so.
_SOURCES_OF_LEADS: Final = (
    "show_emailparser",
    "show_googlesync",
    "show_social",
    "show_visitor",
    "show_webform",
    "showfacebooksync",
    "showleadchainsync",
    "showlinkedinsync",
    "showtiktoksync",
)


@dataclass(frozen=True)
class _Shown:
    """Modules as one caller's version shows them."""

    uow: UnitOfWork
    call: Call
    include: frozenset[str] = frozenset()

    def listed(self, module: Module) -> dict[str, Json]:
        """Show a module as in the list."""
        facts = module.properties
        labels = self._labels(module)
        profiles: list[Json] = [reference(p.name, p.id) for p in self.uow.documents("profile")]
        included = {name: self._included(module, name) for name in sorted(self.include)}
        may = self.uow.access.of(self.call.actor).on(module).may
        return {
            "id": str(module.id),
            "api_name": module.api_name,
            **labels,
            "actual_singular_label": labels["singular_label"],
            "actual_plural_label": labels["plural_label"],
            "generated_type": module.generated_type,
            "module_type": module.generated_type,
            "access_type": "org_based",
            "status": facts.get("status", "visible"),
            "visibility": facts.get("visibility", 1),
            "visible": may(Verb.VIEW),
            "api_supported": module.api_supported,
            "creatable": module.creatable and may(Verb.CREATE),
            "editable": module.editable and may(Verb.EDIT),
            "deletable": module.deletable and may(Verb.DELETE),
            "viewable": module.viewable and may(Verb.VIEW),
            "triggers_supported": module.triggers_supported,
            **{flag: bool(facts.get(flag)) for flag in _FLAGS},
            "lookupable": bool(module.table) and bool(facts.get("show_as_tab")),
            "email_parser_supported": False,
            "recycle_bin_on_delete": bool(module.table),
            "sub_menu_available": bool(facts.get("presence_sub_menu")),
            "has_more_profiles": False,
            "profile_count": len(profiles),
            "profiles": profiles,
            "private_profile": None,
            "parent_module": self._parent(module),
            "sequence_number": facts.get("sequence_number"),
            "business_card_field_limit": facts.get("business_card_field_limit", 5),
            "track_current_data": module.generated_type == "field_tracker",
            "public_fields_configured": False,
            "cc_enabled": False,
            "web_link": None,
            "arguments": [],
            "description": None,
            "modified_by": None,
            "modified_time": None,
            **included,
        }

    def whole(self, module: Module) -> dict[str, Json]:
        """Show a module as it is read by itself."""
        facts = module.properties
        hidden = hidden_from(self.uow, self.call, module)
        card: list[Json] = [name for name in card_fields(module) if name not in hidden]
        display = module.by_name.get(module.display_field)
        return {
            **self.listed(module),
            "custom_view": default_view(self.uow, self.call, module),
            "per_page": facts.get("per_page", 20),
            "search_layout_fields": card,
            "business_card_fields": card,
            "display_field": display.api_name if display else None,
            "territory": _ALL_TERRITORIES,
            "related_list_properties": {"sort_by": None, "fields": card, "sort_order": None},
            "properties": [],
            "$field_states": [],
            "$properties": [],
            "$on_demand_properties": [],
            "kanban_view": False,
            "kanban_view_supported": bool(facts.get("kanban_view_supported")),
            "filter_status": False,
            "activity_badge": "Not_Supported",
            "chart_view": False,
            "chart_view_supported": False,
            "lookup_field_properties": None,
            "masked_fields_count": 0,
            **(dict.fromkeys(_SOURCES_OF_LEADS, False) if module.api_name == "Leads" else {}),
            # Clients of v2 read whole layouts here or none.
            "layouts": None,
            **{name: self._included(module, name) for name in sorted(self.include)},
        }

    def _labels(self, module: Module) -> dict[str, Json]:
        old = module.properties.get("labels_before_v3")
        if isinstance(old, dict) and self.call.dialect.old_labels:
            return {key: old.get(key) for key in ("module_name", "singular_label", "plural_label")}
        return {
            "module_name": module.module_name,
            "singular_label": module.singular_label,
            "plural_label": module.plural_label,
        }

    def _parent(self, module: Module) -> dict[str, Json]:
        parent = self.uow.catalog.by_name.get(str(module.properties.get("parent_module", "")))
        return {"api_name": parent.api_name, "id": str(parent.id)} if parent else {}

    def _opens(self, module: Module) -> bool:
        """Return whether the caller sees what a module is made of."""
        return customizes(self.uow, self.call) or self.uow.access.of(self.call.actor).on(module).may(Verb.VIEW)

    def _included(self, module: Module, name: str) -> Json:
        match name:
            case "fields" | "layouts" | "custom_view" | "related_lists" if not self._opens(module):
                return []
            case "custom_view":
                return default_view(self.uow, self.call, module)
            case "related_lists":
                return list(related_lists(self.uow, self.call, module))
            case "layouts":
                return [show_layout(self.uow, self.call, module, layout) for layout in module.layouts]
            case "fields":
                shown = Shown(self.uow, self.call, module)
                return [shown.field(field) for field in shown.listed]
            case _:
                return []


def list_modules(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the modules, filtered by status and feature."""
    statuses = params.names(call, "status")
    for index, status in enumerate(statuses):
        if status not in STATUSES:
            details: dict[str, Json] = {"index": index, "supported_values": list(STATUSES), "param_name": "status"}
            raise RequestRefusedError(Problem(Code.INVALID_DATA, details, "The status given is invalid."))
    include = frozenset(_words(call, "include", INCLUDES))
    feature = call.query.get("feature_name", "")
    if feature and feature not in _FEATURES:
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {}, "the given feature name is invalid"))
    chosen = [
        module
        for module in uow.catalog.modules
        if module.api_name not in _UNLISTED
        and known_to(call.dialect, module)
        and (not statuses or module.properties.get("status", "visible") in statuses)
        and (not feature or _FEATURES[feature](module))
    ]
    key = ("modules", frozenset(statuses), include, feature)
    shown = _Shown(uow, call, include)
    return answered(uow, call, tuple(chosen), key, lambda: {"modules": [shown.listed(m) for m in chosen]})


def get_module(uow: UnitOfWork, call: Call) -> Answer:
    """Answer one module, named by its api_name or its id."""
    named = call.params["module_name"]
    number = id_of(named)
    include = frozenset(_words(call, "include", INCLUDES))
    if number is not None:
        module = uow.catalog.by_id.get(number)
        if module is None or not known_to(call.dialect, module):
            return Answer(204)
    else:
        module = find_module(uow.catalog, named, call.dialect)
        if module is None:
            raise RequestRefusedError(Problem(Code.INVALID_MODULE, params.bad_path_id(call, "module_name").details))
    shown, found = _Shown(uow, call, include), module
    return answered(uow, call, (found,), ("module", found.id, include), lambda: {"modules": [shown.whole(found)]})


def _words(call: Call, name: str, allowed: tuple[str, ...]) -> list[str]:
    given = params.names(call, name)
    if any(word not in allowed for word in given):
        raise RequestRefusedError(Problem(Code.INVALID_DATA, {"param_name": name, "supported_values": list(allowed)}))
    return given


_READ: Final = ("ZohoCRM.settings.modules.READ",)

ROUTES: Final = (
    Route("GET", "settings/modules", list_modules, _READ, operation="getModules"),
    # Not named {module}: that would be a module of records, whose scope a route may ask for.
    Route("GET", "settings/modules/{module_name}", get_module, _READ, operation="getModuleByApiName"),
)
