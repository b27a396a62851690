"""Whether a mapping fits the files and the modules: what does not fit is refused before anything is written."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from kaizen.cli.mapping import CustomField, Load, Replay, Source
from kaizen.cli.problems import UsageProblemError, did_you_mean
from kaizen.cli.tables import Table


@dataclass(frozen=True)
class ModuleFields:
    """The fields of one module as the server has them, and how a mapping names them.

    A mapping names a field by its API name. The API name of a new field is the server's to give, so a field that
    the mapping creates is also found by its label, or by a name that differs from the label in punctuation only.
    """

    module: str
    types: Mapping[str, str]  #: data types by API name
    labels: Mapping[str, str]  #: API names by label, in lower case
    custom: tuple[CustomField, ...] = ()  #: those that the mapping creates

    @classmethod
    def of(cls, module: str, fields: Iterable[Mapping[str, Any]], custom: Iterable[CustomField]) -> Self:
        """Take over what the server answers about the fields of a module."""
        types, labels = {}, {}
        for field in fields:
            types[str(field["api_name"])] = str(field["data_type"])
            labels[str(field["field_label"]).casefold()] = str(field["api_name"])
        return cls(module, types, labels, tuple(one for one in custom if one.module == module))

    @property
    def missing(self) -> tuple[CustomField, ...]:
        """The fields that the mapping creates and the server does not have yet."""
        return tuple(one for one in self.custom if one.label.casefold() not in self.labels)

    @property
    def names(self) -> frozenset[str]:
        """Everything a mapping may call a field of this module."""
        return frozenset([*self.types, *(one.label for one in self.custom)])

    def created(self, name: str) -> CustomField | None:
        """Return the field that the mapping creates and calls so."""
        for one in self.custom:
            if name in (one.label, one.body.get("api_name")):
                return one
        alike = [one for one in self.custom if _letters(one.label) and _letters(one.label) == _letters(name)]
        return alike[0] if len(alike) == 1 else None

    def api_name(self, name: str) -> str | None:
        """Return the API name of a field as the server gave it; None when the server has no such field."""
        if name in self.types and not any(one.label == name for one in self.custom):
            return name
        created = self.created(name)
        return self.labels.get(created.label.casefold()) if created else None

    def ambiguous(self, name: str) -> CustomField | None:
        """Return the new field that a name could mean as well as the field that has this API name."""
        created = self.created(name) if name in self.types else None
        if created is None or created.label == name or self.labels.get(created.label.casefold()) == name:
            return None
        return created


def check_load(load: Load, tables: Mapping[str, Table], known: ModuleFields, where: str) -> None:
    """Refuse a load that names a column its files do not have, or a field that its module will not have.

    Raises:
        UsageProblemError: it names one; the text says which, where, and what there is.
    """
    table = tables[load.file]
    check_columns(load.fields, table, tables, where)
    if load.distinct:
        _known_column(load.distinct, table, f"{where}.distinct")
    check_fields(load.fields, known, where)


def check_replay(replay: Replay, known: ModuleFields, where: str) -> None:
    """Refuse a replay that names a field its module does not have.

    Raises:
        UsageProblemError: as above.
    """
    for event in replay.events:
        check_fields(event.fields, known, f"{where}.{event.name}")
        for name in event.fields:
            if known.api_name(name) is None:
                raise UsageProblemError(
                    f'{where}.{event.name}.fields fills "{name}", which {replay.module} does not have yet; '
                    "run `kaizen import` with this mapping first: it creates the field"
                )


def with_api_names(load: Load, known: ModuleFields, where: str) -> Load:
    """Call the fields of a load by the API names that the server gave them.

    Raises:
        UsageProblemError: the server does not have one of them, or two names mean the same field.
    """
    match = known.api_name(load.match)
    return replace(load, match=match or load.match, fields=fields_by_api_name(load.fields, known, where))


def replay_with_api_names(replay: Replay, known: ModuleFields, where: str) -> Replay:
    """Call the fields of a replay by the API names that the server gave them.

    Raises:
        UsageProblemError: as above.
    """
    events = tuple(
        replace(event, fields=fields_by_api_name(event.fields, known, f"{where}.{event.name}"))
        for event in replay.events
    )
    return replace(replay, match=known.api_name(replay.match) or replay.match, events=events)


def fields_by_api_name(fields: Mapping[str, Source], known: ModuleFields, where: str) -> dict[str, Source]:
    """Call fields by the API names that the server gave them.

    Raises:
        UsageProblemError: as above.
    """
    named: dict[str, Source] = {}
    for name, source in fields.items():
        api_name = known.api_name(name)
        if api_name is None:
            raise UsageProblemError(f'{where}.fields fills "{name}", but the server created no such field')
        if api_name in named:
            raise UsageProblemError(f'{where}.fields fills "{api_name}" twice, the second time as "{name}"')
        named[api_name] = source
    return named


def check_replay_columns(replay: Replay, tables: Mapping[str, Table], where: str) -> None:
    """Refuse a replay that names a column its files do not have.

    Raises:
        UsageProblemError: as above.
    """
    table = tables[replay.file]
    for event in replay.events:
        place = f"{where}.{event.name}"
        check_columns(event.fields, table, tables, place)
        _known_column(event.at, table, f"{place}.at")
        for column in event.only:
            _known_column(column, table, f"{place}.only")


def check_columns(fields: Mapping[str, Source], table: Table, joins: Mapping[str, Table], where: str) -> None:
    """Refuse sources that name columns the files do not have.

    Raises:
        UsageProblemError: as above.
    """
    for name, source in fields.items():
        for column in sorted(source.columns):
            _known_column(column, table, f"{where}.fields.{name}")
        if source.join:
            _known_column(source.key, joins[source.join], f"{where}.fields.{name}")
            _known_column(source.take, joins[source.join], f"{where}.fields.{name}")


def check_fields(fields: Collection[str], known: ModuleFields, where: str) -> None:
    """Refuse names of fields that a module neither has nor gets: the service drops their values without a word.

    Raises:
        UsageProblemError: as above, or a name could mean either of two fields.
    """
    for name in fields:
        if name not in known.types and known.created(name) is None:
            raise UsageProblemError(
                f'{where}.fields fills "{name}", which is not a field of {known.module}; '
                f"{did_you_mean(name, known.names)}"
            )
        other = known.ambiguous(name)
        if other and other.label not in fields:
            raise UsageProblemError(
                f'{where}.fields fills "{name}", which is a field of {known.module} already, but could also mean '
                f'the new field "{other.label}"; write the label to fill the new one'
            )


def _known_column(column: str, table: Table, where: str) -> None:
    if column not in table.columns:
        raise UsageProblemError(
            f'{where} names the column "{column}", which {table.file} does not have; '
            f"{did_you_mean(column, table.columns)}"
        )


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
