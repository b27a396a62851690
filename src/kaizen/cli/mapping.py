"""Mapping files: how the columns of CSV files become fields of records."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from kaizen.cli.numbers import read_decimal
from kaizen.cli.problems import UsageProblemError, did_you_mean


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field's value comes from. See docs/reference/mapping.md for the meaning of each key."""

    column: str = ""
    format: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    multiply: Decimal | None = None
    part: str = ""  #: first, last
    lookup: str = ""  #: api_name of the module whose record is meant, by its natural key
    later: bool = False  #: in a second pass, when all records of the file exist
    join: str = ""  #: another file ...
    key: str = ""  #: ... found by this column of it ...
    take: str = ""  #: ... giving this one
    choose: tuple[str, ...] = ()
    by: str = ""  #: the column whose hash chooses
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def columns(self) -> frozenset[str]:
        """Columns of the file itself that are read."""
        names = {self.column, self.by, *self.only}
        names |= {part.split("}")[0].split(":")[0] for part in self.format.split("{")[1:]}
        return frozenset(names - {""})


@dataclass(frozen=True, slots=True)
class Load:
    """One file loaded into one module."""

    name: str  #: how messages name this part of the mapping
    file: str
    module: str
    match: str  #: the natural key: an api_name; a row that is there already is updated
    fields: Mapping[str, Source]
    encoding: str = "utf-8-sig"
    distinct: str = ""  #: take one row for each value of this column


@dataclass(frozen=True, slots=True)
class ReplayEvent:
    """What happens to a record on the date in one column."""

    name: str
    at: str
    kind: str  #: create, update
    fields: Mapping[str, Source]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Replay:
    """A dated history."""

    file: str
    module: str
    match: str
    events: tuple[ReplayEvent, ...]
    encoding: str = "utf-8-sig"


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field to create before anything is loaded; one that is there already is kept."""

    module: str
    body: Mapping[str, Any]

    @property
    def label(self) -> str:
        """The field's label, by which it is recognised."""
        return str(self.body["field_label"])


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A whole mapping file."""

    path: str
    name: str
    notes: tuple[str, ...]
    custom_fields: tuple[CustomField, ...]
    loads: tuple[Load, ...]
    replay: Replay | None


def read_mapping(path: Path, constants: Mapping[str, Decimal] | None = None) -> MappingFile:
    """Read and check a mapping file.

    Raises:
        UsageProblemError: it is missing, no TOML, or says something that has no meaning; the text says where.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise UsageProblemError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageProblemError(f"{path.name}: is not valid TOML: {error}") from error
    return _Reader(path.name, data, constants or {}).read()


