"""Write the data files of `kaizen.standard` from a description of the standard modules.

    python scripts/generate_standard.py PATH

PATH is a JSON file with the keys `modules`, `other_modules`, `duplicate_check_defaults`, `default_pipeline`,
`forecast_categories` and `default_users`. Only facts are taken over. Ids that the data files give already are
kept, so that a new field never moves the id of another one.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

STANDARD = Path(__file__).resolve().parent.parent / "src" / "kaizen" / "standard"
GENERATED_BY = "scripts/generate_standard.py"

#: Where the ids of each kind begin (below ten million, where the ids of records begin).
FIELDS, PICK_LISTS, LAYOUTS, SECTIONS, VIEWS, RELATED, MODULES = (
    3_000_001,
    3_100_001,
    91_055,
    3_300_001,
    3_400_001,
    3_500_001,
    3_600_001,
)
PICK_LIST_ROOM = 50  #: ids kept free for the values of one field
SECTION_ROOM = 10  #: and for the sections of one layout

MODULE_FLAGS = (
    "api_supported",
    "creatable",
    "editable",
    "deletable",
    "viewable",
    "triggers_supported",
    "convertable",
    "quick_create",
    "show_as_tab",
    "feeds_required",
    "scoring_supported",
    "webform_supported",
    "global_search_supported",
    "emailTemplate_support",
    "inventory_template_supported",
    "kanban_view_supported",
    "filter_supported",
    "isBlueprintSupported",
    "presence_sub_menu",
    "visible",
)
#: Fields that take more than their metadata once said: the operations on notes say so.
LONGER = {("Notes", "Note_Content"): 65_535}
FIELD_FLAGS = (
    "system_mandatory",
    "layout_mandatory",
    "read_only",
    "field_read_only",
    "virtual_field",
    "writable",
    "mass_update",
)
#: Modules of which no records are kept: unions, files and histories that other operations make.
NOT_STORED = {"Activities", "Attachments", "DealHistory"}
#: Modules whose writes no rule can wait for here.
WITHOUT_RULES = NOT_STORED | {"Users", "Quoted_Items", "Ordered_Items", "Purchase_Items", "Invoiced_Items"}
#: Modules that the service keeps as targets but that are no modules.
NOT_A_MODULE = {"Roles", "Profiles"}
#: Modules whose lines and sums have taxes.
INVENTORY = ("Quotes", "Sales_Orders", "Purchase_Orders", "Invoices")
#: How the service describes the roles and profiles of a new organisation.
DESCRIPTIONS = {
    "CEO": "Users with this role have access to the data owned by all other users.",
    "Manager": "Users belonging to this role cannot see data for admin users.",
    "Administrator": (
        "This profile will have all the permissions. Users with Administrator profile will be able to view and manage "
        "all the data within the organization account by default."
    ),
    "Standard": "This profile will have all the permissions except administrative privileges.",
}
#: What records keep and metadata does not show: the taxes on a whole document.
TAXES = {
    "api_name": "$line_tax",
    "field_label": "$line_tax",
    "data_type": "linetax",
    "json_type": "jsonarray",
    "length": 120,
    "ui_type": None,
    **dict.fromkeys(FIELD_FLAGS, False),
    "writable": True,
    "view_type": {},
    "decimal_place": None,
    "default_value": None,
    "lookup": {},
    "pick_list_values": [],
}
ADDRESS = ("Street", "City", "State", "Zip", "Code", "Country")

Facts = dict[str, Any]


class Ids:
    """Ids by key: what was given once is given again."""

    def __init__(self, first: int, known: Mapping[str, int], room: int = 1) -> None:
        self._given = dict(known)
        self._room = room
        self._next = max([first - room, *self._given.values()]) + room

    def of(self, key: str) -> int:
        """Return the id of a key, a new one when it has none."""
        if key not in self._given:
            self._given[key] = self._next
            self._next += self._room
        return self._given[key]


def read_old(name: str) -> Facts:
    """Read a data file as it is now; empty when there is none."""
    path = STANDARD / name
    return json.loads(path.read_text()) if path.exists() else {}


def pick_list_name(field: Facts, lists: Facts) -> str:
    """Name the pick list of a field, sharing one that is the same."""
    values = []
    for value in field["pick_list_values"]:
        facts = {"display": value["display_value"]}
        if value["actual_value"] != value["display_value"]:
            facts["actual"] = value["actual_value"]
        for key in ("probability", "forecast_type"):
            if key in value:
                facts[key] = value[key]
        if "forecast_category" in value:
            facts["forecast_category"] = value["forecast_category"]["name"]
        if "id_suffix" in value:
            facts["id"] = value["id_suffix"]
        values.append(facts if len(facts) > 1 else facts["display"])
    name = field["api_name"]
    number = 2
    while name in lists and lists[name] != values:
        name, number = f"{field['api_name']}_{number}", number + 1
    lists[name] = values
    return name


def field_facts(module: str, field: Facts, ids: Ids, values: Ids, lists: Facts) -> Facts:
    """Reduce one field to what differs from the usual."""
    api_name = field["api_name"]
    facts: Facts = {
        "id": ids.of(f"{module}.{api_name}"),
        "api_name": api_name,
        "label": field["field_label"],
        "data_type": field["data_type"],
        "json_type": field["json_type"],
        "length": LONGER.get((module, api_name), field["length"] or 0),
        "ui_type": field["ui_type"],
        "flags": [flag for flag in FIELD_FLAGS if field[flag]],
        "shown_in": [view for view, shown in field["view_type"].items() if shown],
    }
    if field["decimal_place"] is not None:
        facts["decimal_place"] = field["decimal_place"]
    if field["default_value"] is not None:
        facts["default"] = (
            field["default_value"] == "true" if field["data_type"] == "boolean" else field["default_value"]
        )
    if target := field["lookup"].get("module"):
        name = target["api_name"]
        reference = "refers_to" if name in NOT_A_MODULE else "lookup"
        facts["subform" if field["data_type"] == "subform" else reference] = name
    if returned := field.get("formula", {}).get("return_type"):
        facts["formula_returns"] = returned
    if field["pick_list_values"]:
        facts["pick_list"] = pick_list_name(field, lists)
        facts["values_from"] = values.of(f"{module}.{api_name}")
    if targets := {m: name for m, name in field.get("convert_mapping", {}).items() if name}:
        facts["converts_to"] = targets
    for key in ("auto_number", "currency", "requires_feature"):
        if field.get(key):
            facts[key] = field[key]
    return facts


def is_address(api_name: str) -> bool:
    """Return whether a field belongs to an address block."""
    return api_name.rsplit("_", maxsplit=1)[-1] in ADDRESS or api_name == "Zip_Code"


def section_of(module: Facts, field: Facts) -> str:
    """Name the section of the standard layout that shows a field."""
    if field["data_type"] == "subform":
        return field["field_label"]
    if field["api_name"] == "Record_Image":
        return f"{module['singular_label']} Image"
    if is_address(field["api_name"]) and not field["api_name"].startswith("Check_In"):
        return "Address Information"
    if field["api_name"] == "Terms_and_Conditions":
        return "Terms and Conditions"
    if field["api_name"] == "Description":
        return "Description Information"
    if field.get("requires_feature") == "gdpr_or_integration":
        return "Visit Summary"
    return f"{module['singular_label']} Information"


def layout_facts(module: Facts, layouts: Ids, sections: Ids) -> Iterator[Facts]:
    """Lay out the fields a record page shows."""
    for layout in module.get("layouts", ()):
        blocks: dict[str, list[str]] = {}
        for field in module["fields"]:
            if any(field["view_type"].values()):
                blocks.setdefault(section_of(module, field), []).append(field["api_name"])
        first = sections.of(f"{module['api_name']}.{layout['name']}")
        yield {
            "id": layouts.of(f"{module['api_name']}.{layout['name']}"),
            "name": layout["name"],
            "api_name": layout["api_name"],
            "sections": [
                {"id": first + i, "name": name, "fields": names} for i, (name, names) in enumerate(blocks.items())
            ],
        }


def related_list_facts(api_name: str) -> Iterator[Facts]:
    """Name a related list by version: the lists of activities fall into three from v3 on."""
    if api_name not in ("Activities", "Activities_History"):
        yield {"api_name": api_name}
        return
    yield {"api_name": api_name, "until": 2.2}
    for activity in ("Tasks", "Events", "Calls"):
        yield {"api_name": api_name.replace("Activities", activity), "since": 3.0}


def module_facts(module: Facts, source: Facts, ids: Ids, views: Ids, related: Ids) -> Facts:
    """Reduce one module to its own facts."""
    name = module["api_name"]
    flags = [flag for flag in MODULE_FLAGS if module.get(flag)]
    modelled = "plural_label" in module and isinstance(module["fields"], list)
    if not modelled:
        flags += ["viewable", "visible"]
    if name in WITHOUT_RULES:
        flags = [flag for flag in flags if flag != "triggers_supported"]
    facts: Facts = {
        "id": module["id_suffix"] or ids.of(name),
        "api_name": name,
        "module_name": module["module_name"],
        "singular_label": module["singular_label"],
        "plural_label": module["plural_label"],
        "sequence_number": module["sequence_number"],
        "stored": modelled and name not in NOT_STORED,
        "flags": flags,
    }
    if module.get("generated_type", "default") != "default":
        facts["generated_type"] = module["generated_type"]
    if modelled:
        facts |= {key: module[key] for key in ("display_field", "status", "visibility")}
        facts |= {key: module[key] for key in ("per_page", "business_card_field_limit")}
    if parent := module.get("parent_module", {}).get("api_name"):
        facts["parent"] = parent
    if check := source["duplicate_check_defaults"].get(name):
        facts["duplicate_check"] = check
    for key in ("versions", "labels_before_v3", "line_item_subform", "line_item_v2"):
        if key in module:
            facts[key] = module[key]
    if "custom_views" in module:
        all_of_them = module["custom_views"]["names"][0]
        facts["views"] = [
            {"id": views.of(f"{name}.ALLVIEWS"), "name": all_of_them, "system_name": "ALLVIEWS"},
        ]
    if "related_lists" in module:
        facts["related_lists"] = [
            {"id": related.of(f"{name}.{entry['api_name']}"), **entry}
            for api_name in module["related_lists"]["api_names"]
            for entry in related_list_facts(api_name)
        ]
    return facts


def organisation_facts(source: Facts) -> Facts:
    """Collect what belongs to no module: roles, profiles, the pipeline."""
    profiles, roles = source["default_users"]
    ids = {**roles["role_id_suffix"], **profiles["profile_id_suffix"]}

    def described(names: Iterable[str]) -> list[Facts]:
        return [{"name": name, "id": ids[name], "description": DESCRIPTIONS[name]} for name in names]

    return {
        "roles": described(roles["roles"]),
        "profiles": described(profiles["profiles"]),
        "forecast_categories": {c["name"]: c["id_suffix"] for c in source["forecast_categories"]},
    }


def write(name: str, facts: Mapping[str, Any]) -> None:
    """Write one data file, a line for each innermost entry, so that a change shows as one."""
    blocks = []
    for key, value in facts.items():
        if isinstance(value, list):
            lines = ",\n".join(f"    {json.dumps(entry, ensure_ascii=False)}" for entry in value)
            blocks.append(f"  {json.dumps(key)}: [\n{lines}\n  ]")
        else:
            blocks.append(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    head = f'  "_generated_by": {json.dumps(GENERATED_BY)}'
    (STANDARD / name).write_text("{\n" + ",\n".join([head, *blocks]) + "\n}\n")


def known(entries: Mapping[str, Any], key: str, wanted: str = "id") -> dict[str, int]:
    """Collect the ids a data file gives already."""
    return {
        f"{module}.{entry[key]}": entry[wanted]
        for module, listed in entries.items()
        if isinstance(listed, list)
        for entry in listed
        if wanted in entry
    }


def pipeline_field(fields: Iterable[Facts], pipeline: Facts) -> None:
    """Give the Pipeline field its one pipeline."""
    for field in fields:
        if field["api_name"] == "Pipeline":
            value = {"display_value": pipeline["display_value"], "actual_value": pipeline["actual_value"]}
            field["pick_list_values"] = [value]
            field["default_value"] = pipeline["actual_value"]


def main(path: str) -> None:
    """Read the description and write the data files."""
    source = json.loads(Path(path).read_text())
    old_fields, old_layouts, old_modules = (
        {k: v for k, v in read_old(name).items() if not k.startswith("_")}
        for name in ("fields.json", "layouts.json", "modules.json")
    )
    listed = {m["api_name"]: m for m in old_modules.get("modules", ())}
    field_ids = Ids(FIELDS, known(old_fields, "api_name"))
    value_ids = Ids(PICK_LISTS, known(old_fields, "api_name", "values_from"), PICK_LIST_ROOM)
    layout_ids = Ids(LAYOUTS, known(old_layouts, "name"))
    section_ids = Ids(
        SECTIONS,
        {f"{m}.{layout['name']}": layout["sections"][0]["id"] for m, all_ in old_layouts.items() for layout in all_},
        SECTION_ROOM,
    )
    view_ids = Ids(VIEWS, known({m: f.get("views") for m, f in listed.items()}, "system_name"))
    related_ids = Ids(RELATED, known({m: f.get("related_lists") for m, f in listed.items()}, "api_name"))
    module_ids = Ids(MODULES, {m: f["id"] for m, f in listed.items() if f["id"] >= MODULES})

    lists: Facts = {}
    fields: Facts = {}
    layouts: Facts = {}
    modules = []
    for module in source["modules"]:
        name = module["api_name"]
        pipeline_field(module["fields"], source["default_pipeline"])
        described = [*module["fields"], *([TAXES] if name in INVENTORY else [])]
        fields[name] = [field_facts(name, field, field_ids, value_ids, lists) for field in described]
        if laid_out := list(layout_facts(module, layout_ids, section_ids)):
            layouts[name] = laid_out
        modules.append(module_facts(module, source, module_ids, view_ids, related_ids))
    modules += [module_facts(m, source, module_ids, view_ids, related_ids) for m in source["other_modules"]]
    modules.sort(key=lambda m: (m["sequence_number"] is None, m["sequence_number"], m["id"]))

    write("modules.json", {"modules": modules})
    write("fields.json", fields)
    write("layouts.json", layouts)
    write("pick_lists.json", lists)
    write("organisation.json", organisation_facts(source))


if __name__ == "__main__":
    main(sys.argv[1])
