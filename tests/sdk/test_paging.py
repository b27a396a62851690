"""Where the next page is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizen.sdk.paging import CoqlPlan, PagePlan, coql_rows_per_call


@dataclass(frozen=True)
class Service:
    """A list as the service pages through it: by number up to 2,000 records, by token beyond (platform B.7)."""

    size: int
    tokens: bool

    def page(self, query: dict[str, str]) -> tuple[range, dict[str, Any]]:
        per_page = int(query["per_page"])
        assert not ("page" in query and "page_token" in query), "the service refuses both at once"
        if "page_token" in query:
            assert self.tokens
            start = int(query["page_token"])
        else:
            start = (int(query["page"]) - 1) * per_page
            assert not self.tokens or start + per_page <= 2000, "DISCRETE_PAGINATION_LIMIT_EXCEEDED"
        rows = range(start, min(self.size, start + per_page))
        more = rows.stop < self.size
        token = str(rows.stop) if more and self.tokens else None
        return rows, {"more_records": more, "next_page_token": token, "per_page": per_page}


def read(service: Service, plan: PagePlan) -> Iterator[int]:
    following: PagePlan | None = plan
    while following is not None:
        rows, info = service.page(following.query())
        yield from rows
        following = following.after(info)


@pytest.mark.source("reference: platform B.7")
@given(size=st.integers(0, 5000), per_page=st.integers(7, 200), tokens=st.booleans())
def test_every_record_comes_once_and_in_order(size: int, per_page: int, tokens: bool) -> None:
    assert list(read(Service(size, tokens), PagePlan(per_page=per_page))) == list(range(size))


@pytest.mark.source("reference: platform B.7")
def test_the_other_parameters_go_with_every_page() -> None:
    plan = PagePlan({"fields": "Last_Name"}, page=10).after({"more_records": True, "next_page_token": "t"})

    assert plan is not None
    assert plan.query() == {"fields": "Last_Name", "page_token": "t", "per_page": "200"}


@pytest.mark.source("reference: platform B.7")
@pytest.mark.parametrize("info", [{}, {"more_records": False}, {"more_records": None}])
def test_a_list_without_more_records_ends(info: dict[str, Any]) -> None:
    assert PagePlan().after(info) is None


@dataclass(frozen=True)
class Query:
    written: str
    sent: str
    wanted: int | None = None


QUERIES = [
    Query("select id from Leads where id is not null", "select id from Leads where id is not null LIMIT 2000 OFFSET 0"),
    Query("select id from Leads where a = 1 limit 10", "select id from Leads where a = 1 LIMIT 10 OFFSET 0", 10),
    Query("select id from Leads where a = 1 LIMIT 5000", "select id from Leads where a = 1 LIMIT 2000 OFFSET 0", 5000),
    Query("select id from L where a = 1 limit 5, 10", "select id from L where a = 1 LIMIT 10 OFFSET 5", 10),
    Query("select id from L where a = 1 limit 10 offset 5", "select id from L where a = 1 LIMIT 10 OFFSET 5", 10),
    Query("select id from L where a = 1 offset 5", "select id from L where a = 1 LIMIT 2000 OFFSET 5"),
    Query("select id from L where a = 1 limit 10 ; ", "select id from L where a = 1 LIMIT 10 OFFSET 0", 10),
    Query("select id from L where a = ' limit 10'", "select id from L where a = ' limit 10' LIMIT 2000 OFFSET 0"),
    Query('select id from L where a = " limit 3"', 'select id from L where a = " limit 3" LIMIT 2000 OFFSET 0'),
    Query(
        "select id from L where a = 'it''s limit 3' limit 4",
        "select id from L where a = 'it''s limit 3' LIMIT 4 OFFSET 0",
        4,
    ),
    Query(
        "select id from L where a in (select id from M where b = 1 limit 3)",
        "select id from L where a in (select id from M where b = 1 limit 3) LIMIT 2000 OFFSET 0",
    ),
    Query("select id from L where a = 1 limit 0", "select id from L where a = 1 LIMIT 0 OFFSET 0", 0),
]


@pytest.mark.source("reference: platform D.1")
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.written)
def test_the_limit_of_a_query_is_its_total(query: Query) -> None:
    plan = CoqlPlan.of(query.written, 2000)

    assert plan.query() == query.sent
    assert plan.remaining == query.wanted


@pytest.mark.source("reference: platform D.1")
@given(
    size=st.integers(0, 900),
    per_call=st.integers(1, 200),
    limit=st.one_of(st.none(), st.integers(1, 1000)),
    offset=st.integers(0, 300),
)
def test_every_row_of_a_query_comes_once(size: int, per_call: int, limit: int | None, offset: int) -> None:
    clause = f" limit {limit} offset {offset}" if limit is not None else f" offset {offset}"
    plan: CoqlPlan | None = CoqlPlan.of(f"select id from Leads where id is not null{clause}", per_call)
    rows: list[int] = []
    while plan is not None:
        words = plan.query().split()
        count, start = int(words[-3]), int(words[-1])
        assert count <= per_call
        page = range(size)[start : start + count]
        rows.extend(page)
        plan = plan.after(len(page), {"more_records": start + count < size})

    wanted = range(size)[offset : None if limit is None else offset + limit]
    assert rows == list(wanted)


@pytest.mark.source("reference: platform D.1, limits by version")
@pytest.mark.parametrize(("version", "rows"), [(2.0, 200), (2.1, 200), (3.0, 200), (4.0, 2000), (8.0, 2000)])
def test_rows_per_call(version: float, rows: int) -> None:
    assert coql_rows_per_call(version) == rows
