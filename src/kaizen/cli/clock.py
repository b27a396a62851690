"""`kaizen clock`: show, set or advance the server's clock."""

from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from kaizen.cli.connection import CredentialsOption, connected
from kaizen.cli.problems import UsageProblemError
from kaizen.cli.screen import screen
from kaizen.sdk.entity import Entity


def clock(
    *,
    set_: Annotated[
        str | None, Parameter(name="--set", help="Set the clock to this time: 2017-03-01T09:00:00Z.")
    ] = None,
    minutes: int = 0,
    hours: int = 0,
    days: int = 0,
    weeks: int = 0,
    months: int = 0,
    business_days: int = 0,
    business_hours: int = 0,
    credentials: CredentialsOption = None,
) -> None:
    """Show the server's clock, set it, or advance it; scheduled actions that become due are run and shown.

    Parameters
    ----------
    minutes
        Minutes to advance by.
    hours
        Hours to advance by.
    days
        Days to advance by.
    weeks
        Weeks to advance by.
    months
        Months to advance by.
    business_days
        Business days to advance by, of the organisation's business hours and holidays.
    business_hours
        Business hours to advance by.
    """
    units = {
        "minutes": minutes,
        "hours": hours,
        "days": days,
        "weeks": weeks,
        "months": months,
        "business_days": business_days,
        "business_hours": business_hours,
    }
    by = {unit: number for unit, number in units.items() if number}
    if set_ and by:
        raise UsageProblemError("give either --set or an amount of time to advance by, not both")
    for unit, number in by.items():
        if number < 0:
            raise UsageProblemError(f"--{unit.replace('_', '-')} {number}: the clock cannot go back")
    console = screen()
    with connected(credentials) as crm:
        if set_:
            answer = crm.control.clock.set(set_)
        elif by:
            answer = crm.control.clock.advance(**by)
        else:
            answer = crm.control.clock.get()
    console.print(f"{answer['now']} ({answer['mode']})")
    show_carried_out(console, answer)


def show_carried_out(console: Console, answer: Entity) -> None:
    """Show the actions that were run while the clock advanced."""
    done = answer.get("carried_out")
    if not done:
        return
    some = f" (showing the first {len(done):,})" if answer["count"] > len(done) else ""
    console.print(f"Actions run: {answer['count']:,}{some}")
    rows = [
        (
            str(one["at"]),
            f"{one['module']} {one['record_id']}",
            str(one["kind"]),
            str(one["outcome"]),
            str(one.get("rule_name") or one["rule_id"]),
        )
        for one in done
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        # No table: a terminal that is too narrow would cut the ids, which `kaizen trace` wants whole.
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        console.print(f"  {line.rstrip()}", markup=False, soft_wrap=True)