class _Reader:
    """Reads the parts of one file, knowing its constants and value tables."""

    def __init__(self, file: str, data: Mapping[str, Any], constants: Mapping[str, Decimal]) -> None:
        self._file = file
        self._data = data
        self._given = constants
        self._constants = {**self._table(data.get("constants", {}), "constants"), **constants}
        self._values = self._table(data.get("values", {}), "values")

    def read(self) -> MappingFile:
        known = {"name", "notes", "constants", "values", "custom_fields", "loads", "replay"}
        self._only_known(self._data, known, "the file")
        own = self._data.get("constants", {})
        for name in self._given:
            if name not in own:
                raise UsageProblemError(
                    f'{self._file}: has no constant "{name}" to override with --set; {did_you_mean(name, own)}'
                )
        read = MappingFile(
            path=self._file,
            name=str(self._data.get("name", self._file)),
            notes=tuple(map(str, self._list(self._data.get("notes", []), "notes"))),
            custom_fields=tuple(self._custom_field(i, part) for i, part in self._tables(self._data, "custom_fields")),
            loads=tuple(self._load(i, part) for i, part in self._tables(self._data, "loads")),
            replay=self._replay(self._table(self._data["replay"], "replay")) if "replay" in self._data else None,
        )
        self._check_lookups(read)
        return read

    def _check_lookups(self, read: MappingFile) -> None:
        """Refuse lookups of modules for which no load names the key field."""
        matched = {"Users", *(load.module for load in read.loads), *([read.replay.module] if read.replay else ())}
        places = {f"{load.name}.fields": load.fields for load in read.loads}
        if read.replay:
            places |= {f"replay.{event.name}.fields": event.fields for event in read.replay.events}
        for where, fields in places.items():
            for name, source in fields.items():
                if source.lookup and source.lookup not in matched:
                    raise UsageProblemError(
                        f'{self._file}: {where}.{name}.lookup names "{source.lookup}", but no load says by '
                        f"which field its records are matched; {did_you_mean(source.lookup, matched)}"
                    )

    def _custom_field(self, index: int, part: Mapping[str, Any]) -> CustomField:
        where = f"custom_fields[{index}]"
        for key in ("module", "field_label", "data_type"):
            self._need(part, key, where)
        body = {key: value for key, value in part.items() if key not in ("module", "unique", "lookup_module")}
        if part.get("unique"):
            body["unique"] = {"case_sensitive": False}
        if "lookup_module" in part:
            body["lookup"] = {"module": {"api_name": part["lookup_module"]}}
        return CustomField(part["module"], body)

    def _load(self, index: int, part: Mapping[str, Any]) -> Load:
        where = f"loads[{index}]"
        self._only_known(part, {"file", "module", "match", "fields", "encoding", "distinct"}, where)
        for key in ("file", "module", "match", "fields"):
            self._need(part, key, where)
        self._only_texts(part, ("file", "module", "match", "encoding", "distinct"), where)
        fields = self._fields(part["fields"], where)
        if part["match"] not in fields:
            raise UsageProblemError(
                f'{self._file}: {where}.match is "{part["match"]}", but {where}.fields does not fill that field'
            )
        if fields[part["match"]].later:
            raise UsageProblemError(
                f"{self._file}: {where}.fields.{part['match']} cannot be set `later`, because records "
                "are matched by it; leave `later` out"
            )
        return Load(
            name=f"{where} ({part['file']})",
            file=part["file"],
            module=part["module"],
            match=part["match"],
            fields=fields,
            encoding=part.get("encoding", "utf-8-sig"),
            distinct=part.get("distinct", ""),
        )

    def _replay(self, part: Mapping[str, Any]) -> Replay:
        self._only_known(part, {"file", "module", "match", "events", "encoding"}, "replay")
        for key in ("file", "module", "match", "events"):
            self._need(part, key, "replay")
        self._only_texts(part, ("file", "module", "match", "encoding"), "replay")
        events: list[ReplayEvent] = []
        for index, event in self._tables(part, "events", "replay."):
            where = f"replay.events[{index}]"
            self._only_known(event, {"name", "at", "kind", "only", "fields"}, where)
            for key in ("at", "kind", "fields"):
                self._need(event, key, where)
            self._only_texts(event, ("name", "at"), where)
            name = event.get("name", event["kind"])
            if any(name == other.name for other in events):
                raise UsageProblemError(
                    f'{self._file}: {where} has the same name as another event, "{name}"; give each its own `name`'
                )
            if event["kind"] not in ("create", "update"):
                raise UsageProblemError(f'{self._file}: {where}.kind is "{event["kind"]}"; it must be create or update')
            events.append(
                ReplayEvent(
                    name=name,
                    at=event["at"],
                    kind=event["kind"],
                    fields=self._fields(event["fields"], where),
                    only=self._choices(event.get("only", {}), where),
                )
            )
        creates = [event for event in events if event.kind == "create"]
        if not creates or any(part["match"] not in event.fields for event in creates):
            raise UsageProblemError(f"{self._file}: replay needs an event of kind create that fills {part['match']}")
        return Replay(part["file"], part["module"], part["match"], tuple(events), part.get("encoding", "utf-8-sig"))

    def _fields(self, part: Mapping[str, Any], where: str) -> dict[str, Source]:
        fields = self._table(part, f"{where}.fields")
        return {name: self._source(value, f"{where}.fields.{name}") for name, value in fields.items()}

    def _source(self, value: Any, where: str) -> Source:
        if isinstance(value, str):
            return Source(column=value)
        if not isinstance(value, dict):
            raise UsageProblemError(f"{self._file}: {where} must be the name of a column or a table")
        self._only_known(value, set(Source.__dataclass_fields__), where)
        self._only_texts(value, ("column", "format", "part", "lookup", "join", "key", "take", "by"), where)
        if not any(key in value for key in ("column", "format", "choose")):
            raise UsageProblemError(f"{self._file}: {where} needs `column`, `format` or `choose`")
        if value.get("part", "first") not in ("first", "last"):
            raise UsageProblemError(f'{self._file}: {where}.part is "{value["part"]}"; it must be first or last')
        for key, others in {"join": ("key", "take", "column"), "choose": ("by",)}.items():
            if key in value:
                for other in others:
                    self._need(value, other, where)
        return Source(
            **{
                key: value[key]
                for key in ("column", "format", "part", "lookup", "later", "join", "key", "take", "by")
                if key in value
            },
            values=self._value_table(value.get("values", {}), where),
            multiply=self._constant(value["multiply"], where) if "multiply" in value else None,
            choose=tuple(map(str, self._list(value.get("choose", []), f"{where}.choose"))),
            only=self._choices(value.get("only", {}), where),
        )

    def _value_table(self, named: Any, where: str) -> Mapping[str, str]:
        if isinstance(named, str) and named in self._values:
            named = self._values[named]
        if isinstance(named, dict):
            return {text: str(meant) for text, meant in named.items()}
        raise UsageProblemError(
            f"{self._file}: {where}.values names [values.{named}], which does not exist; "
            f"{did_you_mean(str(named), self._values)}"
        )

    def _constant(self, named: Any, where: str) -> Decimal:
        found = self._constants.get(named) if isinstance(named, str) else named
        if isinstance(found, int | Decimal) and not isinstance(found, bool):
            number = read_decimal(str(found))
            if number is None:
                raise UsageProblemError(f"{self._file}: {where}.multiply is {found}; it must be a number")
            return number
        raise UsageProblemError(
            f'{self._file}: {where}.multiply names the constant "{named}", which does not exist; '
            f"{did_you_mean(str(named), self._constants)}"
        )

    def _choices(self, part: Any, where: str) -> dict[str, tuple[str, ...]]:
        given = self._table(part, f"{where}.only")
        return {
            column: (value,) if isinstance(value, str) else tuple(self._list(value, f"{where}.only.{column}"))
            for column, value in given.items()
        }

    def _tables(self, part: Mapping[str, Any], key: str, where: str = "") -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Read a list of tables, as `[[key]]` writes it."""
        for index, value in enumerate(self._list(part.get(key, []), where + key)):
            yield index, self._table(value, f"{where}{key}[{index}]")

    def _list(self, value: Any, where: str) -> Sequence[Any]:
        if isinstance(value, list):
            return value
        hint = f"; a list of tables is written [[{where}]]" if isinstance(value, dict) else ""
        raise UsageProblemError(f"{self._file}: {where} must be a list{hint}")

    def _table(self, value: Any, where: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        raise UsageProblemError(f"{self._file}: {where} must be a table, not {shown(value)}")

    def _need(self, part: Mapping[str, Any], key: str, where: str) -> None:
        if key not in part:
            raise UsageProblemError(f"{self._file}: {where} needs `{key}`")

    def _only_texts(self, part: Mapping[str, Any], keys: Sequence[str], where: str) -> None:
        for key in keys:
            if not isinstance(part.get(key, ""), str):
                raise UsageProblemError(f"{self._file}: {where}.{key} must be text, not {shown(part[key])}")

    def _only_known(self, part: Mapping[str, Any], known: set[str], where: str) -> None:
        for key in part:
            if key not in known:
                raise UsageProblemError(f'{self._file}: {where} has an unknown key "{key}"; {did_you_mean(key, known)}')


def shown(value: object) -> str:
    """Write a value of the file for a message."""
    return str(value) if isinstance(value, Decimal) else repr(value)
