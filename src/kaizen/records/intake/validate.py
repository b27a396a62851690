"""Rows from the wire: what each would make of a record, or all that is wrong with it.

A call's rows are read one by one and then checked together, so that a hundred rows cost one query for each module
their lookups point into and one for each unique field.
"""

from collections.abc import Iterator, Mapping, Sequence

from kaizen.access.permissions import Verb
from kaizen.access.rights import Rights
from kaizen.fields.flaw import NO_SUCH_ID, Flaw
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import ANY_MODULE, Layout
from kaizen.model.people import may_own
from kaizen.model.problem import Problem, position
from kaizen.model.values import Id, Json
from kaizen.records.draft import Draft, Options
from kaizen.records.hierarchy import refuse_cycles
from kaizen.records.intake import append_values
from kaizen.records.intake.subforms import read_subform, row_references
from kaizen.records.intake.unique import refuse_duplicates
from kaizen.records.modules.checks import CheckContext, rules_of
from kaizen.records.modules.module_plan import ModulePlan
from kaizen.records.modules.participants import people
from kaizen.records.permitted import seen
from kaizen.records.ports import UnitOfWork
from kaizen.records.tags import Tagging, read_tags
from kaizen.vocabulary.codes import Code

#: One lookup of a row: the module it points into, the id, the field and where it stands.
Reference = tuple[str, Id, str, str]


