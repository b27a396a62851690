"""A database that an earlier version wrote is opened by this one, reads the same, and is written to.

`tests/upgrades` holds such databases, one folder a version; `scripts/generate_upgrade.py` writes them.
"""

import json
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from tests.support.server import Crm, settings_for
from tests.support.services import postgres_database

FOLDER: Final = Path(__file__).parents[1] / "upgrades"
KEPT: Final = sorted(f"{path.parent.name} {path.name.partition('.')[0]}" for path in FOLDER.glob("*/*.answers.json.xz"))

#: What later versions answer otherwise on purpose: the last keys of the path of a value, and why.
CHANGED: Final[Mapping[tuple[str, ...], str]] = {
    ("SUM(Amount)",): "sums are exact",
    ("explanation",): "it is a sentence for people, and worded anew",
    ("org", "0", "currency_locale"): "it is shown, as in the service's example",
}


@dataclass
class Upgraded:
    """A server of this version on a database of an earlier one, and what that one said."""

    crm: Crm
    told: dict[str, Any]

    def ask(self, question: Mapping[str, Any]) -> Any:
        """Ask what the earlier version was asked; None for an empty answer."""
        path = question["path"]
        address = path if path.startswith("/") else f"/crm/v8/{path}"
        reply = self.crm.ask(question["method"], address, question["body"], question["params"])
        assert reply.status < 400, (question, reply.content)
        return exact(reply.content) if reply.content else None


def exact(content: bytes) -> Any:
    """Decode JSON without giving numbers to binary floats."""
    return json.loads(content, parse_float=Decimal)


def opened(name: str) -> bytes:
    """Return what is kept under a name."""
    return lzma.decompress((FOLDER / f"{name}.xz").read_bytes())


@pytest.fixture(params=KEPT)
def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Upgraded]:
    """Open each database that is kept."""
    version, database = request.param.split()
    told = exact(opened(f"{version}/{database}.answers.json"))
    if database == "sqlite":
        file = tmp_path / "kept.db"
        file.write_bytes(opened(f"{version}/sqlite.db"))
        yield from served(str(file), told)
        return
    with postgres_database() as url:
        with psycopg.connect(url) as connection:
            connection.execute(opened(f"{version}/postgresql.sql"))
        yield from served(url, told)


def served(database: str, told: dict[str, Any]) -> Iterator[Upgraded]:
    """Serve a database until the test ends."""
    crm = Crm(settings_for(database, seed="later"))
    try:
        yield Upgraded(crm, told)
    finally:
        crm.close()


def differences(before: Any, now: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Say where something that was answered before is missing now or is something else; more may be there."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key, value in before.items():
            if key not in now:
                yield f"{'.'.join((*path, key))} is gone"
            elif not any((*path, key)[-len(ending) :] == ending for ending in CHANGED):
                yield from differences(value, now[key], (*path, key))
    elif isinstance(before, list) and isinstance(now, list):
        if len(before) != len(now):
            yield f"{'.'.join(path)}: {len(before)} entries were there, {len(now)} are"
        for index, (old, new) in enumerate(zip(before, now, strict=False)):
            yield from differences(old, new, (*path, str(index)))
    elif before != now:
        yield f"{'.'.join(path)}: was {before!r}, is {now!r}"


@pytest.mark.source("assumed: whoever installs a newer version finds everything as it was")
def test_everything_reads_as_it_did(upgraded: Upgraded) -> None:
    found = [
        f"{question['path']} {question['params'] or question['body'] or ''}: {difference}"
        for question in upgraded.told["answers"]
        for difference in differences(question["answer"], upgraded.ask(question))
    ]

    assert found == []


@pytest.mark.source("assumed: whoever installs a newer version goes on working")
def test_rules_queue_and_tokens_go_on(upgraded: Upgraded) -> None:
    crm, told = upgraded.crm, upgraded.told
    follow_up = told["rules"][0]
    before = len(crm.control("GET", "outbox").json["outbox"])

    # What waited in the queue is carried out.
    assert {each["kind"] for each in crm.advance(business_days=30)["carried_out"]} == {"tasks", "email_notifications"}
    assert crm.control("GET", "queue").json["queue"] == []
    assert len(crm.control("GET", "outbox").json["outbox"]) == before + 1

    # A rule from before acts on a new record, on an old one, and not again where it acted before the upgrade.
    deal = {"Deal_Name": "Later", "Stage": "Qualification", "Closing_Date": "2026-03-01"}
    made = crm.post("Deals", {"data": [deal]}).details()["id"]
    acted_on, *_, other = told["records"]["Deals"]
    assert crm.put(f"Deals/{acted_on}", {"data": [{"Stage": "Qualification"}]}).status == 200
    lost = {"data": [{"Stage": "Closed Lost", "Amount": 40000, "Lead_Source": "Cold Call"}]}
    for record, reason in ((made, "FIRED"), (other, "FIRED"), (acted_on, "REPEAT_CONSUMED")):
        assert crm.put(f"Deals/{record}", lost).status == 200
        assert reason_of(crm, record, follow_up) == reason
        assert tag_names(crm, record) == ["Lost due to Pricing"]

    # The tokens of before are good, and so is the client's secret.
    given = told["credentials"]
    assert crm.get("org", token=given["access_token"]).status == 200
    keys = ("client_id", "client_secret", "refresh_token")
    asked = {"grant_type": "refresh_token", **{key: given[key] for key in keys}}
    assert "access_token" in crm.ask("POST", "/oauth/v2/token", None, asked, token="").json


@pytest.mark.source("assumed: what a new organisation is told of its roles, profiles and notes, an old one is told too")
def test_first_metadata_is_completed(upgraded: Upgraded) -> None:
    crm = upgraded.crm
    described = [
        each["description"]
        for kind in ("roles", "profiles")
        for each in crm.get(f"settings/{kind}").json[kind]
        if each["name"] in ("CEO", "Manager", "Administrator", "Standard")
    ]
    (content,) = (
        each
        for each in crm.get("settings/fields", {"module": "Notes"}).json["fields"]
        if each["api_name"] == "Note_Content"
    )

    assert len(described) == 4
    assert None not in described
    assert content["length"] == 65_535


@pytest.mark.source("assumed: an upgrade happens once, and a restart changes nothing")
def test_what_was_upgraded_is_opened_again(upgraded: Upgraded) -> None:
    lead = {"Last_Name": "Later", "Company": "C", "Annual_Revenue": 2, "Weight": 0.5}
    made = upgraded.crm.post("Leads", {"data": [lead]}).details()["id"]

    upgraded.crm.server.close()

    again = Crm(upgraded.crm.server.settings)
    try:
        found = again.get(f"Leads/{made}").json["data"][0]
        # The rule on new leads had its say.
        assert (found["Annual_Revenue"], found["Budget"], found["Weight"]) == (2, 1200.51, 0.1)
        assert again.get("Leads", {"fields": "id"}).json["info"]["count"] == len(upgraded.told["records"]["Leads"]) + 1
    finally:
        again.close()


def tag_names(crm: Crm, deal: str) -> list[str]:
    """Return the tags of a deal."""
    return [tag["name"] for tag in crm.get(f"Deals/{deal}").json["data"][0]["Tag"]]


def reason_of(crm: Crm, deal: str, rule: str) -> str:
    """Return what a rule made of the last change of a deal that was asked for."""
    trace = crm.control("GET", f"records/Deals/{deal}/trace").json["trace"]
    last = next(change for change in trace if change["source"] == "crm_api")
    found: str = next(each["reason"] for each in last["rules"] if each["rule"]["id"] == rule)
    return found
