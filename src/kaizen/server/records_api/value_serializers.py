"""How single values of records look in an answer, where their data type alone does not say it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from types import MappingProxyType
from typing import Any, Final, TypeAlias, cast

from kaizen.access.rights import ModuleRights
from kaizen.fields.moment import show_instant
from kaizen.fields.reminder import as_alarm, before_start, moment_of
from kaizen.fields.structured import write_structured
from kaizen.model.catalog import Module
from kaizen.model.values import Json, Value, Values
from kaizen.records.modules.line_items import LINES, OLD
from kaizen.records.modules.taxes import LINE_TAXES, TAXES
from kaizen.records.tags import colour_of
from kaizen.server.records_api.lookup_names import Naming
from kaizen.server.records_api.system_keys import EDITABLE

#: Shows one value of one record; None: the value is shown as it is kept.
Show: TypeAlias = Callable[[Value, Naming, Values], Json] | None

#: Characters of rich text that lists show (reference: platform B.8).
_BEGINNING: Final = 500

#: One key of an answer: its name, the field it is made from, and how.
Part: TypeAlias = tuple[str, str, Show]


def record(row: Values, naming: Naming, parts: Sequence[Part]) -> dict[str, Json]:
    """Show the parts of one record."""
    shown: dict[str, Any] = {}
    get = row.get
    for name, source, show in parts:
        shown[name] = get(source) if show is None else show(get(source), naming, row)
    return shown


def identity(value: Value, naming: Naming, row: Values) -> Json:
    """Show an id as text."""
    return None if value is None else str(value)


def as_owner_allows(rights: ModuleRights, otherwise: Json, key: str) -> Show:
    """Make what shows whether a record may be changed, where that depends on its owner too."""
    forbidden: Json = False if key == EDITABLE else "read_only"
    return lambda value, naming, row: otherwise if rights.may_change(row) else forbidden


def boolean(value: Value, naming: Naming, row: Values) -> Json:
    """Show true or false; nothing is false."""
    return value is True


def beginning(value: Value, naming: Naming, row: Values) -> Json:
    """Show as much of rich text as lists do."""
    return value[:_BEGINNING] if isinstance(value, str) else None


def user(value: Value, naming: Naming, row: Values) -> Json:
    """Show a user with the address."""
    return naming.people.reached(value)


def lookup(value: Value, naming: Naming, row: Values) -> Json:
    """Show what a lookup points at."""
    return naming.lookup(value)


def links(value: Value, naming: Naming, row: Values) -> Json:
    """Show the ids of a multi-select lookup."""
    return [{"id": str(each)} for each in value] if isinstance(value, tuple) else None


def users(value: Value, naming: Naming, row: Values) -> Json:
    """Show the users of a multi-user lookup."""
    return [naming.people.reached(each) for each in value] if isinstance(value, tuple) else None


def anywhere(value: Value, naming: Naming, row: Values) -> Json:
    """Show what a polymorphic lookup points at."""
    if not isinstance(value, int):
        return None
    found = naming.located.get(value)
    return {"name": found[1] if found else None, "id": str(value)}


def anywhere_with_module(value: Value, naming: Naming, row: Values) -> Json:
    """Show what a polymorphic lookup points at, and in which module that is."""
    shown = anywhere(value, naming, row)
    found = naming.located.get(value) if isinstance(value, int) else None
    if isinstance(shown, dict) and found:
        shown["module"] = {"api_name": found[0].api_name, "id": str(found[0].id)}
    return shown


def module_of(value: Value, naming: Naming, row: Values) -> Json:
    """Return the module that a polymorphic lookup points to."""
    found = naming.located.get(value) if isinstance(value, int) else None
    return found[0].api_name if found else None


def tags(value: Value, naming: Naming, row: Values) -> Json:
    """Show tags with their colours."""
    known = (naming.tags.get(each) for each in _ids(value))
    return [{"name": tag.name, "id": str(tag.id), "color_code": colour_of(tag)} for tag in known if tag is not None]


def tags_without_colours(value: Value, naming: Naming, row: Values) -> Json:
    """Show tags as versions did before tags had colours."""
    known = (naming.tags.get(each) for each in _ids(value))
    return [{"name": tag.name, "id": str(tag.id)} for tag in known if tag is not None]


def _ids(value: Value) -> Sequence[int]:
    return cast("Sequence[int]", value) if isinstance(value, tuple) else ()


def layout(module: Module) -> Show:
    """Make what shows the layouts of a module; a record without one has the first."""
    shown: dict[object, Json] = {
        each.id: {"name": each.name, "display_label": each.name, "id": str(each.id)} for each in module.layouts
    }
    first = next(iter(shown.values()), None)
    return lambda value, naming, row: shown.get(value, first)


def lines(parts: Sequence[Part]) -> Show:
    """Make what shows the rows of a subform."""

    def show(value: Value, naming: Naming, row: Values) -> Json:
        parent: Json = {"id": str(row.get("id"))}
        rows = [line for line in value if isinstance(line, Mapping)] if isinstance(value, tuple) else []
        return [{**record(line, naming, parts), "Parent_Id": parent} for line in rows]

    return show


def old_lines(parts: Sequence[Part]) -> Show:
    """Make what shows line items under the names they had in v2 (reference: platform C.10)."""
    renamed = [(OLD[name], source, show) for name, source, show in parts if name in OLD]

    def show(value: Value, naming: Naming, row: Values) -> Json:
        rows = [line for line in value if isinstance(line, Mapping)] if isinstance(value, tuple) else []
        return [_old_line(line, naming, renamed) for line in rows]

    return show


def _old_line(line: Values, naming: Naming, parts: Sequence[Part]) -> Json:
    product_id = line.get("Product_Name")
    known = naming.products.get(product_id, {}) if isinstance(product_id, int) else {}
    return {
        **record(line, naming, parts),
        "line_tax": taxes(line.get(LINE_TAXES), naming, line),
        "quantity_in_stock": cast(Json, known.get("Qty_in_Stock")),
        "id": identity(line.get("id"), naming, line),
    }


def product(value: Value, naming: Naming, row: Values) -> Json:
    """Show the product of a line item with its code."""
    if not isinstance(value, int):
        return None
    known = naming.products.get(value, {})
    return {
        "Product_Code": cast(Json, known.get("Product_Code")),
        "name": cast(Json, known.get("Product_Name")),
        "id": str(value),
    }


def participants(value: Value, naming: Naming, row: Values) -> Json:
    """Show who takes part in an event."""
    shown = write_structured(value)
    for each in shown if isinstance(shown, list) else []:
        if isinstance(each, dict):
            each |= {key: str(each[key]) for key in ("participant", "id") if key in each}
    return shown


def ranges(value: Value, naming: Naming, row: Values) -> Json:
    """Show the price ranges of a price book."""
    shown = write_structured(value)
    for each in shown if isinstance(shown, list) else []:
        if isinstance(each, dict) and "id" in each:
            each["id"] = str(each["id"])
    return shown


def taxes(value: Value, naming: Naming, row: Values) -> Json:
    """Show taxes; a document without any has an empty list."""
    shown = write_structured(value)
    return shown if isinstance(shown, list) else []


def duration(old: bool) -> Show:
    """Make what shows how long a call took: `mm:ss` in v2, `HH:mm` since."""
    unit = 1 if old else 60

    def show(value: Value, naming: Naming, row: Values) -> Json:
        seconds = row.get("Call_Duration_in_seconds")
        if value is None or not isinstance(seconds, int):
            return cast(Json, value)
        whole, rest = divmod(seconds // unit, 60)
        return f"{whole:02}:{rest:02}"

    return show


def reminders(*, old: bool, zone: tzinfo) -> Show:
    """Make what shows how an event reminds: by the moment in v2, by the time before its start since."""

    def show(value: Value, naming: Naming, row: Values) -> Json:
        start = row.get("Start_DateTime")
        if not old:
            return write_structured(before_start(value, start))
        moment = moment_of(value, start)
        return None if moment is None else show_instant(moment, zone)

    return show


def alarm(*, old: bool) -> Show:
    """Make what shows how a task reminds: in v2 always by a text."""
    return lambda value, naming, row: write_structured(as_alarm(value) if old else value)


#: What is needed beside a field to show it.
BESIDE: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("Calls", "Call_Duration"): "Call_Duration_in_seconds",
        ("Events", "Remind_At"): "Start_DateTime",
        ("Events", "Remind_Participants"): "Start_DateTime",
    }
)

#: Fields that hold something else than their data type says.
ODD: Final[Mapping[tuple[str, str], Show]] = MappingProxyType(
    {
        ("Events", "Participants"): participants,
        ("Price_Books", "Pricing_Details"): ranges,
        **{(module, TAXES): taxes for module in LINES},
    }
)
