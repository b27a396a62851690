"""The history of a record's automation: every change of it, and why each rule did or did not act."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from kaizen.automation.engine.reasons import PastChange, is_scheduled_run, reasons
from kaizen.automation.reaction import TraceEntry
from kaizen.automation.rule_book import RuleBook
from kaizen.criteria.tree import Path
from kaizen.fields.moment import show_instant
from kaizen.model.catalog import Module
from kaizen.model.numbers import digits, is_number
from kaizen.model.record import STAMPS, Change
from kaizen.model.values import Id, Json, Value
from kaizen.records.ports import KeptChange, RuleMemory, UnitOfWork
from kaizen.records.reactions.build_context import RelatedReads, build_context
from kaizen.vocabulary.automation import Reason
from kaizen.vocabulary.data_types import REFERENCES, USER_REFERENCES, DataType

#: How far back the change is looked for that used a rule up.
_HISTORY = 1000


@dataclass(frozen=True, slots=True)
class ChangeTrace:
    """One change of a record with what every rule made of it."""

    change: Change
    book_version: int
    scheduled_run: bool
    entries: tuple[TraceEntry, ...]


def trace(uow: UnitOfWork, module: Module, record_id: Id, limit: int = 200, offset: int = 0) -> list[ChangeTrace]:
    """Return the changes of a record, newest first, each with an entry for every rule of the module at that time."""
    history = uow.changes(module.api_name, record_id, max(_HISTORY, limit + offset))
    used_up = _used_up(uow, record_id, history)
    context = build_context(uow, RelatedReads(uow), cascade=0)
    books: dict[int, RuleBook] = {}
    traced: list[ChangeTrace] = []
    for kept in history[offset : offset + limit]:
        past = PastChange(kept.change, kept.reaction, kept.related, used_up[kept.change.id])
        if kept.book_version not in books:
            books[kept.book_version] = uow.book_at(kept.book_version)
        entries = reasons(past, books[kept.book_version], context)
        traced.append(ChangeTrace(kept.change, kept.book_version, is_scheduled_run(past), tuple(entries)))
    return traced


def dump_trace(
    uow: UnitOfWork,
    module: Module,
    traced: Iterable[ChangeTrace],
    zone: ZoneInfo | None = None,
    readable: Callable[[Path], bool] = lambda _: True,
) -> list[Json]:
    """Write a trace as the control API shows it: ids as text, times with the offset of a zone (the organisation's).

    `readable` says of which fields the values may be shown.
    """
    return [_Dump(uow, module, zone or uow.organisation.zone, readable).change(each) for each in traced]


def _used_up(uow: RuleMemory, record_id: Id, history: Sequence[KeptChange]) -> dict[Id, Mapping[Id, Id]]:
    """Return for each change the rules that earlier changes of the record had used up, and by which change."""
    known = {change.change.id for change in history}
    # What the ledger knows from before the history read here.
    so_far = {rule: change for rule, change in uow.consumed(record_id).items() if change not in known}
    found: dict[Id, Mapping[Id, Id]] = {}
    for kept in reversed(history):
        found[kept.change.id] = dict(so_far)
        so_far |= {m.rule_id: kept.change.id for m in kept.reaction.matched if m.consumes}
    return found


class _Dump:
    """Shows changes of one module."""

    def __init__(self, uow: UnitOfWork, module: Module, zone: ZoneInfo, readable: Callable[[Path], bool]) -> None:
        self._uow = uow
        self._module = module
        self._zone = zone
        self._readable = readable

    def change(self, traced: ChangeTrace) -> Json:
        """Show one change and its entries."""
        change, origin = traced.change, traced.change.origin
        actor = self._uow.users.get(change.actor_id)
        return {
            "id": str(change.id),
            "at": show_instant(change.at, self._zone),
            "event": change.event.value,
            "scheduled_run": traced.scheduled_run,
            "actor": {"id": str(change.actor_id), "name": actor.full_name if actor is not None else None},
            "source": origin.source,
            "depth": origin.depth,
            "chain": str(origin.chain) if origin.chain else None,
            "trigger": None if change.trigger is None else list[Json](sorted(change.trigger)),
            "book_version": traced.book_version,
            "changed": {
                name: self._difference(change, name)
                for name in sorted(change.changed - STAMPS - {"id"})
                if self._readable((name,))
            },
            "rules": [self._entry(entry) for entry in traced.entries],
        }

    def _difference(self, change: Change, name: str) -> Json:
        old, new = (change.before or {}).get(name), (change.after or {}).get(name)
        return {"old": self._value(name, old), "new": self._value(name, new)}

    def _value(self, name: str, value: Value) -> Json:
        field = self._module.by_name.get(name)
        data_type = field.data_type if field is not None else None
        if isinstance(value, int) and not isinstance(value, bool):
            if data_type is DataType.DATETIME:
                return show_instant(value, self._zone)
            if data_type in USER_REFERENCES:
                user = self._uow.users.get(value)
                return {"id": str(value), "name": user.full_name if user is not None else None}
            if data_type in REFERENCES or data_type in (DataType.BIGINT, DataType.LAYOUT):
                return str(value)
        if name == "Tag" and isinstance(value, tuple):
            tags = self._uow.tags.get(self._module.api_name, {})
            return [tags[each].name if isinstance(each, int) and each in tags else str(each) for each in value]
        return _json(value)

    def _entry(self, entry: TraceEntry) -> Json:
        details = dict(entry.details)
        comparisons = details.get("comparisons")
        if isinstance(comparisons, list):
            details["comparisons"] = [self._comparison(each) for each in comparisons]
            entry = replace(entry, details=details)
        shown: dict[str, Json] = {
            "rule": {"id": str(entry.rule_id), "name": entry.rule_name},
            "condition": {"id": str(entry.condition_id)} if entry.condition_id is not None else None,
            "reason": str(entry.reason),
            "explanation": explanation(entry),
        }
        scheduled = details.get("scheduled")
        if isinstance(scheduled, list):
            details["scheduled"] = [self._due(each) for each in scheduled]
        return shown | details

    def _comparison(self, failed: Json) -> Json:
        """Withhold values that the caller may not read."""
        if not isinstance(failed, dict):
            return failed
        fields = [failed[key] for key in ("field", "expected_field") if key in failed]
        if all(self._readable(tuple(str(field).split("."))) for field in fields):
            return failed
        withheld: dict[str, Json] = {"found": None, "withheld": True}
        return failed | withheld | ({"expected": None} if "expected_field" in failed else {})

    def _due(self, scheduled: Json) -> Json:
        if not isinstance(scheduled, dict) or not isinstance(due_at := scheduled.get("due_at"), int):
            return scheduled
        return scheduled | {"due_at": show_instant(due_at, self._zone)}


def explanation(entry: TraceEntry) -> str:
    """Return a sentence that explains an entry."""
    details = entry.details
    match Reason(entry.reason):
        case Reason.FIRED:
            return "a scheduled action became due" if details.get("scheduled_run") else "its condition was met"
        case Reason.RULE_INACTIVE:
            return "the rule is not active"
        case Reason.OTHER_EVENT:
            return f"the rule waits for {details.get('waits_for')}, this was {details.get('event')}"
        case Reason.TRIGGER_SUPPRESSED if details.get("by") == "cascade":
            return "edits made by workflow rules do not trigger rules"
        case Reason.TRIGGER_SUPPRESSED:
            return "the request asked for no workflow rules"
        case Reason.FIELD_NOT_CHANGED:
            fields = details.get("fields")
            named = ", ".join(map(str, fields)) if isinstance(fields, list) else ""
            return f"{named} did not change" if named else "nothing changed"
        case Reason.CRITERIA_FALSE:
            return _unmet(details.get("comparisons"))
        case Reason.REPEAT_CONSUMED:
            return f"the rule fires once per record, and fired on change {details.get('change_id')}"
        case Reason.EARLIER_CONDITION_WON:
            return "an earlier condition of the rule was met"
        case Reason.LOOP_GUARD | Reason.RULE_BROKEN:
            return str(details.get("why"))


def _unmet(comparisons: Json) -> str:
    said = (
        [_comparison(each) for each in comparisons if isinstance(each, dict)] if isinstance(comparisons, list) else []
    )
    return "; ".join(said) or "the criteria were not met"


def _comparison(failed: Mapping[str, Json]) -> str:
    value = "withheld" if failed.get("withheld") else _said(failed.get("found"))
    found, comparator = value, str(failed.get("comparator")).replace("_", " ")
    wanted = failed.get("expected_field") or _said(failed.get("expected"))
    wanted = "" if failed.get("expected") is None and "expected_field" not in failed else f" {wanted}"
    return f"{failed.get('field')} is {found}, expected: {comparator}{wanted}"


def _said(value: Json) -> str:
    if value is None:
        return "empty"
    if is_number(value):
        return digits(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_said, value))}]"
    return repr(value) if isinstance(value, str) else str(value)


def _json(value: Value) -> Json:
    if isinstance(value, tuple):
        return [_json(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _json(each) for name, each in value.items()}
    return value
