"""A small invented sales organisation, as the same four CSV files that the data set of the examples has.

Everything follows from the number of a line by a hash, so that every run and every machine gets the same files
and the expected counts can be computed from them.
"""

import csv
import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

DEALS: Final = 600
FIRST_DAY: Final = dt.date(2017, 1, 2)
DAYS: Final = 180

PRODUCTS: Final = (
    ("Harbour Basic", "Harbour", "60"),
    ("Harbour Plus", "Harbour", "480"),
    ("Harbour Pro", "Harbour", "990"),
    ("Lantern Core", "Lantern", "1850"),
    ("Lantern Pro", "Lantern", "4900"),
    ("Meridian One", "Meridian", "9600"),
)
ACCOUNTS: Final = (
    ("Alder Works", "services", "1994", "412.5", "1830", "Norway", ""),
    ("Birch & Daughters", "retail", "1988", "96.2", "240", "Canada", ""),
    ("Cedar Clinics", "medical", "2003", "731.04", "5120", "United States", ""),
    ("Cedar Clinics East", "medical", "2009", "120.9", "640", "United States", "Cedar Clinics"),
    ("Dogwood Radio", "entertainment", "1979", "54.75", "310", "Ireland", ""),
    ("Elm Street Software", "software", "2011", "88.3", "190", "Germany", ""),
    ("Fir Finance", "finance", "1965", "2050.6", "9870", "Japan", ""),
    ("Ginkgo Telecom", "telecommunications", "1999", "1490.11", "7300", "India", ""),
    ("Hazel Staffing", "employment", "2001", "301.4", "1120", "Brazil", ""),
    ("Ironwood", "technolgy", "1996", "640.84", "2822", "Kenya", "Fir Finance"),
)
TEAMS: Final = (
    ("Ada Quill", "Rosalind Hart", "North"),
    ("Ben Osei", "Rosalind Hart", "North"),
    ("Chitra Nair", "Rosalind Hart", "North"),
    ("Dov Lindqvist", "Tomas Ferro", "South"),
    ("Efua Mensah", "Tomas Ferro", "South"),
    ("Farid Aziz", "Tomas Ferro", "South"),
)


def write_sample_data(folder: Path) -> Path:
    """Write the four files into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "products.csv", ("product", "series", "sales_price"), PRODUCTS)
    _write(
        folder / "accounts.csv",
        ("account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"),
        ACCOUNTS,
    )
    _write(folder / "sales_teams.csv", ("sales_agent", "manager", "regional_office"), TEAMS)
    _write(
        folder / "sales_pipeline.csv",
        (
            "opportunity_id",
            "sales_agent",
            "product",
            "account",
            "deal_stage",
            "engage_date",
            "close_date",
            "close_value",
        ),
        (_deal(number) for number in range(DEALS)),
    )
    return folder


def _deal(number: int) -> tuple[str, ...]:
    product, _, price = PRODUCTS[_draw(number, "product", len(PRODUCTS))]
    agent = TEAMS[_draw(number, "agent", len(TEAMS))][0]
    account = "" if _draw(number, "known", 6) == 0 else ACCOUNTS[_draw(number, "account", len(ACCOUNTS))][0]
    stage = ("Prospecting", "Engaging", "Won", "Won", "Lost", "Lost", "Lost")[_draw(number, "stage", 7)]
    engaged = FIRST_DAY + dt.timedelta(days=_draw(number, "engaged", DAYS))
    closed = engaged + dt.timedelta(days=5 + _draw(number, "closed", 60))
    value = str(round(int(price) * (90 + _draw(number, "value", 21)) / 100)) if stage == "Won" else "0"
    return (
        f"S{number:04d}{_draw(number, 'suffix', 4096):03X}",
        agent,
        product,
        account,
        stage,
        "" if stage == "Prospecting" else engaged.isoformat(),
        closed.isoformat() if stage in ("Won", "Lost") else "",
        value if stage in ("Won", "Lost") else "",
    )


def _draw(number: int, what: str, below: int) -> int:
    digest = hashlib.sha256(f"{what} {number}".encode()).digest()
    return int.from_bytes(digest[:4]) % below


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)
