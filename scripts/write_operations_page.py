"""Write docs/reference/operations.md: which operation of the published API is served.

Usage: python scripts/write_operations_page.py [--check]
"""

import sys
from collections.abc import Iterable
from pathlib import Path

from kaizen.server.accounts_api import SERVED
from kaizen.server.ledger import LedgerRow, ledger_rows
from kaizen.server.routes import crm_routes

TARGET = Path(__file__).parent.parent / "docs/reference/operations.md"

HEAD = """<!-- Written by `python scripts/write_operations_page.py`; do not edit. -->
# Operations

The published description of the API (version 8) has 405 operations.
31 more are known from older versions and from the SDKs.
This server serves {served} of these {total}.
Any other answers 501 with the code `NOT_IMPLEMENTED` and its operation id; it never pretends.
Paths are below `/crm/{{version}}` unless they begin with a slash.

"""


def page(ledger: Iterable[LedgerRow]) -> str:
    """Write the page."""
    known = sorted(ledger, key=lambda s: (s.operation.path.lower(), s.operation.method, s.operation.operation))
    served = [standing for standing in known if standing.route is not None]
    rest = [standing for standing in known if standing.route is None]
    head = HEAD.format(served=len(served), total=len(known))
    return head + table("Served", served) + "\n" + table("Not served", rest)


def table(title: str, rows: Iterable[LedgerRow]) -> str:
    """Write one table."""
    lines = [f"| {o.method} | `{o.path}` | {o.operation} |" for o in (standing.operation for standing in rows)]
    return "\n".join([f"## {title}", "", "| method | path | operation |", "| --- | --- | --- |", *lines, ""])


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is what would be written."""
    text = page(ledger_rows(crm_routes(), SERVED))
    if "--check" in arguments:
        if TARGET.exists() and TARGET.read_text() == text:
            return 0
        print(f"{TARGET}: out of date; run python scripts/write_operations_page.py")
        return 1
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
