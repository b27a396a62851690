"""From an accepted draft to a stored record: defaults, stamps, numbers, tags, what follows from other fields."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from zoneinfo import ZoneInfo

from kaizen.criteria.tree import Compare
from kaizen.model.numbers import Number, is_number
from kaizen.model.record import Change, Origin
from kaizen.model.values import Id, Value, Values
from kaizen.records.draft import Draft, Options
from kaizen.records.intake.subforms import identified
from kaizen.records.modules import line_items
from kaizen.records.modules.derive import Derivation, numbered, own, stamp_change, stamps_of_new
from kaizen.records.modules.module_plan import ModulePlan
from kaizen.records.modules.participants import described
from kaizen.records.modules.taxes import TAXES
from kaizen.records.modules.taxes import identified as identified_taxes
from kaizen.records.ports import Column, Query, UnitOfWork
from kaizen.records.tags import Tagging
from kaizen.vocabulary.automation import Event
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType


class RecordSaver:
    """Completes and stores drafts of one module for one actor."""

    def __init__(
        self, uow: UnitOfWork, plan: ModulePlan, actor_id: Id, options: Options, tagging: Tagging | None = None
    ) -> None:
        self._uow = uow
        self._plan = plan
        self._actor_id = actor_id
        self._options = options
        self._tagging = tagging
        actor = uow.users.get(actor_id)
        self._zone = ZoneInfo(actor.time_zone) if actor is not None else uow.organisation.zone

    def keep(self, drafts: Sequence[Draft]) -> list[Change]:
        """Store the drafts and return their changes, in order."""
        if not drafts:
            return []
        uow, module, now = self._uow, self._plan.module, self._uow.now
        prices = self._prices(drafts) if module.api_name in line_items.LINES else {}
        change_ids = uow.new_ids(len(drafts))
        new: list[tuple[Id, Values]] = []
        changes: list[Change] = []
        for draft, change_id in zip(drafts, change_ids, strict=True):
            before, changed = draft.before, None
            if before is None:
                after = self._created(draft, prices)
                new.append((draft.record_id, after))
            else:
                after, differing = self._changed(before, draft, now, prices)
                uow.update(module, draft.record_id, differing)
                changed = frozenset(differing)
            changes.append(self.change(change_id, draft.record_id, before, after, draft.origin, changed, draft.base))
        if new:
            uow.insert(module, new)
        return changes

    def change(
        self,
        change_id: Id,
        record_id: Id,
        before: Values | None,
        after: Values | None,
        origin: Origin | None = None,
        changed: frozenset[str] | None = None,
        base: Id = 0,
    ) -> Change:
        """Make the change of one record from what it was and what it is; `changed`: what differs, where known."""
        event = Event.CREATE if before is None else Event.DELETE if after is None else Event.EDIT
        return Change(
            id=change_id,
            module=self._plan.module.api_name,
            record_id=record_id,
            event=event,
            at=self._uow.now,
            actor_id=self._actor_id,
            before=before,
            after=after,
            origin=origin or self._options.origin,
            trigger=self._options.trigger_of(event),
            base=base,
            difference=changed,
        )

    @cached_property
    def _stamps(self) -> Values:
        return stamps_of_new(self._actor_id, self._uow.now)

    def _created(self, draft: Draft, prices: Mapping[Id, Number]) -> Values:
        values = {**self._plan.defaults, **draft.values, **self._stamps, "id": draft.record_id}
        own(values, self._actor_id)
        for field in self._plan.numbers:
            values[field.api_name] = numbered(field, self._uow.next_number(self._plan.module, field))
        self._complete(draft, values, prices)
        return values

    def _changed(
        self, before: Values, draft: Draft, now: int, prices: Mapping[Id, Number]
    ) -> tuple[Values, dict[str, Value]]:
        """Return the record as it will be, and what of it differs from what it was."""
        given = dict(draft.values)
        stamp_change(given, self._actor_id, now, before.get("Created_Time"))
        values = {**before, **given}
        consequential = self._plan.consequential
        if draft.tags is not None or consequential is None or not consequential.isdisjoint(given):
            self._complete(draft, values, prices)
            given = values
        return values, {name: value for name, value in given.items() if before.get(name) != value}

    def _complete(self, draft: Draft, values: dict[str, Value], prices: Mapping[Id, Number]) -> None:
        if draft.tags is not None and self._tagging is not None:
            values["Tag"] = self._tagging.ids(draft.tags) or None
        for subform in self._plan.subforms:
            if draft.values.get(subform.name) is not None:
                rows = identified(values[subform.name], draft.record_id, self._uow.now, self._new_ids())
                values[subform.name] = rows
        if draft.values.get("Participants") is not None:
            before = (draft.before or {}).get("Participants")
            values["Participants"] = described(self._uow, values["Participants"], before, self._uow.new_id)
        lines = line_items.LINES.get(self._plan.module.api_name)
        if lines is not None and not draft.values.keys().isdisjoint((lines, TAXES)):
            values |= identified_taxes(values, draft.before, lines, self._new_ids())
        if self._plan.steps:
            derivation = Derivation(
                self._plan.module, values, draft.values, draft.before, self._uow.now, self._zone, prices
            )
            for step in self._plan.steps:
                step(derivation)

    def _new_ids(self) -> Iterator[Id]:
        while True:
            yield self._uow.new_id()

    def _prices(self, drafts: Sequence[Draft]) -> Mapping[Id, Number]:
        """Return the unit prices of all products on the drafts' lines, with one query."""
        name = line_items.LINES[self._plan.module.api_name]
        products = {
            line["Product_Name"]
            for draft in drafts
            for line in (draft.merged(name) or ())  # type: ignore[union-attr]  # a subform is a tuple of rows
            if isinstance(line, Mapping) and isinstance(line.get("Product_Name"), int)
        }
        if not products:
            return {}
        price = Column(("Unit_Price",))
        among = Compare(("id",), Comparator.IN, tuple(products), DataType.BIGINT)
        rows = self._uow.select(Query("Products", (Column(("id",)), price), among, limit=len(products)))
        found = {row["id"]: row[price.key] for row in rows}
        return {i: p for i, p in found.items() if isinstance(i, int) and is_number(p)}
