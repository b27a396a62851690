"""The report of the demo: what the rules considered and did, the queue, and one deal's trace in full."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from kaizen.cli.seed_rules import SeedRules
from kaizen.cli.trace import show_trace
from kaizen.sdk.client import Client
from kaizen.sdk.entity import Entity


def two_rules(
    crm: Client, rules: SeedRules, before: Sequence[Entity], after: Sequence[Entity], *, carried_out: int
) -> dict[str, Any]:
    """Gather the report: the counts of the rules, the queue before and after, and the trace of one deal that fired."""
    wanted = (rules.vp_alert, rules.lost_deal)
    now = [rule.to_dict() for rule in after if str(rule["id"]) in wanted]
    example = _example(crm)
    return {
        "rules": now,
        "queue": {
            "before": sum(_pending(rule) for rule in before),
            "after": sum(_pending(rule) for rule in after),
            "carried_out": carried_out,
        },
        "example": example,
        "trace": [change.to_dict() for change in crm.control.trace("Deals", example)] if example else [],
    }


def show_report(console: Console, report: Mapping[str, Any]) -> None:
    """Show the report."""
    _show_rules(console, report["rules"])
    _show_actions(console, report["rules"])
    queue = report["queue"]
    console.print(
        f"Queue: {queue['before']:,} scheduled actions before the clock was advanced, "
        f"{queue['carried_out']:,} run meanwhile, {queue['after']:,} left."
    )
    if report["trace"]:
        console.print("\nThe trace of one deal:")
        show_trace(console, f"Deals {report['example']}", report["trace"])


def _show_rules(console: Console, rules: Sequence[Mapping[str, Any]]) -> None:
    table = Table(title="Rules", box=SIMPLE_HEAD, title_justify="left")
    table.add_column("rule", overflow="fold")
    table.add_column("considered", justify="right")
    table.add_column("fired", justify="right")
    table.add_column("why not")
    for rule in rules:
        reasons = Counter({reason: count for reason, count in rule["reasons"].items() if reason != "FIRED"})
        why_not = "\n".join(f"{count:>7,} {reason}" for reason, count in reasons.most_common()) or "-"
        table.add_row(rule["name"], f"{rule['considered']:,}", f"{rule['fired']:,}", why_not)
    console.print(table)


def _show_actions(console: Console, rules: Sequence[Mapping[str, Any]]) -> None:
    table = Table(title="Actions", box=SIMPLE_HEAD, title_justify="left")
    # The name of the longest kind of action stays whole on a narrow terminal, too.
    table.add_column("action", min_width=len("  email_notifications:"), overflow="fold")
    table.add_column("when")
    for count in ("run", "failed", "waiting"):
        table.add_column(count, justify="right")
    for rule in rules:
        table.add_row(f"[bold]{rule['name']}[/bold]")
        for action in rule["actions"]:
            counts = (f"{action[count]:,}" for count in ("done", "failed", "waiting"))
            table.add_row(f"  {action['type']}: {action['name']}", action["when"], *counts)
    console.print(table)


def _pending(rule: Mapping[str, Any]) -> int:
    return sum(int(action["waiting"]) for action in rule["actions"])


def _example(crm: Client) -> str | None:
    """Choose a deal lost on price: the most telling trace."""
    query = (
        "select id from Deals where ((Stage = 'Closed Lost' and Reason_For_Loss__s = 'Price') "
        "and Amount >= 300001) order by id asc limit 1"
    )
    for row in crm.coql(query):
        return str(row["id"])
    return None
