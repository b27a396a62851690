"""What rules remember: the records they are used up for, how often they ran, whose turn it is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from kaizen.model.values import Id
from kaizen.records.ports import UsageCount
from kaizen.store.key_dictionary import KeyDictionary
from kaizen.store.session import Insertion, listed, must_write
from kaizen.store.unit_settings import UnitSettings

_CONSUMED: Final = Insertion("kz_consumed", ("record_id", "rule_id", "change_id"))

_ADD_USAGE: Final = (
    "INSERT INTO kz_usage (rule_id, condition_id, group_id, action_id, day, shard, success, failure, last_at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (rule_id, day, condition_id, group_id, action_id, shard) DO UPDATE SET "
    "success = kz_usage.success + excluded.success, failure = kz_usage.failure + excluded.failure, "
    "last_at = CASE WHEN excluded.last_at > kz_usage.last_at THEN excluded.last_at ELSE kz_usage.last_at END"
)


#: Changes that the rules of a module looked at: its id, the version of the rule book, the number of the event.
Looked: TypeAlias = tuple[Id, int, int]


@dataclass(slots=True)
class RuleTotals:
    """What rules did in one unit of work, for who counts it after the commit."""

    woken: int = 0  #: without the rules that `looked` stands for
    looked: Counter[Looked] = field(default_factory=Counter)
    fired: int = 0
    done: int = 0
    failed: int = 0

    def add(self, count: UsageCount) -> None:
        """Add one count of a unit."""
        if count.condition_id and not count.action_id:
            self.fired += count.success
        elif count.condition_id:
            self.done += count.success
            self.failed += count.failure
        else:
            self.looked[count.rule_id, count.group_id, count.action_id] += count.success


class RuleMemoryTables:
    """The memory of the rules engine (records.ports.RuleMemory); what is counted is buffered.

    Rules that the same changes triggered have one count together: a row with the negative number of their set.
    """

    def __init__(self, settings: UnitSettings) -> None:
        self._session = settings.session
        self._headings = KeyDictionary(settings.session, settings.snapshots)
        self._consuming: dict[tuple[Id, Id], Id] = {}
        self._counts: list[UsageCount] = []
        self.totals = RuleTotals()

    def consumed(self, record_id: Id) -> Mapping[Id, Id]:
        """Return the rules with repeat false that fired for a record: rule id -> id of the change."""
        rows = self._session.rows("SELECT rule_id, change_id FROM kz_consumed WHERE record_id = ?", (record_id,))
        consumed: dict[Id, Id] = dict(rows)
        if self._consuming:
            consumed |= {rule: change for (record, rule), change in self._consuming.items() if record == record_id}
        return consumed

    def consume(self, rule_id: Id, record_id: Id, change_id: Id) -> None:
        """Note that a rule fired for a record; the first change that did so stays."""
        must_write(self._session)
        self._consuming.setdefault((record_id, rule_id), change_id)

    def forget_consumed(self, rule_id: Id) -> None:
        """Let a rule fire again for every record (its execute_when changed)."""
        must_write(self._session)
        self._consuming = {key: change for key, change in self._consuming.items() if key[1] != rule_id}
        self._session.run("DELETE FROM kz_consumed WHERE rule_id = ?", (rule_id,))

    def tally(self, counts: Iterable[UsageCount]) -> None:
        """Add to the usage counts."""
        must_write(self._session)
        more = list(counts)
        self._counts += more
        for count in more:
            self.totals.add(count)

    def tally_triggered(self, rules: tuple[Id, ...], times: int, day: str, at: int) -> None:
        """Add to the counts of the triggers of rules that the same changes woke."""
        must_write(self._session)
        self.totals.woken += times * len(rules)
        number = self._headings.set_number(rules) if len(rules) > 1 else 0
        self._counts += [UsageCount(key, 0, 0, 0, day, times, 0, at) for key in ((-number,) if number else rules)]

    def usage(self, rule_id: Id, since: str, until: str) -> list[UsageCount]:
        """Return what happened from one day to another, both included, by day."""
        self._write_counts()
        keys = [rule_id, *(-number for number in self._headings.sets_with(rule_id))]
        rows = self._session.rows(
            "SELECT condition_id, group_id, action_id, day, "
            "CAST(SUM(success) AS BIGINT), CAST(SUM(failure) AS BIGINT), MAX(last_at) FROM kz_usage "
            f"WHERE {self._session.dialect.among('rule_id')} AND day >= ? AND day <= ? "
            "GROUP BY condition_id, group_id, action_id, day ORDER BY day, condition_id, group_id, action_id",
            (*listed(self._session, keys), since, until),
        )
        return [UsageCount(rule_id, *row) for row in rows]

    def last_executed(self, rule_ids: Iterable[Id]) -> dict[Id, int]:
        """Return when each rule that ever ran did so last."""
        wanted = list(rule_ids)
        if not wanted:
            return {}
        self._write_counts()
        rows = self._session.rows(
            # A trigger alone (condition 0) is not an execution.
            f"SELECT rule_id, MAX(last_at) FROM kz_usage WHERE {self._session.dialect.among('rule_id')} "
            "AND condition_id <> 0 GROUP BY rule_id",
            listed(self._session, wanted),
        )
        return dict(rows)

    def next_turn(self, action_id: Id) -> int:
        """Return 0, 1, 2, ... on successive calls: the round robin of an owner assignment."""
        must_write(self._session)
        rows = self._session.rows(
            "INSERT INTO kz_turn (action_id, turn) VALUES (?, 0) "
            "ON CONFLICT (action_id) DO UPDATE SET turn = kz_turn.turn + 1 RETURNING turn",
            (action_id,),
        )
        return int(rows[0][0])

    def flush(self) -> None:
        """Write what is buffered."""
        self._write_consumed()
        self._write_counts()

    def _write_consumed(self) -> None:
        if self._consuming:
            rows = [(record, rule, change) for (record, rule), change in self._consuming.items()]
            self._session.run_many(_CONSUMED.text + " ON CONFLICT (record_id, rule_id) DO NOTHING", rows)
            self._consuming = {}

    def _write_counts(self) -> None:
        if self._counts:
            # In one order, so that transactions wait for each other and never in a circle.
            counts, self._counts = sorted(_sums(self._counts)), []
            shard = self._session.shard
            self._session.run_many(_ADD_USAGE, [(*count[:5], shard, *count[5:]) for count in counts])


def _sums(counts: Sequence[UsageCount]) -> Sequence[UsageCount]:
    """Add up counts of the same; what a write sets off counts for itself."""
    if len({count[:5] for count in counts}) == len(counts):
        return counts
    sums: dict[tuple[Id, Id, Id, Id, str], tuple[int, int, int]] = {}
    for count in counts:
        success, failure, last_at = sums.get(count[:5], (0, 0, 0))
        sums[count[:5]] = (success + count.success, failure + count.failure, max(last_at, count.last_at))
    return [UsageCount(*key, *values) for key, values in sums.items()]
