"""What the server fills in by itself: stamps, defaults, auto-numbers, and what follows from other fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from kaizen.model.catalog import Field, Module
from kaizen.model.numbers import Number, cents, is_number, share_of
from kaizen.model.values import Id, Json, Value, Values
from kaizen.records.modules import line_items
from kaizen.records.modules.taxes import TAXES
from kaizen.vocabulary.data_types import DataType

DONE: Final = "Completed"


@dataclass(slots=True)
class Derivation:
    """One record on its way into the store. `values` is its whole new state and is changed in place."""

    module: Module
    values: dict[str, Value]
    given: Values  #: what this write asked for
    before: Values | None  #: None: the record is new
    now: int
    zone: ZoneInfo
    prices: Mapping[Id, Number] = field(default_factory=dict)  #: unit prices of products

    def moved(self, name: str) -> bool:
        """Whether a field has another value than before the write."""
        before = self.before.get(name) if self.before is not None else None
        return self.values.get(name) != before


Step: TypeAlias = Callable[[Derivation], None]


def defaults(module: Module) -> dict[str, Value]:
    """Return what a new record of the module holds before its own values: no boolean is ever null."""
    start: dict[str, Value] = {}
    for each in module.stored:
        if each.data_type is DataType.BOOLEAN:
            start[each.api_name] = each.default_value is True
        elif isinstance(each.default_value, bool | int | Decimal | str):
            start[each.api_name] = each.default_value
    if "Record_Status__s" in module.by_name:
        start["Record_Status__s"] = "Available"
    if "Layout" in module.by_name and module.layouts:
        start["Layout"] = module.layouts[0].id
    return start


def stamps_of_new(actor_id: Id, now: int) -> dict[str, Value]:
    """Return the stamps of a new record: who created it and when."""
    stamps: dict[str, Value] = dict.fromkeys(("Created_By", "Modified_By"), actor_id)
    return stamps | dict.fromkeys(("Created_Time", "Modified_Time", "Last_Activity_Time"), now)


def own(values: dict[str, Value], actor_id: Id) -> None:
    """Make the caller the owner of a new record unless the request names one."""
    if values.get("Owner") is None:
        values["Owner"] = actor_id


def stamp_change(values: dict[str, Value], actor_id: Id, now: int, created: Value = None) -> None:
    """Set who last changed a record and when: never before it was created, even if the clock went back since."""
    values["Modified_By"] = actor_id
    values["Modified_Time"] = values["Last_Activity_Time"] = max(now, created) if isinstance(created, int) else now


def numbered(each: Field, number: int) -> str:
    """Write an auto-number with the prefix and suffix of its field."""
    pattern = each.properties.get("auto_number")
    if not isinstance(pattern, Mapping):
        return str(number)
    return f"{pattern.get('prefix') or ''}{number}{pattern.get('suffix') or ''}"


def steps(module: Module) -> tuple[Step, ...]:
    """Return the derivations of a module, in order."""
    return BY_MODULE.get(module.api_name, _nothing)(module)


def follows_from(module: Module) -> frozenset[str] | None:
    """Return the fields that derivations of a module read; None: other records too, so that every write derives."""
    if module.api_name in line_items.LINES:
        return None
    return _READS.get(module.api_name, frozenset())


def _full_name(d: Derivation) -> None:
    parts = (d.values.get("First_Name"), d.values.get("Last_Name"))
    d.values["Full_Name"] = " ".join(str(p) for p in parts if p) or None


def _deal(module: Module) -> tuple[Step, ...]:
    """Let probability, expected revenue and forecast category follow the stage (reference: platform C.2)."""
    field = module.by_name.get("Stage")
    stages = {option.actual_value: _Stage.of(option.extra) for option in field.pick_list_values} if field else {}
    unknown = _Stage(None, None)

    def follow(d: Derivation) -> None:
        values = d.values
        if d.moved("Stage"):
            stage = stages.get(values.get("Stage"), unknown)  # type: ignore[arg-type]  # a pick list holds text
            if "Probability" not in d.given:
                values["Probability"] = stage.probability
            values["Stage_Modified_Time"] = d.now
            values["Forecast_Category__s"] = stage.category
        amount, probability = values.get("Amount"), values.get("Probability")
        revenue = share_of(amount, probability) if is_number(amount) and is_number(probability) else None
        values["Expected_Revenue"] = None if revenue is None else cents(revenue)

    return (follow,)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What a deal takes from its stage."""

    probability: int | None
    category: str | None

    @classmethod
    def of(cls, extra: Mapping[str, Json]) -> "_Stage":
        probability, category = extra.get("probability"), extra.get("forecast_category")
        name = category.get("name") if isinstance(category, dict) else category
        return cls(probability if isinstance(probability, int) else None, name if isinstance(name, str) else None)


def _closed_time(d: Derivation) -> None:
    if d.moved("Status"):
        d.values["Closed_Time"] = d.now if d.values.get("Status") == DONE else None


def _all_day(d: Derivation) -> None:
    """Move the times of an all-day event to midnight of the caller's zone (reference: platform C.11)."""
    if d.values.get("All_day") is True:
        for name in ("Start_DateTime", "End_DateTime"):
            moment = d.values.get(name)
            if isinstance(moment, int):
                local = datetime.fromtimestamp(moment, d.zone)
                d.values[name] = int(local.replace(hour=0, minute=0, second=0).timestamp())


def _lines(d: Derivation) -> None:
    """Work out the totals of every line and of the document (reference: platform C.10)."""
    name = line_items.LINES[d.module.api_name]
    given = d.values.get(name)
    lines = tuple(
        {**line_items.price_line(line, d.prices.get(line.get("Product_Name"))), "Sequence_Number": number}  # type: ignore[arg-type]  # a lookup is an id
        for number, line in enumerate(given if isinstance(given, tuple) else (), 1)
        if isinstance(line, Mapping)
    )
    taxes, tax = line_items.header_taxes(d.values.get(TAXES), lines, d.values.get("Discount"))
    if taxes is not None or d.moved(TAXES):
        d.values[TAXES], d.values["Tax"] = taxes, tax
    sums = line_items.totals(lines, d.values.get("Discount"), d.values.get("Tax"), d.values.get("Adjustment"))
    d.values[name] = lines or None
    d.values["Sub_Total"] = sums.sub_total
    d.values["Grand_Total"] = sums.grand_total


def _always(*these: Step) -> Callable[[Module], tuple[Step, ...]]:
    return lambda module: these


_nothing: Final = _always()

#: What follows from other fields, by module. A module that is not here has nothing to work out.
BY_MODULE: Final[Mapping[str, Callable[[Module], tuple[Step, ...]]]] = MappingProxyType(
    {
        "Leads": _always(_full_name),
        "Contacts": _always(_full_name),
        "Deals": _deal,
        "Tasks": _always(_closed_time),
        "Events": _always(_all_day),
        **dict.fromkeys(line_items.LINES, _always(_lines)),
    }
)

#: The fields that these derivations read, by module.
_READS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "Leads": frozenset({"First_Name", "Last_Name"}),
        "Contacts": frozenset({"First_Name", "Last_Name"}),
        "Deals": frozenset({"Stage", "Amount", "Probability"}),
        "Tasks": frozenset({"Status"}),
        "Events": frozenset({"All_day", "Start_DateTime", "End_DateTime"}),
    }
)
