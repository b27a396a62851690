"""What is shown stays whole, wherever it is shown."""

import io

import pytest
from rich.console import Console

from kaizen.cli.clock import show_carried_out
from kaizen.cli.screen import screen
from kaizen.cli.trace import show_trace
from kaizen.sdk.entity import Entity

pytestmark = pytest.mark.source("assumed: the command line is ours")

ID = "4876876000100000123"
AT = "2026-02-16T09:00:00+00:00"
ONE = {
    "at": AT,
    "kind": "email_notifications",
    "module": "Purchase_Orders",
    "record_id": ID,
    "outcome": "done",
    "rule_name": "Lost Deal due to Pricing - Follow Up",
}
CHANGE = {
    "at": AT,
    "event": "edit",
    "changed": {f"Field_{number}": {"old": None, "new": ID} for number in range(9)},
    "rules": [{"rule": {"name": "Lost Deal"}, "reason": "CRITERIA_FALSE", "explanation": "Amount is 1.0 " * 9}],
}


def test_what_was_carried_out_is_counted_whole_and_cut_nowhere() -> None:
    written = io.StringIO()

    answer = Entity({"carried_out": [ONE] * 1000, "count": 1234})
    show_carried_out(Console(file=written, width=80, force_terminal=True, highlight=False), answer)

    first, *lines = written.getvalue().splitlines()
    assert first == "Actions run: 1,234 (showing the first 1,000)"
    assert set(lines) == {f"  {AT}  Purchase_Orders {ID}  email_notifications  done  {ONE['rule_name']}"}


def test_a_trace_that_nobody_looks_at_has_no_line_breaks_of_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)

    show_trace(screen(), f"Deals {ID}", [CHANGE])

    assert len(capsys.readouterr().out.splitlines()) == 3
