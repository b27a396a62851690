"""Fields of which no two records may hold the same value."""

from collections.abc import Sequence

from kaizen.model.catalog import Field, Module
from kaizen.model.claim import Claim
from kaizen.model.problem import Problem, position
from kaizen.model.values import Id, Json, Value, Values
from kaizen.records.draft import Draft, Options
from kaizen.records.ports import RecordStore, UnitOfWork
from kaizen.vocabulary.codes import Code


def key_of(value: Value) -> Value:
    """Return what is compared: uniqueness ignores case."""
    return value.lower() if isinstance(value, str) else value


def claim_of(module: Module, field: Field, value: Value) -> Claim:
    """Return the claim to look up who holds a value and to write it."""
    return Claim(f"{module.api_name}.{field.api_name}", key_of(value), field.unique)


def refuse_duplicates(uow: UnitOfWork, module: Module, drafts: Sequence[Draft], options: Options, actor_id: Id) -> None:
    """Refuse rows whose unique values another record or an accepted row before them holds.

    Every draft must have its record's id, new ones too, so that the answer can name it; a new one without an owner
    will be the actor's.
    """
    claims = [_Claims(uow, module, field, drafts, actor_id) for field in module.unique_fields]
    claims = [claim for claim in claims if claim.values]
    if not claims:
        return
    uow.claim(claim_of(module, each.field, value) for each in claims for value in each.values)
    for each in claims:
        each.look_up()
    for draft in drafts:
        if draft.problems:
            continue
        for claim in claims:
            holder = claim.holder(draft)
            if holder is not None:
                draft.refuse(claim.refusal(draft, holder, short=options.short_duplicates))
        if not draft.problems:
            for claim in claims:
                claim.take(draft)


def without_taken(uow: RecordStore, module: Module, record_id: Id, values: Values) -> Values:
    """Leave out unique values that another record holds: automation goes on without them."""
    if not module.unique_fields:
        return values
    taken = set()
    for field in module.unique_fields:
        value = values.get(field.api_name)
        if value is not None and uow.holders(module, field, (value,)).get(key_of(value), record_id) != record_id:
            taken.add(field.api_name)
    return {name: value for name, value in values.items() if name not in taken} if taken else values


class _Claims:
    """Who holds which value of one unique field, as the rows of a call are accepted one after another."""

    def __init__(self, uow: UnitOfWork, module: Module, field: Field, drafts: Sequence[Draft], actor_id: Id) -> None:
        self._uow = uow
        self._module = module
        self.field = field
        self._actor_id = actor_id
        self._accepted: dict[Id, Draft] = {}
        name = field.api_name
        self.values = {d.values[name] for d in drafts if d.values.get(name) is not None}
        self._holders: dict[Value, Id] = {}

    def look_up(self) -> None:
        """Find the records that hold the values."""
        self._holders = self._uow.holders(self._module, self.field, self.values)

    def holder(self, draft: Draft) -> Id | None:
        """Return the other record that holds the value this row wants."""
        wanted = draft.values.get(self.field.api_name)
        holder = self._holders.get(key_of(wanted)) if wanted is not None else None
        return None if holder == draft.record_id else holder

    def take(self, draft: Draft) -> None:
        """Note that an accepted row holds its value now and no longer its old one."""
        self._accepted[draft.record_id] = draft
        name = self.field.api_name
        if name not in draft.values:
            return
        old = draft.before.get(name) if draft.before is not None else None
        if old is not None and self._holders.get(key_of(old)) == draft.record_id:
            del self._holders[key_of(old)]
        new = draft.values[name]
        if new is not None:
            self._holders[key_of(new)] = draft.record_id

    def refusal(self, draft: Draft, holder: Id, *, short: bool) -> Problem:
        """Return the problem that names the duplicate record; v2 has only its id."""
        name = self.field.api_name
        if short:
            return Problem(Code.DUPLICATE_DATA, {"api_name": name, "id": str(holder)})
        owner = self._owner(holder)
        module: dict[str, Json] = {"api_name": self._module.api_name, "id": str(self._module.id)}
        details: dict[str, Json] = {
            **position(name, draft.path(name)),
            "id": str(holder),
            "duplicate_record": {"id": str(holder), "module": module, **owner},
            "more_records": False,
        }
        return Problem(Code.DUPLICATE_DATA, details)

    def _owner(self, record_id: Id) -> dict[str, Json]:
        """Return the owner that a record has, or will have."""
        draft = self._accepted.get(record_id)
        if draft is None:
            owner_id = self._uow.fetch(self._module, (record_id,)).get(record_id, {}).get("Owner")
        else:
            owner_id = draft.merged("Owner") or self._actor_id
        owner = self._uow.users.get(owner_id) if isinstance(owner_id, int) else None
        return {"Owner": {"id": str(owner.id), "name": owner.full_name, "zuid": owner.zuid}} if owner else {}
