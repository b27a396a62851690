"""`kaizen replay`: dated rows replayed through the API while the server's clock advances from day to day."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from kaizen.cli.fitting import check_replay, check_replay_columns, replay_with_api_names
from kaizen.cli.keys import NaturalKeys
from kaizen.cli.loading import OnProgress, named_rows, natural_keys, read_fields, read_tables, refused
from kaizen.cli.mapping import MappingFile, Replay, ReplayEvent
from kaizen.cli.numbers import key_text
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.progress_file import ProgressFile
from kaizen.cli.tables import BadRow, Row, Table
from kaizen.cli.values import RowProblemError, Translator, applies, day
from kaizen.sdk.batches import Outcome, chunks
from kaizen.sdk.client import Client


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event of one row, on its day."""

    day: dt.date
    event: ReplayEvent
    row: Row


@dataclass(frozen=True, slots=True)
class History:
    """All that a file says happened."""

    events: tuple[HistoryEvent, ...]  #: in order
    undated: int  #: of these, on the first day for want of a date
    misdated: Mapping[str, Sequence[BadRow]]  #: by event name: rows whose date is none


@dataclass(slots=True)
class ReplayReport:
    """What the replay did."""

    first_day: dt.date | None = None
    last_day: dt.date | None = None
    counts: dict[str, int] = field(default_factory=dict)  #: by event name
    events: int = 0  #: that have a day
    undated: int = 0  #: created on the first day for want of a date
    earlier: int = 0  #: played by an earlier run
    skipped: list[BadRow] = field(default_factory=list)  #: in any run that came this far
    in_part: list[BadRow] = field(default_factory=list)  #: rows of which another event was played


