"""Records as answers show them: one plan for each module, version, zone and choice of fields, made once."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from kaizen.access.permissions import Verb
from kaizen.access.rights import ModuleRights
from kaizen.fields.conversion import unchanged, writer_of
from kaizen.fields.flaw import Writer
from kaizen.fields.textarea import RICH, style_of
from kaizen.model.catalog import ANY_MODULE, Catalog, Field, Module
from kaizen.model.people import Organisation
from kaizen.model.values import Json, Values
from kaizen.model.weak_cache import WeakCache
from kaizen.records.modules import line_items
from kaizen.records.ports import OrganisationState, UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.versions import Dialect
from kaizen.server.records_api import value_serializers
from kaizen.server.records_api.lookup_names import find_names
from kaizen.server.records_api.system_keys import PERMITTED, permitted_keys, system_keys
from kaizen.server.records_api.value_serializers import Part, Show
from kaizen.vocabulary.data_types import USER_REFERENCES, DataType

#: Data types that lists leave out (reference: platform B.8).
_ONLY_ALONE: Final = frozenset({DataType.SUBFORM, DataType.MULTISELECTLOOKUP, DataType.MULTIUSERLOOKUP})
_LOOKUPS: Final = frozenset({DataType.LOOKUP, DataType.CONSENT_LOOKUP})


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """How records of one module are shown to one kind of caller."""

    module: Module
    parts: tuple[Part, ...]
    constant: dict[str, Json]
    lookups: tuple[tuple[str, str], ...]  #: fields with the modules they point into
    row_lookups: tuple[tuple[str, str], ...]  #: the same for the rows of all subforms
    polymorphic: tuple[str, ...]
    beside: tuple[str, ...]  #: fields that others are shown with
    unnamed: frozenset[str]  #: modules whose records the caller may not view: they are shown without their names

    @property
    def sources(self) -> tuple[str, ...]:
        """The stored fields that are needed."""
        return tuple(dict.fromkeys((*(source for _, source, _ in self.parts), *self.beside)))

    def render(self, uow: UnitOfWork, rows: Sequence[Values]) -> list[Json]:
        """Show records."""
        naming = find_names(
            uow, self.module, rows, self.lookups, self.row_lookups, self.polymorphic, unnamed=self.unnamed
        )
        return [{**value_serializers.record(row, naming, self.parts), **self.constant} for row in rows]


def plan_for(
    uow: OrganisationState, call: Call, module: Module, fields: tuple[str, ...] | None, *, alone: bool
) -> RenderPlan:
    """Return the plan for a list, or for a record alone, with the fields that were asked for (None: all)."""
    rights = uow.access.of(call.actor)
    own = rights.on(module)
    # Whoever may do the same sees the same.
    seen_by = (own.verbs, own.hidden, own.editors, rights.unviewable)
    key = (module.api_name, call.dialect.name, call.actor.user.time_zone, fields, alone, seen_by)
    made = _PLANS.of(uow.catalog)
    plan = made.get(key)
    if plan is None:
        builder = _Builder(uow.catalog, uow.organisation, call.dialect, module, call.actor.zone, own, rights.unviewable)
        plan = builder.plan(fields, alone=alone)
        if (fields is None and own.editors is None) or len(made) < _MOST_PLANS:
            made[key] = plan
    return plan


def show_for(uow: OrganisationState, call: Call, module: Module, field: Field) -> Show:
    """Return how a caller's version shows the values of one field of a module."""
    builder = _Builder(uow.catalog, uow.organisation, call.dialect, module, call.actor.zone)
    return builder.show_of(field)


#: Of each catalog the plans by module, version, time zone and fields.
_PLANS: Final[WeakCache[Catalog, dict[Hashable, RenderPlan]]] = WeakCache(lambda _: {})
#: Callers can ask for more combinations of fields than are worth keeping.
_MOST_PLANS: Final = 5_000


