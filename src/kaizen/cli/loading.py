"""`kaizen import`: CSV files into modules through the public API, by a mapping file."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kaizen.cli.fitting import ModuleFields, check_load, with_api_names
from kaizen.cli.keys import NaturalKeys
from kaizen.cli.mapping import CustomField, Load, MappingFile, Source
from kaizen.cli.numbers import key_text
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.progress_file import ProgressFile
from kaizen.cli.tables import BadRow, Row, Table, read_table
from kaizen.cli.values import RowProblemError, Translator
from kaizen.sdk.batches import Outcome, chunks
from kaizen.sdk.client import Client
from kaizen.sdk.errors import APIError

#: Called after each chunk of rows: (step, rows done, rows in all).
OnProgress = Callable[[str, int, int], None]
#: Turns a row into what is written of it; None: nothing is. Raises RowProblemError.
Translate = Callable[[Row], dict[str, Any] | None]


@dataclass(slots=True)
class LoadReport:
    """The result of one file."""

    name: str
    module: str
    rows: int = 0
    created: int = 0
    updated: int = 0
    earlier: int = 0  #: carried out by an earlier run
    skipped: list[BadRow] = field(default_factory=list)  #: in any run that came this far
    unlinked: list[BadRow] = field(default_factory=list)  #: kept, but not what the second pass would set


class Loader:
    """One mapping applied to one folder, on one server."""

    def __init__(
        self, crm: Client, mapping: MappingFile, folder: Path, progress: ProgressFile, on_progress: OnProgress
    ) -> None:
        self._crm = crm
        self._mapping = mapping
        self._progress = progress
        self._on_progress = on_progress
        self._tables = read_tables(mapping, folder)
        self._keys: NaturalKeys  #: made once the API names of all fields are known

    def load(self) -> list[LoadReport]:
        """Create the custom fields, then load every file; what can be refused beforehand is, before any write.

        Raises:
            UsageProblemError: the mapping and the files do not fit together.
        """
        custom = self._mapping.custom_fields
        for load in self._mapping.loads:
            known = read_fields(self._crm, load.module, custom)
            check_load(load, self._tables, known, f"{self._mapping.path}: {load.name}")
        create_custom_fields(self._crm, custom)
        fields = {module: read_fields(self._crm, module, custom) for module in {x.module for x in self._mapping.loads}}
        loads = tuple(
            with_api_names(load, fields[load.module], f"{self._mapping.path}: {load.name}")
            for load in self._mapping.loads
        )
        self._keys = NaturalKeys(self._crm, natural_keys(self._crm, self._mapping))
        return [self._load(load, fields[load.module].types) for load in loads]

    def _load(self, load: Load, types: Mapping[str, str]) -> LoadReport:
        table = self._tables[load.file]
        rows = distinct(table.rows, load.distinct)
        report = LoadReport(load.name, load.module, rows=len(rows), skipped=list(table.bad))
        translator = Translator(types, self._tables, self._keys.find)
        report.skipped += self._write(load, report, rows, translator)
        if any(source.later for source in load.fields.values()):
            report.unlinked += self._link(load, rows, translator, skipped={bad.where for bad in report.skipped})
        return report

    def _write(self, load: Load, report: LoadReport, rows: Sequence[Row], translator: Translator) -> list[BadRow]:
        """The first pass: every row with all that needs no other row of the file; returns the skipped rows."""
        fields = {name: source for name, source in load.fields.items() if not source.later}
        writer = (
            _Users(self._crm, load.match) if load.module == "Users" else _Records(self._crm, load, translator, rows)
        )

        def translate(row: Row) -> dict[str, Any]:
            translator.key(row, load.match, load.fields[load.match])
            return translator.record(row, fields)

        def note(record: Mapping[str, Any], outcome: Outcome) -> None:
            self._note(load, report, record, outcome)

        report.earlier = self._progress.done(load.name) - len(self._progress.skipped(load.name))
        return self._pass(load.name, rows, translate, writer.write, note)

    def _link(
        self, load: Load, rows: Sequence[Row], translator: Translator, *, skipped: Collection[str]
    ) -> list[BadRow]:
        """The second pass: records that point at each other, by now all there; returns the rows not linked.

        It goes over all rows, so that how far it came means the same rows in each run.
        """
        fields = {name: source for name, source in load.fields.items() if source.later}

        def translate(row: Row) -> dict[str, Any] | None:
            if row.where in skipped:
                return None
            record = translator.record(row, fields)
            if not record:
                return None
            key = translator.key(row, load.match, load.fields[load.match])
            found = self._keys.find(load.module, key)
            if found is None:
                raise RowProblemError(
                    f'{load.match}: there is no record of {load.module} with the key "{key}" any more'
                )
            return {"id": found, **record}

        update = self._crm.users.update_many if load.module == "Users" else self._crm[load.module].update_many
        return self._pass(f"{load.name}, links", rows, translate, update)

    def _pass(
        self,
        step: str,
        rows: Sequence[Row],
        translate: Translate,
        write: Callable[[list[dict[str, Any]]], Sequence[Outcome]],
        note: Callable[[Mapping[str, Any], Outcome], None] = lambda *_: None,
    ) -> list[BadRow]:
        done = self._progress.done(step)
        self._on_progress(step, done, len(rows))
        for _, some in chunks(rows[done:]):
            good, records, bad = _translated(some, translate)
            with named_rows(good):
                outcomes = write(records) if records else ()
            for row, record, outcome in zip(good, records, outcomes, strict=True):
                if outcome.ok:
                    note(record, outcome)
                else:
                    bad.append(refused(row, outcome))
            done += len(some)
            self._progress.skip(step, bad)
            self._progress.advance(step, done)
            self._on_progress(step, done, len(rows))
        return self._progress.skipped(step)

    def _note(self, load: Load, report: LoadReport, record: Mapping[str, Any], outcome: Outcome) -> None:
        if outcome.id:
            self._keys.add(load.module, key_text(record[load.match]), str(outcome.id))
        if outcome.action == "insert":
            report.created += 1
        elif outcome.action == "update":
            report.updated += 1


def _translated(rows: Iterable[Row], translate: Translate) -> tuple[list[Row], list[dict[str, Any]], list[BadRow]]:
    """Translate rows; returns those to write with their records, and those that cannot be used."""
    good: list[Row] = []
    records: list[dict[str, Any]] = []
    bad: list[BadRow] = []
    for row in rows:
        try:
            record = translate(row)
        except RowProblemError as problem:
            bad.append(BadRow(row.where, str(problem)))
            continue
        if record is not None:
            good.append(row)
            records.append(record)
    return good, records, bad


class _Records:
    """Writes rows of a module: those with a known natural key are updates."""

    def __init__(self, crm: Client, load: Load, translator: Translator, rows: Sequence[Row]) -> None:
        self._module = crm[load.module]
        self._match = load.match
        add_pick_list_values(crm, load.module, load.fields, translator, rows)

    def write(self, records: list[dict[str, Any]]) -> Sequence[Outcome]:
        return self._module.upsert(records, match=[self._match])


class _Users:
    """Writes users one at a time, as the service requires; confirms new ones, because no one follows the invitation."""

    def __init__(self, crm: Client, match: str) -> None:
        self._crm = crm
        self._match = match
        self._there = {key_text(user[match]): str(user["id"]) for user in crm.users.iter() if user.get(match)}
        profiles = {str(profile["name"]): str(profile["id"]) for profile in crm.settings.profiles()}
        self._profile = profiles.get("Standard") or next(iter(profiles.values()))
        self._role = str(crm.settings.roles()[-1]["id"])

    def write(self, records: list[dict[str, Any]]) -> Sequence[Outcome]:
        return [self._one(index, record) for index, record in enumerate(records)]

    def _one(self, index: int, record: dict[str, Any]) -> Outcome:
        key = key_text(record[self._match])
        there = self._there.get(key)
        if there:
            outcome = self._crm.users.update_many([{"id": there, **record}])[0]
        else:
            outcome = self._crm.users.create_many([{"role": self._role, "profile": self._profile, **record}])[0]
        outcome = replace(outcome, index=index, row=record, action="update" if there else "insert")
        if outcome.ok and not there:
            self._there[key] = str(outcome.id)
            self._crm.control.confirm_user(str(outcome.id))
        return outcome


def read_tables(mapping: MappingFile, folder: Path) -> dict[str, Table]:
    """Read every file the mapping names, once.

    Raises:
        UsageProblemError: a file is missing or cannot be read.
    """
    wanted: dict[str, str] = {}
    sources: list[Source] = []
    for load in mapping.loads:
        wanted[load.file] = load.encoding
        sources += load.fields.values()
    if mapping.replay:
        wanted[mapping.replay.file] = mapping.replay.encoding
        for event in mapping.replay.events:
            sources += event.fields.values()
    for source in sources:
        if source.join:
            wanted.setdefault(source.join, "utf-8-sig")
    return {file: read_table(folder / file, encoding) for file, encoding in wanted.items()}


def natural_keys(crm: Client, mapping: MappingFile) -> dict[str, str]:
    """Return the API name of the field by which records of each module are found."""
    keys = {load.module: load.match for load in mapping.loads}
    if mapping.replay:
        keys[mapping.replay.module] = mapping.replay.match
    known = {module: read_fields(crm, module, mapping.custom_fields) for module in keys}
    return {module: known[module].api_name(match) or match for module, match in keys.items()}


def read_fields(crm: Client, module: str, custom: Iterable[CustomField]) -> ModuleFields:
    """Read the fields of a module, under their API names as the server has them now."""
    return ModuleFields.of(module, crm.settings.fields(module), custom)


def create_custom_fields(crm: Client, wanted: Sequence[CustomField]) -> None:
    """Create the fields that are not there yet (by label)."""
    for module in dict.fromkeys(one.module for one in wanted):
        missing = [dict(one.body) for one in read_fields(crm, module, wanted).missing]
        for _, some in chunks(missing, 5):
            crm.settings.create_fields(module, some).raise_for_errors()


def add_pick_list_values(
    crm: Client, module: str, fields: Mapping[str, Source], translator: Translator, rows: Sequence[Row]
) -> None:
    """Add the values that the rows bring and the pick lists do not have, so that people can choose them."""
    for definition in crm.settings.fields(module):
        name = str(definition["api_name"])
        if definition["data_type"] != "picklist" or name not in fields:
            continue
        known = {str(v["actual_value"]) for v in definition["pick_list_values"]}
        brought = dict.fromkeys(_values_of(name, fields[name], translator, rows))
        missing = [value for value in brought if value not in known]
        if missing:
            values = [{"display_value": value, "actual_value": value} for value in missing]
            crm.settings.update_fields(
                module, [{"id": definition["id"], "pick_list_values": values}]
            ).raise_for_errors()


def _values_of(name: str, source: Source, translator: Translator, rows: Sequence[Row]) -> Iterable[str]:
    for row in rows:
        try:
            value = translator.record(row, {name: source}).get(name)
        except RowProblemError:
            continue  # the row itself is reported when it is loaded
        if value is not None:
            yield str(value)


def distinct(rows: Sequence[Row], column: str) -> Sequence[Row]:
    """Keep the first row for each value of a column; all rows without one."""
    if not column:
        return rows
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.cells[column], row)
    return list(first.values())


def refused(row: Row, outcome: Outcome) -> BadRow:
    """Return why the server refused a row."""
    at = outcome.details.get("api_name")
    return BadRow(row.where, f"{outcome.code} {outcome.message}" + (f" ({at})" if at else ""))


@contextmanager
def named_rows(rows: Sequence[Row]) -> Iterator[None]:
    """Report the rows of a call that was refused as a whole.

    Raises:
        UsageProblemError: it was.
    """
    try:
        yield
    except APIError as error:
        of = rows[0].where if len(rows) == 1 else f"{rows[0].where} to {rows[-1].line}"
        raise UsageProblemError(f"{of}: the server refused the call with these rows: {error}") from error
