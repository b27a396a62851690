"""How the rules of a module have fared: how often each was considered, fired, why not, and what its actions did."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kaizen.automation.actions.dispatch import action_of
from kaizen.automation.engine.reasons import PastChange, is_scheduled_run, name_of, reasons
from kaizen.automation.reaction import TraceEntry
from kaizen.model.catalog import Module
from kaizen.model.rule import Rule
from kaizen.model.values import Id, Json
from kaizen.records.ports import ChangeLog, KeptChange, UnitOfWork
from kaizen.records.reactions.build_context import RelatedReads, build_context
from kaizen.vocabulary.automation import Reason

_BATCH = 1000


@dataclass(slots=True)
class RuleReport:
    """One rule's account. `considered` is the sum of `reasons`: every change of a record of its module."""

    rule: Rule
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def considered(self) -> int:
        """How many changes the rule was considered for."""
        return self.reasons.total()

    @property
    def fired(self) -> int:
        """How many of them made it act."""
        return self.reasons[Reason.FIRED]


def rule_report(uow: UnitOfWork, module: Module) -> list[RuleReport]:
    """Return the account of every rule of a module, in the order in which the rules run.

    The reasons are derived from all kept changes of the module, each with the rules as they were at that time.
    """
    reports = {rule.id: RuleReport(rule) for rule in uow.book.by_module.get(module.api_name, ())}
    context = build_context(uow, RelatedReads(uow), cascade=0)
    book = uow.book
    used_up: dict[Id, dict[Id, Id]] = {}
    for kept in _changes(uow, module):
        # One at a time: there may be thousands of versions.
        if book.version != kept.book_version:
            book = uow.book_at(kept.book_version)
        of_record = used_up.get(kept.change.record_id, {})
        past = PastChange(kept.change, kept.reaction, kept.related, of_record)
        if not is_scheduled_run(past):
            _count(reports, reasons(past, book, context))
        if consumed := {m.rule_id: kept.change.id for m in kept.reaction.matched if m.consumes}:
            used_up[kept.change.record_id] = of_record | consumed
    return list(reports.values())


def dump_report(uow: UnitOfWork, reports: Sequence[RuleReport]) -> list[Json]:
    """Write the accounts as GET /kaizen/v1/rules shows them, with the outcome of each action."""
    waiting = uow.queue_counts()
    return [_dump(uow, report, waiting) for report in reports]


def _changes(uow: ChangeLog, module: Module) -> Iterator[KeptChange]:
    after = 0
    while changes := uow.changes_of(module.api_name, after, _BATCH):
        yield from changes
        after = changes[-1].change.id


def _count(reports: Mapping[Id, RuleReport], entries: Sequence[TraceEntry]) -> None:
    """Count each rule once a change: as fired when one of its conditions did, else with its last condition's reason."""
    outcome: dict[Id, str] = {}
    for entry in entries:
        if outcome.get(entry.rule_id) != Reason.FIRED:
            outcome[entry.rule_id] = str(entry.reason)
    for rule_id, reason in outcome.items():
        if rule_id in reports:
            reports[rule_id].reasons[reason] += 1


def _dump(uow: UnitOfWork, report: RuleReport, waiting: Mapping[tuple[Id, Id, Id], int]) -> Json:
    rule = report.rule
    done: Counter[tuple[Id, Id, Id]] = Counter()
    failed: Counter[tuple[Id, Id, Id]] = Counter()
    for count in uow.usage(rule.id, "0000-01-01", "9999-12-31"):
        key = (count.condition_id, count.group_id, count.action_id)
        done[key] += count.success
        failed[key] += count.failure
    actions: list[Json] = []
    for condition, group, action in rule.actions():
        group_id = group.id if group is not None else 0
        key = (condition.id, group_id, action.id)
        actions.append(
            {
                "type": action.type.value,
                "id": str(action.id),
                "name": name_of(uow.book, action_of(action)),
                "condition": condition.sequence_number,
                "when": f"after {group.unit} {group.period.value}" if group is not None else "at once",
                "done": done[key],
                "failed": failed[key],
                "waiting": waiting.get((rule.id, group_id, action.id), 0) if group_id else 0,
            }
        )
    return {
        "id": str(rule.id),
        "name": rule.name,
        "module": rule.module,
        "active": rule.active,
        "considered": report.considered,
        "fired": report.fired,
        "reasons": dict(report.reasons),
        "actions": actions,
    }
