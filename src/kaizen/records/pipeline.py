"""The one way into the records: for clients, who are checked, and for automation, which is trusted.

read -> check -> derive -> store -> carry out, for all rows of a call together.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from kaizen.access.permissions import Verb
from kaizen.access.rights import denied
from kaizen.criteria.tree import Compare
from kaizen.fields.flaw import NO_SUCH_ID, expected
from kaizen.fields.reference import id_of
from kaizen.model.catalog import Module
from kaizen.model.people import Actor
from kaizen.model.problem import Problem, position
from kaizen.model.record import Change, Origin
from kaizen.model.values import Id, Json, Values
from kaizen.records.draft import Draft, Options, RowOutcome, refusal
from kaizen.records.intake.unique import without_taken
from kaizen.records.intake.upsert import Found, checked_fields, names_its_record, runs, sought
from kaizen.records.intake.validate import RowValidator
from kaizen.records.modules.module_plan import plan_of
from kaizen.records.permitted import rights_on
from kaizen.records.ports import Column, Query, UnitOfWork
from kaizen.records.reactions.run_rules import carry_out
from kaizen.records.save import RecordSaver
from kaizen.records.tags import Tagging
from kaizen.records.writer import AutomationSettings, Edit
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType

NOT_DELETED: Final = "record not deleted"
#: Notes that are read and deleted together, when their records are.
NOTES_AT_ONCE: Final = 1000
NO_ID: Final = "either the request body or parameters is in wrong format"


class Pipeline:
    """Writes records and carries out what the writes set off."""

    def __init__(self, automation: AutomationSettings | None = None) -> None:
        self._automation = automation or AutomationSettings()

    @property
    def automation(self) -> AutomationSettings:
        """How automation behaves on this server."""
        return self._automation

    # -- for clients

    def insert(
        self, uow: UnitOfWork, actor: Actor, module: Module, rows: Sequence[Json], options: Options
    ) -> list[RowOutcome]:
        """Insert each row, answering for each whether it was kept or why not."""
        rights_on(uow, actor, module).require(Verb.CREATE)
        work = _Batch(self, uow, actor, module, options)
        ids = iter(uow.new_ids(len(rows)))
        return work.finish([work.new(index, row, next(ids)) for index, row in enumerate(rows)])

    def update(
        self, uow: UnitOfWork, actor: Actor, module: Module, rows: Sequence[Json], options: Options
    ) -> list[RowOutcome]:
        """Update the record each row names; fields it does not mention stay."""
        rights_on(uow, actor, module).require(Verb.EDIT)
        work = _Batch(self, uow, actor, module, options)
        outcomes: list[RowOutcome] = []
        for run in _runs(rows):
            records = uow.fetch(module, [record_id for _, _, record_id in run if record_id])
            outcomes += work.finish([work.known(i, row, record_id, records) for i, row, record_id in run])
        return outcomes

    def upsert(
        self, uow: UnitOfWork, actor: Actor, module: Module, rows: Sequence[Json], options: Options
    ) -> list[RowOutcome]:
        """Update the record each row means, or insert a new one (reference: platform C.4).

        Who may do only one of the two is refused the rows that ask for the other.
        """
        rights = rights_on(uow, actor, module)
        if not rights.may(Verb.EDIT):
            rights.require(Verb.CREATE)
        work = _Batch(self, uow, actor, module, options)
        looked_up = not all(map(names_its_record, rows))
        fields = checked_fields(module, options.duplicate_check_fields) if looked_up else ()
        given = [sought(work.plan, fields, i, row if isinstance(row, dict) else {}) for i, row in enumerate(rows)]
        outcomes: list[RowOutcome] = []
        for run in runs(uow, work.plan, given):
            records = uow.fetch(module, [found.record_id for found in run if found.record_id])
            outcomes += work.finish([work.found(found, rows[found.sought.index], records) for found in run])
        return outcomes

    def delete(
        self, uow: UnitOfWork, actor: Actor, module: Module, ids: Sequence[Id | str], options: Options
    ) -> list[RowOutcome]:
        """Move the records to the recycle bin with their notes; unknown and invalid ids are refused."""
        rights = rights_on(uow, actor, module)
        rights.require(Verb.DELETE)
        keeping = RecordSaver(uow, plan_of(uow.catalog, module), actor.user.id, options)
        records = uow.fetch(module, [i for i in dict.fromkeys(ids) if isinstance(i, int)])
        outcomes: list[RowOutcome] = []
        changes: list[Change] = []
        for given in ids:
            before = records.pop(given, None) if isinstance(given, int) else None
            if before is None:
                message = NOT_DELETED if isinstance(given, int) or given.isdecimal() else NO_ID
                outcomes.append(RowOutcome(problem=Problem(Code.INVALID_DATA, {"id": str(given)}, message)))
                continue
            if not rights.may_change(before):
                outcomes.append(RowOutcome(int(given), problem=Problem(Code.NO_PERMISSION, {"id": str(given)})))
                continue
            record_id = int(given)
            outcomes.append(RowOutcome(record_id, before))
            changes.append(keeping.change(uow.new_id(), record_id, before, None))
        gone = [change.record_id for change in changes]
        if gone:
            # Before the records: with them the notes' link to them goes.
            _delete_notes(uow, module, gone, actor.user.id)
            uow.delete(module, gone, actor.user.id)
            carry_out(uow, changes, self)
        return outcomes

    def retag(
        self,
        uow: UnitOfWork,
        actor: Actor,
        module: Module,
        tags: Mapping[Id, tuple[Id, ...]],
        records: Mapping[Id, Values],
    ) -> None:
        """Replace the tags of records; records that have these tags already do not change."""
        drafts = [
            Draft(0, {}, {"Tag": wanted or None}, record_id=record_id, before=records[record_id])
            for record_id, wanted in tags.items()
            if (records[record_id].get("Tag") or ()) != wanted
        ]
        self._trusted(uow, module, drafts, actor.user.id, Options())

    # -- for automation

    def edit(self, uow: UnitOfWork, module: Module, edits: Sequence[Edit], actor_id: Id) -> list[Change | None]:
        """Set fields of records, each record once; None if the record is gone or nothing changed."""
        unique = module.unique_fields
        if unique and len(edits) > 1 and any(field.api_name in edit.values for edit in edits for field in unique):
            # One by one, because each may want a value that the one before it took or gave up; and what that one set
            # off may have changed this record.
            return [self.edit(uow, module, (edit._replace(after=None),), actor_id)[0] for edit in edits]
        records = uow.fetch(module, [edit.record_id for edit in edits if edit.after is None])
        drafts: dict[Id, Draft] = {}
        for edit in edits:
            before = records.get(edit.record_id) if edit.after is None else edit.after.after
            values = without_taken(uow, module, edit.record_id, edit.values)
            if before is not None and any(before.get(name) != value for name, value in values.items()):
                drafts[edit.record_id] = Draft(
                    0, {}, dict(values), record_id=edit.record_id, before=before, origin=edit.origin, base=edit.base
                )
        changes = self._trusted(uow, module, list(drafts.values()), actor_id, Options())
        kept = dict(zip(drafts, changes, strict=True))
        return [kept.get(edit.record_id) for edit in edits]

    def create(
        self,
        uow: UnitOfWork,
        module: Module,
        values: Values,
        actor_id: Id,
        origin: Origin,
        trigger: frozenset[str] | None = None,
    ) -> Change:
        """Create one record from values in the server's own representation."""
        record_id = uow.new_id()
        draft = Draft(0, {}, dict(without_taken(uow, module, record_id, values)), record_id=record_id)
        return self._trusted(uow, module, [draft], actor_id, Options(origin=origin, trigger=trigger))[0]

    def _trusted(
        self, uow: UnitOfWork, module: Module, drafts: Sequence[Draft], actor_id: Id, options: Options
    ) -> list[Change]:
        changes = RecordSaver(uow, plan_of(uow.catalog, module), actor_id, options).keep(drafts)
        carry_out(uow, changes, self)
        return changes


