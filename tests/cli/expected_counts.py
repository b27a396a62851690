"""What the demo must count, computed from the CSV files alone: no line of Kaizen's own code takes part."""

import csv
import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RUPEES = 65
REASONS = [
    "Expectation Mismatch",
    "Price",
    "Unqualified Customer",
    "Lack of response",
    "Missed Follow Ups",
    "Wrong Target",
    "Competition",
    "Future Interest",
    "Other",
]


@dataclass(frozen=True)
class Expected:
    """The counts of the two rules of the article."""

    deals: int
    closed: int
    lost: int
    vp_alert_fired: int  #: created in negotiation with more than 300,000
    lost_on_price: int  #: became Closed Lost with at least 30,000, and the reason is the price
    feedback_due: int  #: of those: their reminder fell due before the last day plus 30 business days
    waiting_at_the_end: int  #: of those: due after the last day of the history


def rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def expected(folder: Path) -> Expected:
    """Count."""
    prices = {row["product"]: int(row["sales_price"]) * RUPEES for row in rows(folder, "products.csv")}
    pipeline = list(rows(folder, "sales_pipeline.csv"))
    last_day = max(dt.date.fromisoformat(row["close_date"]) for row in pipeline if row["close_date"])
    vp = lost_on_price = due = waiting = 0
    for row in pipeline:
        amount = prices[row["product"].replace("GTXPro", "GTX Pro")]
        if row["deal_stage"] != "Prospecting" and amount > 300_000:
            vp += 1
        if row["deal_stage"] == "Lost" and amount >= 30_000 and reason(row["opportunity_id"]) == "Price":
            lost_on_price += 1
            falls_due = business_days_later(dt.date.fromisoformat(row["close_date"]), 30)
            due += falls_due <= business_days_later(last_day, 30)
            waiting += falls_due > last_day
    return Expected(
        deals=len(pipeline),
        closed=sum(row["deal_stage"] in ("Won", "Lost") for row in pipeline),
        lost=sum(row["deal_stage"] == "Lost" for row in pipeline),
        vp_alert_fired=vp,
        lost_on_price=lost_on_price,
        feedback_due=due,
        waiting_at_the_end=waiting,
    )


def reason(opportunity_id: str) -> str:
    digest = hashlib.sha256(opportunity_id.encode()).hexdigest()
    return REASONS[int(digest[:8], 16) % len(REASONS)]


def business_days_later(day: dt.date, count: int) -> dt.date:
    while count:
        day += dt.timedelta(days=1)
        count -= day.weekday() < 5
    return day
