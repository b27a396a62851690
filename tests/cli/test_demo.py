"""`kaizen demo`: the whole story, and its counts against a computation of their own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kaizen.cli.main import run
from kaizen.cli.sample_data import write_sample_data
from tests.cli.expected_counts import Expected, expected


@dataclass(frozen=True)
class Shown:
    """What one run of the demo said."""

    text: str
    counts: dict[str, Any]
    expected: Expected

    def rule(self, name: str) -> dict[str, Any]:
        """Find the account of one rule."""
        return next(rule for rule in self.counts["rules"] if rule["name"].startswith(name))

    def carried_out(self, name: str) -> dict[tuple[str, str], int]:
        """Count what the actions of one rule did, by type and delay."""
        return {(action["type"], action["when"]): action["done"] for action in self.rule(name)["actions"]}


def run_demo(folder: Path, data: Path, *more: str) -> Shown:
    """Run the demo once, in a process of its own."""
    command = [sys.executable, "-m", "kaizen.cli.main", "demo", "--once", "--port", "0"]
    command += ["--data", str(data), "--json", str(folder / "counts.json"), *more]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return Shown(ran.stdout, json.loads((folder / "counts.json").read_text(encoding="utf-8")), expected(data))


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("demo")
    shown = run_demo(folder, write_sample_data(folder / "data"), "--svg", str(folder / "demo.svg"))
    picture = (folder / "demo.svg").read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert "url(" not in picture.replace("url(#", ""), "the picture loads something from elsewhere"
    return shown


@pytest.mark.source("reference: Kaizen 215's rules on generated deals, counted from the CSV files alone")
def test_the_counts_are_those_of_the_files(shown: Shown) -> None:
    counted = shown.expected
    assert counted.vp_alert_fired > 10, "the sample data must make the rule fire"
    assert counted.lost_on_price > 5, "the sample data must make the rule fire"

    assert shown.rule("VP Alert")["fired"] == counted.vp_alert_fired
    assert shown.carried_out("VP Alert") == {
        ("email_notifications", "at once"): counted.vp_alert_fired,
        ("tasks", "at once"): counted.vp_alert_fired,
        ("add_tags", "at once"): counted.vp_alert_fired,
    }
    assert shown.rule("Lost Deal")["fired"] == counted.lost_on_price
    assert shown.carried_out("Lost Deal") == {
        ("tasks", "at once"): counted.lost_on_price,
        ("add_tags", "at once"): counted.lost_on_price,
        ("email_notifications", "at once"): counted.lost_on_price,
        ("tasks", "after 30 business_days"): counted.feedback_due,
    }


@pytest.mark.source("reference: automation G.3 to G.5, counted from the CSV files alone")
def test_the_reasons_add_up(shown: Shown) -> None:
    counted = shown.expected
    lost_deal = shown.rule("Lost Deal")["reasons"]

    assert lost_deal["FIRED"] + lost_deal["CRITERIA_FALSE"] == counted.closed
    assert lost_deal["OTHER_EVENT"] == counted.deals
    for rule in shown.counts["rules"]:
        assert sum(rule["reasons"].values()) == rule["considered"]


@pytest.mark.source("reference: automation G.7 and G.9")
def test_the_queue_is_emptied_by_turning_the_clock(shown: Shown) -> None:
    assert shown.counts["queue"] == {
        "before": shown.expected.waiting_at_the_end,
        "carried_out": shown.expected.waiting_at_the_end,
        "after": 0,
    }


@pytest.mark.source("assumed: what a person wants to see")
@pytest.mark.parametrize(
    "said",
    [
        "one is chosen by a hash of opportunity_id",
        "Lost Deal due to Pricing",
        "Queue:",
        "The trace of one deal:",
        "FIRED",
        "CRITERIA_FALSE",
        "Negotiation/Review → Closed Lost",
    ],
)
def test_the_report_tells_the_story(shown: Shown, said: str) -> None:
    text = " ".join(shown.text.split())

    assert said in text


@pytest.mark.source("assumed: which database keeps the records changes nothing")
def test_postgresql_tells_the_same_story(shown: Shown, postgres_url: str, tmp_path: Path) -> None:
    again = run_demo(tmp_path, write_sample_data(tmp_path / "data"), "--database", postgres_url)

    assert [counts_of(rule) for rule in again.counts["rules"]] == [counts_of(rule) for rule in shown.counts["rules"]]
    assert again.counts["queue"] == shown.counts["queue"]


@pytest.mark.source("assumed: a demo begins anew")
def test_a_database_that_holds_something_is_left_alone(
    organisation_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = tmp_path / "kaizen.db"
    database.write_bytes(organisation_file.read_bytes())

    status = run(["demo", "--once", "--port", "0", "--database", str(database)])

    assert status == 2
    assert f"{database}: already holds an organisation" in capsys.readouterr().err


@pytest.mark.source("assumed: what cannot be written is told before the work")
@pytest.mark.parametrize("option", ["--svg", "--json"])
def test_a_report_that_cannot_be_written_is_told_first(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = run(["demo", "--once", "--port", "0", option, str(tmp_path / "nowhere" / "x")])

    said = capsys.readouterr()
    assert status == 2
    assert "cannot be written (there is no folder" in said.err
    assert said.out == ""


def counts_of(rule: dict[str, Any]) -> tuple[object, ...]:
    """What must not depend on the database: everything but the ids."""
    actions = [(action["type"], action["when"], action["done"], action["failed"]) for action in rule["actions"]]
    return rule["name"], rule["considered"], rule["fired"], rule["reasons"], actions