class Replayer:
    """Replays one history on one server with a virtual clock."""

    def __init__(
        self, crm: Client, mapping: MappingFile, folder: Path, progress: ProgressFile, on_progress: OnProgress
    ) -> None:
        if mapping.replay is None:
            raise UsageProblemError(
                f"{mapping.path}: has no [replay] section; use `kaizen import` for rows without dates"
            )
        self._crm = crm
        self._replay = mapping.replay
        self._progress = progress
        self._on_progress = on_progress
        self._tables = read_tables(mapping, folder)
        self._where = f"{mapping.path}: replay"
        self._mapping = mapping
        check_replay_columns(self._replay, self._tables, self._where)
        self._keys: NaturalKeys  #: made once the API names of all fields are known
        self._created: set[str] = set()  #: keys, without case, that rows of the file have taken

    def play(self) -> ReplayReport:
        """Replay all events by date; creates before updates on the same day, otherwise in the file's order.

        Raises:
            UsageProblemError: the server's clock is real, or stands after the first day that is left to play.
        """
        table = self._tables[self._replay.file]
        if dated := history_of(self._replay, table).events:
            self._now(dated[0].day)
        types = self._named_fields()
        history = history_of(self._replay, table)
        events = history.events
        translator = Translator(types, self._tables, self._keys.find)
        done = self._progress.done("replay")
        failures = Failures(self._replay, history, {e.name: self._skipped(e) for e in self._replay.events})
        played = [entry for entry in events[:done] if failures.spared(entry)]
        self._created = self._keys_created(played, translator)
        report = ReplayReport(events=len(events), undated=history.undated, earlier=len(played))
        self._on_progress("replay", done, len(events))
        for (today, _), group in groupby(events[done:], key=lambda h: (h.day, h.event.name)):
            self._turn_to(today)
            report.first_day = report.first_day or today
            report.last_day = today
            for _, some in chunks(group):
                bad = self._carry_out(some, translator, failures, report)
                failures.add(some[0].event, bad)
                done += len(some)
                self._progress.skip(_step(some[0].event), bad)
                self._progress.advance("replay", done)
                self._on_progress("replay", done, len(events))
        skipped, report.in_part = failures.sorted(events)
        report.skipped = [*table.bad, *skipped]
        return report

    def _named_fields(self) -> Mapping[str, str]:
        """Call the fields by the API names that the server gave them; returns their data types."""
        custom = self._mapping.custom_fields
        known = read_fields(self._crm, self._replay.module, custom)
        check_replay(self._replay, known, self._where)
        self._replay = replay_with_api_names(self._replay, known, self._where)
        self._keys = NaturalKeys(self._crm, natural_keys(self._crm, self._mapping))
        return known.types

    def _skipped(self, event: ReplayEvent) -> list[BadRow]:
        return self._progress.skipped(_step(event))

    def _keys_created(self, played: Iterable[HistoryEvent], translator: Translator) -> set[str]:
        match = self._replay.match
        return {
            translator.key(entry.row, match, entry.event.fields[match]).lower()
            for entry in played
            if entry.event.kind == "create"
        }

    def _turn_to(self, today: dt.date) -> None:
        """Set the clock to nine in the morning, in the organisation's zone."""
        now = self._now(today)
        morning = dt.datetime.combine(today, dt.time(9), tzinfo=now.tzinfo)
        if now.date() > today:
            raise UsageProblemError(
                f"the server's clock shows {now.date()}, which is after {today}, the next day to replay; "
                "start a new server, or delete the progress file and the records to start from the beginning"
            )
        if now < morning:
            self._crm.control.clock.set(morning)

    def _now(self, first: dt.date) -> dt.datetime:
        """Read the clock; refuse system time."""
        clock = self._crm.control.clock.get()
        if clock["mode"] != "virtual":
            raise UsageProblemError(
                "the server uses the real clock, and a replay needs a virtual one; "
                f"start the server with --clock {first.isoformat()}T00:00:00Z"
            )
        return dt.datetime.fromisoformat(str(clock["now"]))

    def _carry_out(
        self, some: Sequence[HistoryEvent], translator: Translator, failures: "Failures", report: ReplayReport
    ) -> list[BadRow]:
        """Replay one event of some rows; returns the rows of which it could not be replayed."""
        event = some[0].event
        rows: list[Row] = []
        records: list[dict[str, Any]] = []
        bad: list[BadRow] = []
        for entry in some:
            if failures.pointless(entry):
                continue
            try:
                record = self._record(entry, translator)
            except RowProblemError as problem:
                bad.append(BadRow(entry.row.where, str(problem)))
                continue
            rows.append(entry.row)
            records.append(record)
        if not records:
            return bad
        module = self._crm[self._replay.module]
        with named_rows(rows):
            outcomes = module.update_many(records) if event.kind == "update" else module.create_many(records)
        for row, record, outcome in zip(rows, records, outcomes, strict=True):
            if outcome.ok:
                report.counts[event.name] = report.counts.get(event.name, 0) + 1
            elif not (event.kind == "create" and self._was_there(record, outcome.details)):
                bad.append(refused(row, outcome))
                continue
            if event.kind == "create":
                self._note_created(key_text(record[self._replay.match]), outcome)
        return bad

    def _record(self, entry: HistoryEvent, translator: Translator) -> dict[str, Any]:
        """Translate what happens to a row; its natural key is looked at first, so that nothing is written without."""
        row, event, match = entry.row, entry.event, self._replay.match
        if event.kind == "create":
            translator.key(row, match, event.fields[match])
            return translator.record(row, event.fields)
        create = next(event for event in self._replay.events if event.kind == "create")
        key = translator.key(row, match, create.fields[match])
        found = self._keys.find(self._replay.module, key)
        if found is None:
            raise RowProblemError(f'{match}: "{key}" was never created')
        return {**translator.record(row, event.fields), "id": found}

    def _note_created(self, key: str, outcome: Outcome) -> None:
        self._created.add(key.lower())
        if outcome.id:
            self._keys.add(self._replay.module, key, str(outcome.id))

    def _was_there(self, record: Mapping[str, Any], details: Mapping[str, Any]) -> bool:
        """Return whether a run that was cut short between the write and its note had created this record already.

        A record that another row of the file created is not this row's.
        """
        key = key_text(record[self._replay.match])
        return (
            details.get("api_name") == self._replay.match
            and key.lower() not in self._created
            and self._keys.find(self._replay.module, key) is not None
        )