class _Batch:
    """One call of a client against one module."""

    def __init__(self, pipeline: Pipeline, uow: UnitOfWork, actor: Actor, module: Module, options: Options) -> None:
        self.plan = plan_of(uow.catalog, module, bare_ids=options.bare_ids)
        self._pipeline = pipeline
        self._uow = uow
        self._options = options
        tagging = Tagging(uow, module.api_name, actor.user.id)
        self._rights = uow.access.of(actor)
        self._on_module = self._rights.on(module)
        self._validator = RowValidator(uow, self.plan, options, tagging, self._rights)
        self._saver = RecordSaver(uow, self.plan, actor.user.id, options, tagging)

    def new(self, index: int, row: Json, record_id: Id) -> Draft:
        """Read a row that makes a record."""
        if not isinstance(row, dict):
            return _unreadable(index)
        draft = Draft(index, row, {}, record_id=record_id)
        if not self._on_module.may(Verb.CREATE):
            draft.refuse(denied(self.plan.module, Verb.CREATE))
        else:
            self._validator.read(draft)
        return draft

    def known(self, index: int, row: Json, record_id: Id, records: Mapping[Id, Values]) -> Draft:
        """Read a row that changes the record with its id."""
        if not isinstance(row, dict):
            return _unreadable(index)
        draft = Draft(index, row, {}, record_id=record_id, before=records.get(record_id))
        problem = self._about_record(draft)
        if problem is not None:
            draft.refuse(problem)
        else:
            self._validator.read(draft)
        return draft

    def found(self, found: Found, row: Json, records: Mapping[Id, Values]) -> Draft:
        """Read a row of an upsert."""
        index = found.sought.index
        if isinstance(row, dict) and (found.record_id or row.get("id") is not None):
            draft = self.known(index, row, found.record_id, records)
            draft.duplicate_field = found.field
            return draft
        return self.new(index, row, self._uow.new_id())

    def finish(self, drafts: Sequence[Draft]) -> list[RowOutcome]:
        """Check the drafts, save the valid ones, carry out their effects, and return the outcome of each."""
        self._validator.check(drafts)
        accepted = [draft for draft in drafts if not draft.problems]
        changes = self._saver.keep(accepted)
        carry_out(self._uow, changes, self._pipeline)
        kept = iter(changes)
        return [self._outcome(draft, None if draft.problems else next(kept)) for draft in drafts]

    def _about_record(self, draft: Draft) -> Problem | None:
        """Return why the record cannot be changed: no id, no such record, or changed meanwhile."""
        where = position("id", draft.path("id"))
        given = draft.row.get("id")
        if given is None and not draft.record_id:
            return Problem(Code.MANDATORY_NOT_FOUND, where)
        if draft.before is None:
            return Problem(Code.INVALID_DATA, {"id": str(given), **where}, NO_SUCH_ID.message)
        if not self._on_module.may(Verb.EDIT):
            return denied(self.plan.module, Verb.EDIT)
        if not self._on_module.may_change(draft.before):
            return Problem(Code.NO_PERMISSION, {"id": str(draft.record_id), **where})
        modified, limit = draft.before.get("Modified_Time"), self._options.unmodified_since
        if limit is not None and isinstance(modified, int) and modified > limit:
            return Problem(Code.ALREADY_MODIFIED, {"id": str(draft.record_id)})
        return None

    def _outcome(self, draft: Draft, change: Change | None) -> RowOutcome:
        if change is None:
            return RowOutcome(draft.record_id, draft.before or {}, refusal(draft, self._options))
        created = draft.before is None
        return RowOutcome(draft.record_id, change.after or {}, None, created, draft.duplicate_field)