class RowValidator:
    """Reads and checks the rows of one call."""

    def __init__(self, uow: UnitOfWork, plan: ModulePlan, options: Options, tagging: Tagging, rights: Rights) -> None:
        self._uow = uow
        self._plan = plan
        self._options = options
        self._rights = rights
        self._closed = rights.on(plan.module).closed
        self._tagging = tagging
        self._rules = rules_of(plan.module)

    def read(self, draft: Draft) -> None:
        """Read one row into its draft: data types, lengths, and mandatory fields."""
        draft.row = self._rules.rename(draft.row)
        if self._closed:
            # As for all that a client may not write, there is no message for fields that the profile denies.
            draft.row = {name: value for name, value in draft.row.items() if name not in self._closed}
        self._read_values(draft)
        if append_values.KEY in draft.row:
            append_values.append_values(self._plan.module, draft)
        if draft.before is not None and self._rules.fixed:
            for name in self._rules.fixed.intersection(draft.values):
                del draft.values[name]
        if self._plan.tagged and "Tag" in draft.row:
            self._read_tags(draft)
        for subform in self._plan.subforms:
            if subform.name in draft.row:
                read_subform(subform, draft, draft.row[subform.name])
        layout = self._layout(draft) if "Layout" in draft.values else None
        if layout is not None:
            _drop_foreign(draft, layout, self._plan)
        missing = self._missing(draft, layout)
        if missing:
            draft.problems[:0] = [self._mandatory(draft, name) for name in missing]

    def check(self, drafts: Sequence[Draft]) -> None:
        """Check the rows together: lookups, dependencies, tags, cycles, duplicates."""
        self._check_references(drafts)
        around = CheckContext(self._plan.module, self._uow.now, self._options.old_activities)
        for draft in drafts:
            if not draft.problems:
                self._rules.check(around, draft)
                if draft.tags:
                    problem = self._tagging.check(draft.tags, draft.path("Tag"))
                    if problem is not None:
                        draft.refuse(problem)
        for field in self._plan.own_parents:
            refuse_cycles(self._uow, self._plan.module, field, drafts)
        if self._plan.module.unique_fields:
            refuse_duplicates(self._uow, self._plan.module, drafts, self._options, self._rights.user.id)

    # -- one row

    def _read_values(self, draft: Draft) -> None:
        reader, values = self._plan.readers.get, draft.values
        for name, raw in draft.row.items():
            read = reader(name)
            if read is None:
                continue
            value = values[name] = read(raw)  # type: ignore[assignment]  # a flaw leaves again at once
            if type(value) is Flaw:
                del values[name]
                draft.refuse(value.at(name, draft.path(name)))

    def _read_tags(self, draft: Draft) -> None:
        tags = read_tags(draft.row["Tag"], JsonPath(draft.path("Tag"), "Tag"))
        if isinstance(tags, Problem):
            draft.refuse(tags)
        else:
            draft.tags = tags

    def _layout(self, draft: Draft) -> Layout | None:
        """Return the layout a request names; only then are the layout's own mandatory fields asked for."""
        chosen = draft.values["Layout"]
        if chosen is None:
            del draft.values["Layout"]
            return None
        layout = self._plan.layouts.get(chosen) if isinstance(chosen, int) else None
        if layout is None:
            draft.refuse(NO_SUCH_ID.at("Layout", draft.path("Layout")))
        return layout

    def _missing(self, draft: Draft, layout: Layout | None) -> list[str]:
        values, names = draft.values, self._plan.mandatory
        if layout is not None:
            names = (*names, *sorted(layout.mandatory.difference(names)))
        if draft.before is None:
            if None not in map(values.get, names):
                return []
            excused = self._rules.excused(draft)
            # What was sent and could not be read is wrong, and not missing.
            return [
                name
                for name in names
                if values.get(name) is None and name not in excused and (name in values or name not in draft.row)
            ]
        # What a layout asks for and the record never had is not taken away by sending the record back as it is.
        own, had = self._plan.mandatory, draft.before
        taken = [n for n in names if n in values and values[n] is None and (n in own or had.get(n) is not None)]
        excused = self._rules.excused(draft) if taken else frozenset()
        return [name for name in taken if name not in excused]

    def _mandatory(self, draft: Draft, name: str) -> Problem:
        details = position(name, draft.path(name))
        if draft.record_id and draft.before is not None:
            details["id"] = str(draft.record_id)
        return Problem(Code.MANDATORY_NOT_FOUND, details)

    # -- all rows

    def _check_references(self, drafts: Sequence[Draft]) -> None:
        """Refuse lookups to records that do not exist: one query for each module pointed into."""
        wanted: dict[str, set[Id]] = {}
        drafts = [draft for draft in drafts if any(map(draft.values.get, self._plan.pointing))]
        for draft in drafts:
            for target, record_id, _, _ in self._references(draft):
                wanted.setdefault(target, set()).add(record_id)
        missing = {target: ids - self._known(target, ids) for target, ids in wanted.items()}
        if not self._rights.is_administrator:
            self._hide(missing, wanted, drafts)
        if not any(missing.values()):
            return
        for draft in drafts:
            for target, record_id, name, path in self._references(draft):
                if record_id in missing[target]:
                    draft.refuse(NO_SUCH_ID.at(name, path))

    def _known(self, target: str, ids: set[Id]) -> frozenset[Id]:
        if target == "Users":
            users = self._uow.users
            return frozenset(i for i in ids if may_own(users.get(i)))
        module = self._uow.catalog.by_name.get(target)
        return self._uow.existing(module, ids) if module is not None and module.table else frozenset()

    def _hide(self, missing: dict[str, set[Id]], wanted: Mapping[str, set[Id]], drafts: Sequence[Draft]) -> None:
        """Take records that the caller may not see for records that do not exist, those apart that rows had."""
        had = {(name, draft.before.get(name)) for draft in drafts if draft.before for name in self._plan.pointing}
        kept = {value for _, value in had if isinstance(value, int)}
        for target, ids in wanted.items():
            module = self._uow.catalog.by_name.get(target)
            if module is not None and target != "Users":
                rights = self._rights.on(module)
                known = ids - missing[target]
                visible = seen(self._uow, rights, known) if rights.may(Verb.VIEW) else frozenset[Id]()
                missing[target] |= known - visible - kept

    def _references(self, draft: Draft) -> Iterator[Reference]:
        values = draft.values
        for name, target in self._plan.references:
            value = values.get(name)
            if value is not None:
                if target == ANY_MODULE:
                    chosen = self._se_module(draft, name)
                    if chosen is None:
                        continue
                    values["$se_module"] = chosen
                    yield chosen, value, name, draft.path(name)  # type: ignore[misc]  # lookups hold ids
                else:
                    yield target, value, name, draft.path(name)  # type: ignore[misc]  # lookups hold ids
        for subform in self._plan.subforms:
            yield from row_references(subform, draft)
        if "Participants" in values:
            for target, record_id in people(values["Participants"]):
                yield target, record_id, "Participants", draft.path("Participants")

    def _se_module(self, draft: Draft, name: str) -> str | None:
        """Return the module a polymorphic lookup points into; without it the row is refused."""
        chosen = _named_module(draft.row, name)
        if chosen is None:
            dependee = position(name, draft.path(name))
            details: dict[str, Json] = {"dependee": dependee, **position("$se_module", draft.path("$se_module"))}
            _refuse_once(draft, Problem(Code.DEPENDENT_FIELD_MISSING, details))
            return None
        module = self._uow.catalog.by_name.get(chosen) if isinstance(chosen, str) else None
        if module is None or not module.table:
            where = position("$se_module", draft.path("$se_module"))
            _refuse_once(draft, Problem(Code.INVALID_DATA, where))
            return None
        return module.api_name


def _named_module(row: Mapping[str, Json], name: str) -> Json:
    """Find the module of a polymorphic lookup: `$se_module`, v2's `se_module`, or inside the lookup itself."""
    for key in ("$se_module", "se_module"):
        if row.get(key) is not None:
            return row[key]
    lookup = row.get(name)
    inner = lookup.get("module") if isinstance(lookup, dict) else None
    return inner.get("api_name") if isinstance(inner, dict) else inner


def _refuse_once(draft: Draft, problem: Problem) -> None:
    if problem not in draft.problems:
        draft.refuse(problem)


def _drop_foreign(draft: Draft, layout: Layout, plan: ModulePlan) -> None:
    """Leave out fields that only other layouts of the module have (reference: platform C.1)."""
    own = {name for section in layout.sections for name in section.fields}
    others = {n for each in plan.layouts.values() for section in each.sections for n in section.fields}
    for name in [name for name in draft.values if name in others and name not in own]:
        del draft.values[name]