class Failures:
    """Rows of which an event could not be replayed, in this run or an earlier one."""

    def __init__(self, replay: Replay, history: History, earlier: Mapping[str, Sequence[BadRow]]) -> None:
        self._replay = replay
        self._by_event: dict[str, dict[str, BadRow]] = {event.name: {} for event in replay.events}
        self._uncreated: set[str] = set()
        for event in replay.events:
            self.add(event, history.misdated[event.name])
            self.add(event, earlier[event.name])

    def add(self, event: ReplayEvent, bad: Iterable[BadRow]) -> None:
        """Note rows of which this event could not be replayed."""
        for one in bad:
            self._by_event[event.name][one.where] = one
            if event.kind == "create":
                self._uncreated.add(one.where)

    def pointless(self, entry: HistoryEvent) -> bool:
        """Return whether something would happen to a record that could not be created: the reason is known already."""
        return entry.event.kind == "update" and entry.row.where in self._uncreated

    def spared(self, entry: HistoryEvent) -> bool:
        """Return whether an event that was tried was replayed."""
        return entry.row.where not in self._by_event[entry.event.name] and not self.pointless(entry)

    def sorted(self, events: Iterable[HistoryEvent]) -> tuple[list[BadRow], list[BadRow]]:
        """Separate rows of which nothing was replayed from those replayed in part, after all events were tried.

        For a row that was not created, only the reason for that is reported.
        """
        played = {entry.row.where for entry in events if self.spared(entry)}
        skipped: list[BadRow] = []
        in_part: list[BadRow] = []
        for event in self._replay.events:
            for bad in self._by_event[event.name].values():
                if event.kind == "create" or bad.where not in self._uncreated:
                    (in_part if bad.where in played else skipped).append(bad)
        return skipped, in_part


def _step(event: ReplayEvent) -> str:
    return f"replay, {event.name}"


def first_day(mapping: MappingFile, folder: Path) -> dt.date:
    """Return the first day of a history.

    Raises:
        UsageProblemError: there is no history, it does not fit the files, or none of its rows has a date.
    """
    if mapping.replay is None:
        raise UsageProblemError(f"{mapping.path}: has no [replay] section")
    tables = read_tables(mapping, folder)
    check_replay_columns(mapping.replay, tables, f"{mapping.path}: replay")
    events = history_of(mapping.replay, tables[mapping.replay.file]).events
    if not events:
        raise UsageProblemError(f"{mapping.replay.file}: no row has a date; there is nothing to replay")
    return events[0].day


def history_of(replay: Replay, table: Table) -> History:
    """List the events in order: by day, then as the mapping orders events, then as the file orders rows."""
    dated: list[HistoryEvent] = []
    undated: list[tuple[ReplayEvent, Row]] = []
    misdated: dict[str, list[BadRow]] = {event.name: [] for event in replay.events}
    for event in replay.events:
        for row in table.rows:
            if not applies(event.only, row):
                continue
            if row.cells[event.at] == "":
                undated.append((event, row))
                continue
            try:
                dated.append(HistoryEvent(day(row.cells[event.at], event.at), event, row))
            except RowProblemError as problem:
                misdated[event.name].append(BadRow(row.where, str(problem)))
    if not dated:
        return History((), 0, misdated)
    first = min(entry.day for entry in dated)
    dated += [HistoryEvent(first, event, row) for event, row in undated]
    order = {event.name: place for place, event in enumerate(replay.events)}
    in_order = sorted(dated, key=lambda h: (h.day, order[h.event.name], h.row.line))
    return History(tuple(in_order), len(undated), misdated)