def _runs(rows: Sequence[Json]) -> Iterator[list[tuple[int, Json, Id]]]:
    """Split rows so that no record is named twice in a run: the second naming sees what the first wrote."""
    run: list[tuple[int, Json, Id]] = []
    seen: set[Id] = set()
    for index, row in enumerate(rows):
        record_id = (id_of(row.get("id")) if isinstance(row, dict) else None) or 0
        if record_id in seen:
            yield run
            run, seen = [], set()
        if record_id:
            seen.add(record_id)
        run.append((index, row, record_id))
    yield run


def _unreadable(index: int) -> Draft:
    draft = Draft(index, {}, {})
    draft.refuse(expected("jsonobject").at("data", f"$.data[{index}]"))
    return draft


def _delete_notes(uow: UnitOfWork, module: Module, record_ids: Sequence[Id], by: Id) -> None:
    """Notes go into the recycle bin with the records they hang on."""
    notes = uow.catalog.by_name.get("Notes")
    if notes is None or notes is module or not notes.table:
        return
    of = Compare(("Parent_Id",), Comparator.IN, tuple(record_ids), DataType.LOOKUP)
    query = Query("Notes", (Column(("id",)),), of, limit=NOTES_AT_ONCE)
    # Each deletion leaves fewer, so the next page is always the first.
    while found := [row["id"] for row in uow.select(query) if isinstance(row["id"], int)]:
        uow.delete(notes, found, by)
