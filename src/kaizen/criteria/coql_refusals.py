"""How a COQL query is refused, and names that come twice in it (reference: platform D.1)."""

from collections.abc import Iterable

from kaizen.criteria.coql_syntax import ColumnText, Predicate
from kaizen.criteria.field_paths import Reference
from kaizen.criteria.tree import Path
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code


def check_aliases(columns: tuple[ColumnText, ...]) -> None:
    """Refuse columns that come twice, and names that would mean two columns."""
    seen: set[tuple[str, str]] = set()
    plain = {column.text for column in columns if column.alias is None}
    aliased: dict[str, list[str]] = {}
    for column in columns:
        if (column.aggregate, column.path) in seen:
            details: dict[str, Json] = {"column_name": column.path}
            if column.aggregate:
                raise duplicate_column("duplicate aggregate function", {**details, "aggregate": column.aggregate})
            raise duplicate_column("duplicate select column", details)
        seen.add((column.aggregate, column.path))
        if column.alias is None:
            continue
        if column.alias in plain:
            message = (
                "column name or property name given in select columns without alias name "
                "cannot be an alias name for other select columns"
            )
            raise invalid_query({"column_name": column.text, "alias": column.alias}, message)
        aliased.setdefault(column.alias, []).append(column.text)
    for alias, referred in aliased.items():
        if len(referred) > 1:
            names: list[Json] = [*referred]
            raise RequestRefusedError(Problem(Code.DUPLICATE_ALIAS, {"referred_columns": names, "alias": alias}))


def check_unique(references: Iterable[Reference], message: str) -> None:
    """Refuse a column that comes twice in one clause."""
    seen: set[Path] = set()
    for reference in references:
        if reference.path in seen:
            raise duplicate_column(message, {"column_name": ".".join(reference.path)})
        seen.add(reference.path)


def wrong_operator(said: Predicate) -> RequestRefusedError:
    """Refuse an operator that the type of the column does not know."""
    return invalid_query({"reason": "invalid operator found", "column_name": said.path, "operator": said.operator})


def wrong_value(said: Predicate) -> RequestRefusedError:
    """Refuse a value that the column cannot be compared with."""
    return invalid_query({"reason": "invalid value found", "column_name": said.path, "operator": said.operator})


def unsupported_column(path: str, clause: str) -> RequestRefusedError:
    """Refuse a column that is not there, or that the clause cannot use."""
    details: dict[str, Json] = {"column_name": path}
    return invalid_query({**details, "clause": clause} if clause else details, "unsupported column")


def invalid_query(details: dict[str, Json], message: str = "") -> RequestRefusedError:
    """Refuse what is written in a way that has no meaning."""
    return RequestRefusedError(Problem(Code.INVALID_QUERY, details, message))


def duplicate_column(message: str, details: dict[str, Json]) -> RequestRefusedError:
    """Refuse what comes twice."""
    return RequestRefusedError(Problem(Code.DUPLICATE_DATA, details, message))


def limit_exceeded(limit: int) -> RequestRefusedError:
    """Refuse more than a query may ask for."""
    return RequestRefusedError(Problem(Code.LIMIT_EXCEEDED, {"limit": limit}))
