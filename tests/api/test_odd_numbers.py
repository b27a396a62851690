"""Numbers in the query that no page can have, on every list that is served."""

import pytest

from kaizen.server.routes import crm_routes
from tests.support.server import Crm

LISTS = sorted({route.pattern for route in crm_routes() if route.method == "GET" and "{" not in route.pattern})
MODULE_LISTS = ["Leads", "Leads/deleted", "Leads/search", "Tasks"]
ODD = [
    "9" * 15,
    "9" * 17,
    "100000000000000000",
    "9223372036854775807",
    "9" * 30,
    "-1",
    "0",
    "1e3",
    "\N{ARABIC-INDIC DIGIT ONE}",
    "0x10",
    "",
]


@pytest.mark.source("reference: platform B.7, I.3")
@pytest.mark.parametrize("number", ODD)
def test_odd_numbers_are_refused_or_lead_beyond_the_end_on_every_list(crm: Crm, number: str) -> None:
    for version in ("v2", "v8"):
        for path in [*LISTS, *MODULE_LISTS]:
            for name in ("page", "per_page"):
                query = {name: number, "fields": "Last_Name", "module": "Leads", "word": "abc"}
                reply = crm.get(path, query, version=version)

                assert reply.status < 500 or reply.status == 501, (version, path, name, reply.status, reply.json)
