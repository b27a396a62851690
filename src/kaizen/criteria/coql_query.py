"""What a COQL query says once every name is looked up, and what it may ask for (reference: platform D.1)."""

from dataclasses import dataclass
from typing import Final

from kaizen.criteria.field_paths import Reference
from kaizen.criteria.tree import Criteria, Path
from kaizen.model.catalog import Module
from kaizen.model.values import Id

DEFAULT_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class CoqlLimits:
    """What a query may ask for; older versions have lower limits than these (reference: platform D.1)."""

    rows: int = 2_000
    reach: int | None = 100_000  #: offset and limit together
    columns: int = 500
    values: int = 100  #: of one `in`
    joins: int = 5  #: lookups followed in conditions, groups and order
    joins_selected: int = 15
    order: int | None = 10
    groups: int = 4
    aggregates: int = 5
    subqueries: int = 5  #: of one query, whatever they lie in; each may give as many values as one `in` may have


@dataclass(frozen=True)
class CoqlColumn:
    """One column of the result."""

    reference: Reference
    aggregate: str  #: empty, or one of coql_syntax.AGGREGATES
    key: str  #: under which the result shows it: its alias, or as it was written

    @property
    def path(self) -> Path:
        """The field the column shows, or aggregates."""
        return self.reference.path


@dataclass(frozen=True)
class CoqlQuery:
    """A query that can be carried out."""

    module: Module
    columns: tuple[CoqlColumn, ...]
    where: Criteria
    group_by: tuple[Reference, ...] = ()
    order: tuple[tuple[CoqlColumn, bool], ...] = ()  #: with whether it is descending
    limit: int = DEFAULT_LIMIT
    offset: int = 0
    custom_view_id: Id | None = None  #: its criteria hold too

    @property
    def is_grouped(self) -> bool:
        """Whether rows stand for groups of records; such rows have no id."""
        return bool(self.group_by) or any(column.aggregate for column in self.columns)