class _Builder:
    """Makes the plans of one module for one version and zone."""

    def __init__(
        self,
        catalog: Catalog,
        organisation: Organisation,
        dialect: Dialect,
        module: Module,
        zone: tzinfo,
        rights: ModuleRights | None = None,
        unnamed: frozenset[str] = frozenset(),
    ) -> None:
        self._catalog = catalog
        self._organisation = organisation
        self._dialect = dialect
        self._module = module
        self._zone = zone
        self._rights = rights or ModuleRights(module, frozenset(Verb))
        self._unnamed = unnamed

    def plan(self, fields: tuple[str, ...] | None, *, alone: bool) -> RenderPlan:
        """Make a plan."""
        chosen = list(self._fields(fields, alone=alone))
        parts: list[Part] = [("id", "id", value_serializers.identity)]
        parts += [self._part(f, alone=alone) for f in chosen if f.api_name != "id"]
        parts += [p for p in self._computed(alone=alone) if fields is None or p[0] in fields]
        keys = system_keys(self._dialect, self._module, self._organisation)
        keys |= permitted_keys(self._dialect, self._rights)
        constant = {k: v for k, v in keys.items() if fields is None or k in fields}
        if self._rights.editors is not None and "Owner" in self._module.by_name:
            for key in PERMITTED.intersection(constant):
                parts.append((key, "Owner", value_serializers.as_owner_allows(self._rights, constant.pop(key), key)))
        if not alone:
            constant.pop("$has_more", None)
        sources = {source for _, source, _ in parts}
        used = [f for f in self._module.fields if f.api_name in sources]
        return RenderPlan(
            module=self._module,
            parts=tuple(parts),
            constant=constant,
            lookups=tuple((f.api_name, f.lookup_module) for f in used if _has_name(f) and f.lookup_module),
            unnamed=self._unnamed,
            row_lookups=tuple(link for f in used if f.subform_module for link in self._row_lookups(f.subform_module)),
            polymorphic=tuple(f.api_name for f in used if f.lookup_module == ANY_MODULE),
            beside=tuple(
                found for name in sources if (found := value_serializers.BESIDE.get((self._module.api_name, name)))
            ),
        )

    def _fields(self, names: tuple[str, ...] | None, *, alone: bool) -> Iterable[Field]:
        by_name = self._module.by_name
        if names is None:
            return (f for f in self._module.fields if self._fits(f, alone=alone, asked=False))
        found = (by_name.get(name) for name in dict.fromkeys(names))
        return (f for f in found if f is not None and self._fits(f, alone=alone, asked=True))

    def _fits(self, field: Field, *, alone: bool, asked: bool) -> bool:
        if field.api_name in self._rights.hidden:
            return False
        if field.data_type is DataType.SUBFORM:
            return alone
        if not field.column:
            return False
        if field.data_type is DataType.LAYOUT:
            return asked or (alone and self._dialect.shows_layout)
        return alone or field.data_type not in _ONLY_ALONE

    def _part(self, field: Field, *, alone: bool) -> Part:
        name = field.api_name
        if not alone and style_of(field) == RICH:
            return name, name, value_serializers.beginning
        if field.subform_module:
            parts = self._row_parts(field.subform_module)
            if self._dialect.product_details and line_items.LINES.get(self._module.api_name) == name:
                return line_items.OLD_LINES, name, value_serializers.old_lines(parts)
            return name, name, value_serializers.lines(parts)
        return name, name, self.show_of(field)

    def _row_parts(self, subform: str) -> list[Part]:
        rows = self._catalog.by_name[subform]
        builder = _Builder(self._catalog, self._organisation, self._dialect, rows, self._zone)
        shown = [f for f in rows.fields if f.column and f.api_name not in ("id", "Parent_Id")]
        return [("id", "id", value_serializers.identity), *(builder._part(f, alone=True) for f in shown)]

    def _row_lookups(self, subform: str) -> Iterable[tuple[str, str]]:
        rows = self._catalog.by_name[subform]
        return ((f.api_name, f.lookup_module) for f in rows.fields if _has_name(f) and f.lookup_module)

    def show_of(self, field: Field) -> Show:
        """Return how the values of a field are shown."""
        name, kind = field.api_name, field.data_type
        odd = value_serializers.ODD.get((self._module.api_name, name))
        if odd is not None:
            return odd
        if name == "Tag":
            return value_serializers.tags if self._dialect.colour_codes else value_serializers.tags_without_colours
        if kind in USER_REFERENCES:
            return value_serializers.user
        if kind is DataType.MULTISELECTLOOKUP:
            return value_serializers.links
        if kind is DataType.MULTIUSERLOOKUP:
            return value_serializers.users
        if field.lookup_module == ANY_MODULE:
            in_notes = kind is DataType.MULTI_MODULE_LOOKUP and self._dialect.module_of_parent
            return value_serializers.anywhere_with_module if in_notes else value_serializers.anywhere
        if kind in _LOOKUPS:
            on_line = self._module.parent_module and name == "Product_Name"
            return value_serializers.product if on_line else value_serializers.lookup
        if kind is DataType.LAYOUT:
            return value_serializers.layout(self._module)
        if kind is DataType.BOOLEAN:
            return value_serializers.boolean
        if kind is DataType.MULTIREMINDER:
            return value_serializers.reminders(old=self._dialect.old_activities, zone=self._zone)
        if kind is DataType.ALARM:
            return value_serializers.alarm(old=self._dialect.old_activities)
        if name == "Call_Duration" and self._module.api_name == "Calls":
            return value_serializers.duration(self._dialect.old_activities)
        return _by_writer(writer_of(field, self._zone, bigint_as_text=self._dialect.bigint_as_text))

    def _computed(self, *, alone: bool) -> Iterable[Part]:
        by_name = self._module.by_name
        polymorphic = next((f for f in self._module.fields if f.lookup_module == ANY_MODULE), None)
        if polymorphic is not None and polymorphic.column and polymorphic.api_name not in self._rights.hidden:
            yield "$se_module", polymorphic.api_name, value_serializers.module_of
        if "Layout" in by_name and self._dialect.layout_key:
            yield "$layout_id", "Layout", value_serializers.layout(self._module)
        if "Converted__s" in by_name and self._dialect.converted_key:
            yield "$converted", "Converted__s", value_serializers.boolean


def _by_writer(write: Writer) -> Show:
    if write is unchanged:
        return None
    return lambda value, naming, row: write(value)


def _has_name(field: Field) -> bool:
    return field.data_type in _LOOKUPS and field.lookup_module != ANY_MODULE
