"""Whether a mapping fits the files and the modules: what does not is refused before anything is written."""

import re
from collections.abc import Collection, Iterable, Mapping

from kaizen.cli.mapping import CustomField, Load, Replay, Source
from kaizen.cli.problems import UsageProblemError, did_you_mean
from kaizen.cli.tables import Table


def check_load(load: Load, tables: Mapping[str, Table], names: Collection[str], where: str) -> None:
    """Refuse a load that names a column its files do not have, or a field its module does not have.

    Raises:
        UsageProblemError: it names one; the text says which, where, and what there is.
    """
    table = tables[load.file]
    check_columns(load.fields, table, tables, where)
    if load.distinct:
        _known_column(load.distinct, table, f"{where}.distinct")
    check_fields(load.fields, load.module, names, where)


def check_replay(replay: Replay, names: Collection[str], planned: Collection[str], where: str) -> None:
    """Refuse a replay that names a field its module does not have; `planned` are those that an import would create.

    Raises:
        UsageProblemError: as above.
    """
    for event in replay.events:
        for name in event.fields:
            if name in planned and name not in names:
                raise UsageProblemError(
                    f'{where}.{event.name}.fields fills "{name}", which {replay.module} does not have yet; '
                    "run `kaizen import` with this mapping first: it creates the field"
                )
        check_fields(event.fields, replay.module, names, f"{where}.{event.name}")


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


def check_fields(fields: Iterable[str], module: str, names: Collection[str], where: str) -> None:
    """Refuse fields that a module does not have: the service drops their values without a word.

    Raises:
        UsageProblemError: as above.
    """
    for name in fields:
        if name not in names:
            raise UsageProblemError(
                f'{where}.fields fills "{name}", which is no field of {module}; {did_you_mean(name, names)}'
            )


def planned_names(module: str, wanted: Iterable[CustomField]) -> set[str]:
    """Return the API names that the custom fields of a mapping will have once they are created."""
    return {
        str(one.body.get("api_name") or re.sub(r"[^A-Za-z0-9]", "_", one.label))
        for one in wanted
        if one.module == module
    }


def _known_column(column: str, table: Table, where: str) -> None:
    if column not in table.columns:
        raise UsageProblemError(
            f'{where} names the column "{column}", which {table.file} does not have; '
            f"{did_you_mean(column, table.columns)}"
        )
