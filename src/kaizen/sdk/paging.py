"""Where the next page is, from what the service answered about the last one, without any I/O."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

PER_PAGE: Final = 200
#: Record lists answer by page number up to here, and by page token from here on (reference: platform B.7).
BY_NUMBER: Final = 2000


@dataclass(frozen=True, slots=True)
class PagePlan:
    """The next page to request: by number, or by token once the numbers end."""

    params: Mapping[str, str] = field(default_factory=dict)
    per_page: int = PER_PAGE
    page: int = 1
    token: str | None = None

    def query(self) -> dict[str, str]:
        """Write the parameters of the call."""
        place = {"page_token": self.token} if self.token else {"page": str(self.page)}
        return {**self.params, **place, "per_page": str(self.per_page)}

    def after(self, info: Mapping[str, Any]) -> PagePlan | None:
        """Return the page after the one that came with this `info`; None if that was the last."""
        if not info.get("more_records"):
            return None
        token = info.get("next_page_token")
        if token and (self.token or (self.page + 1) * self.per_page > BY_NUMBER):
            return replace(self, token=str(token))
        return replace(self, page=self.page + 1, token=None)


@dataclass(frozen=True, slots=True)
class CoqlPlan:
    """The next rows of a query to request; a limit in the query is the total."""

    head: str  #: the query without its limit and offset
    per_call: int
    offset: int = 0
    remaining: int | None = None  #: None: as many as there are

    @classmethod
    def of(cls, query: str, per_call: int) -> CoqlPlan:
        """Take the limit and offset off a query."""
        text = query.strip().rstrip(";").rstrip()
        found = _LIMIT.search(_blank_quoted(text))
        if found is None:
            return cls(text, per_call)
        group = found.groupdict()
        if group["pair_limit"] is not None:
            # LIMIT m, n: skip m rows, give n
            offset, limit = int(group["pair_offset"]), int(group["pair_limit"])
        else:
            offset = int(group["offset"] or group["only_offset"] or 0)
            limit = int(group["limit"]) if group["limit"] is not None else None  # type: ignore[assignment]
        return cls(text[: found.start()].rstrip(), per_call, offset, limit)

    def query(self) -> str:
        """Write the query of the call."""
        limit = self.per_call if self.remaining is None else min(self.per_call, self.remaining)
        return f"{self.head} LIMIT {limit} OFFSET {self.offset}"

    def after(self, received: int, info: Mapping[str, Any]) -> CoqlPlan | None:
        """Return the rows after those that came; None if there are no more, or the limit is reached."""
        left = None if self.remaining is None else self.remaining - received
        if not info.get("more_records") or received == 0 or left == 0:
            return None
        return replace(self, offset=self.offset + received, remaining=left)


_LIMIT = re.compile(
    r"\s(?:limit\s+(?P<pair_offset>\d+)\s*,\s*(?P<pair_limit>\d+)"
    r"|limit\s+(?P<limit>\d+)(?:\s+offset\s+(?P<offset>\d+))?"
    r"|offset\s+(?P<only_offset>\d+))\s*$",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\"\"|\\.)*\"")


def _blank_quoted(text: str) -> str:
    # Same length, so that places in the one are places in the other.
    return _QUOTED.sub(lambda found: "'" + "x" * (len(found[0]) - 2) + "'", text)


def coql_rows_per_call(version: float) -> int:
    """Return how many rows a query can request in one call (reference: platform D.1)."""
    return 2000 if version >= 4 else 200
