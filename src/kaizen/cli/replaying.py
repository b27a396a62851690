"""`kaizen replay`: a dated history played through the API, the server's clock turned from day to day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from kaizen.cli.chunks import chunks
from kaizen.cli.fitting import check_replay, check_replay_columns, planned_names
from kaizen.cli.keys import NaturalKeys
from kaizen.cli.loading import Tell, data_types, named_rows, natural_keys, read_tables, refused
from kaizen.cli.mapping import MappingFile, Replay, ReplayEvent
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.progress_file import ProgressFile
from kaizen.cli.tables import BadRow, Row, Table
from kaizen.cli.values import RowProblemError, Translator, applies, day
from kaizen.sdk.client import Client


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of one row, on its day."""

    day: dt.date
    event: ReplayEvent
    row: Row


@dataclass(slots=True)
class ReplayReport:
    """What the replay did."""

    first_day: dt.date | None = None
    last_day: dt.date | None = None
    counts: dict[str, int] = field(default_factory=dict)  #: by event name
    undated: int = 0  #: created on the first day for want of a date
    earlier: int = 0
    left_out: list[BadRow] = field(default_factory=list)


class Player:
    """One history, on one server whose clock can be turned."""

    def __init__(self, crm: Client, mapping: MappingFile, folder: Path, progress: ProgressFile, tell: Tell) -> None:
        if mapping.replay is None:
            raise UsageProblemError(f"{mapping.path}: has no [replay] part; `kaizen import` loads what has no dates")
        self._crm = crm
        self._replay = mapping.replay
        self._progress = progress
        self._tell = tell
        self._tables = read_tables(mapping, folder)
        self._where = f"{mapping.path}: replay"
        self._planned = planned_names(mapping.replay.module, mapping.custom_fields)
        check_replay_columns(self._replay, self._tables, self._where)
        self._keys = NaturalKeys(crm, natural_keys(mapping))

    def play(self) -> ReplayReport:
        """Play everything in order of date; creates before updates on the same day, otherwise in the file's order.

        Raises:
            UsageProblemError: the server's clock is real, or stands after the first day that is left to play.
        """
        report = ReplayReport(left_out=list(self._tables[self._replay.file].bad))
        happenings = happenings_of(self._replay, self._tables[self._replay.file], report)
        if happenings:
            self._now(happenings[0].day)
        types = data_types(self._crm, self._replay.module)
        check_replay(self._replay, types, self._planned, self._where)
        translator = Translator(types, self._tables, self._keys.find)
        report.earlier = done = self._progress.done("replay")
        self._tell("replay", done, len(happenings))
        for (today, _), group in groupby(happenings[done:], key=lambda h: (h.day, h.event.name)):
            self._turn_to(today)
            report.first_day = report.first_day or today
            report.last_day = today
            for some in chunks(group):
                self._carry_out(some, translator, report)
                done += len(some)
                self._progress.advance("replay", done)
                self._tell("replay", done, len(happenings))
        return report

    def _turn_to(self, today: dt.date) -> None:
        """Turn the clock to nine in the morning, in the organisation's zone."""
        now = self._now(today)
        morning = dt.datetime.combine(today, dt.time(9), tzinfo=now.tzinfo)
        if now.date() > today:
            raise UsageProblemError(
                f"the server's clock stands at {now.date()}, after {today}, which is still to be played; "
                "start a fresh server, or remove the progress file and the data to begin anew"
            )
        if now < morning:
            self._crm.control.clock.set(morning)

    def _now(self, first: dt.date) -> dt.datetime:
        """Read the clock; one that cannot be turned is refused."""
        clock = self._crm.control.clock.get()
        if clock["mode"] != "virtual":
            raise UsageProblemError(
                "the server's clock is the real one, and history cannot be played on it; "
                f"start the server with --clock {first.isoformat()}T00:00:00Z"
            )
        return dt.datetime.fromisoformat(str(clock["now"]))

    def _carry_out(self, some: Sequence[Happening], translator: Translator, report: ReplayReport) -> None:
        event = some[0].event
        rows: list[Row] = []
        records: list[dict[str, Any]] = []
        for happening in some:
            try:
                record = translator.record(happening.row, event.fields)
                if event.kind == "update":
                    record["id"] = self._known(translator, happening.row)
            except RowProblemError as problem:
                report.left_out.append(BadRow(happening.row.where, str(problem)))
                continue
            rows.append(happening.row)
            records.append(record)
        if not records:
            return
        module = self._crm[self._replay.module]
        with named_rows(rows):
            outcomes = module.update_many(records) if event.kind == "update" else module.create_many(records)
        for row, record, outcome in zip(rows, records, outcomes, strict=True):
            if outcome.ok:
                report.counts[event.name] = report.counts.get(event.name, 0) + 1
                if event.kind == "create":
                    self._keys.add(self._replay.module, str(record[self._replay.match]), str(outcome.id))
            elif not (event.kind == "create" and self._was_there(record, outcome.details)):
                report.left_out.append(refused(row, outcome))

    def _known(self, translator: Translator, row: Row) -> str:
        create = next(event for event in self._replay.events if event.kind == "create")
        key = str(translator.record(row, {self._replay.match: create.fields[self._replay.match]})[self._replay.match])
        found = self._keys.find(self._replay.module, key)
        if found is None:
            raise RowProblemError(f'{self._replay.match}: "{key}" was never created')
        return found

    def _was_there(self, record: Mapping[str, Any], details: Mapping[str, Any]) -> bool:
        """Say whether a run that was cut short between the write and its note had created this record already."""
        return details.get("api_name") == self._replay.match and str(record[self._replay.match]) in self._keys.of(
            self._replay.module
        )


def first_day(mapping: MappingFile, folder: Path) -> dt.date:
    """Say on which day a history begins.

    Raises:
        UsageProblemError: there is no history, it does not fit the files, or none of its rows has a date.
    """
    if mapping.replay is None:
        raise UsageProblemError(f"{mapping.path}: has no [replay] part")
    tables = read_tables(mapping, folder)
    check_replay_columns(mapping.replay, tables, f"{mapping.path}: replay")
    happenings = happenings_of(mapping.replay, tables[mapping.replay.file], ReplayReport())
    if not happenings:
        raise UsageProblemError(f"{mapping.replay.file}: no row has a date; there is nothing to replay")
    return happenings[0].day


def happenings_of(replay: Replay, table: Table, report: ReplayReport) -> list[Happening]:
    """List what happened in order: by day, then as the mapping orders events, then as the file orders rows."""
    dated: list[Happening] = []
    undated: list[tuple[ReplayEvent, Row]] = []
    for event in replay.events:
        for row in table.rows:
            if not applies(event.only, row):
                continue
            if row.cells[event.at] == "":
                undated.append((event, row))
                continue
            try:
                dated.append(Happening(day(row.cells[event.at], event.at), event, row))
            except RowProblemError as problem:
                report.left_out.append(BadRow(row.where, str(problem)))
    if dated:
        first = min(happening.day for happening in dated)
        report.undated += len(undated)
        dated += [Happening(first, event, row) for event, row in undated]
    order = {event.name: place for place, event in enumerate(replay.events)}
    return sorted(dated, key=lambda h: (h.day, order[h.event.name], h.row.line))
