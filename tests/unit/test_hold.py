"""The run with many leads asks what it says, and says what does not hold."""

from pathlib import Path

import pytest
from bench.hold import Row, add_unique, ask, last_token, report
from bench.hold_shapes import INDEXED, SCANS, WRITES, Leads, Scan, Shape, marked, page_by_token
from bench.others import fill
from bench.reads import Caller

from kaizen.server.app import build
from kaizen.server.settings import Settings

pytestmark = pytest.mark.source("assumed: what an index serves grows no faster than the logarithm")


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_every_kind_of_request_finds_what_it_should(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    at = str(tmp_path / "kaizen.db") if database == "sqlite" else request.getfixturevalue("postgres_url")
    server = build(Settings(database=at))
    try:
        with Caller(server) as caller:
            add_unique(caller)
            leads = Leads(400, fill(server.store, 400, make=marked))
            leads.deep_token = last_token(caller, leads.count)
            for shape in (*INDEXED, *SCANS, *WRITES):
                ask(caller, shape, leads)
    finally:
        server.close()


def served(took: dict[int, float], goal: float = 0.0) -> Row:
    return Row(Shape("list", lambda _: page_by_token(), lambda _: 0, goal), took)


def read(took: dict[int, float], budget: float) -> Row:
    return Row(Scan("count", lambda _: page_by_token(), lambda _: 0, budget=budget), took)


def test_what_grows_with_the_number_of_leads_is_not_served_by_an_index() -> None:
    assert served({1_000: 1.0, 1_000_000: 3.0}).missed == []
    assert served({1_000: 1.0, 1_000_000: 4.0}).missed == [1_000_000]


def test_a_goal_is_one_at_every_number_of_leads() -> None:
    assert served({1_000: 12.0, 1_000_000: 9.0}, goal=10).missed == [1_000]


def test_what_reads_every_lead_has_a_budget_for_each() -> None:
    assert read({1_000: 90.0, 1_000_000: 1_000.0}, budget=1.0).missed == []
    assert read({1_000: 90.0, 1_000_000: 1_200.0}, budget=1.0).missed == [1_000_000]


def test_the_report_names_what_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    missed = report("sqlite", [served({1_000: 1.0, 4_000: 9.0}), read({1_000: 1.0, 4_000: 1.0}, budget=1.0)])

    assert missed == ["sqlite: list at 4,000"]
    assert "TOO SLOW" in capsys.readouterr().out
