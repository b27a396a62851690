"""What the types of the SDK promise; checked by mypy in tests/sdk/test_package.py, never run."""

import datetime as dt
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, assert_type

from kaizen import AsyncClient, AsyncRecord, BatchResult, Client, Config, Entity, F, Page, Record, errors, payloads
from kaizen.sdk.batches import Outcome
from kaizen.sdk.criteria import Comparison, Criteria
from kaizen.sdk.ids import Id
from kaizen.sdk.stores import FileStore, MemoryStore
from kaizen.sdk.token_status import TokenStatus


def configuration() -> None:
    assert_type(Config.load({"client_id": "1000.X"}, file="kaizen.toml", retries=3), Config)
    assert_type(Client(Config(client_id="a", client_secret="b"), store=FileStore("tokens")), Client)
    assert_type(Client.from_config({}), Client)
    assert_type(Client.from_credentials("credentials.json", store=MemoryStore()), Client)


def records(crm: Client) -> None:
    lead = crm.leads.create({"Last_Name": "Lovelace"}, trigger=["workflow"])
    assert_type(lead, Record)
    assert_type(lead.id, Id)
    assert_type(crm.leads.get(lead.id)["Full_Name"], Any)
    assert_type(crm.users.get(crm.users.current().id), Entity)
    assert_type(lead.modified_time, dt.datetime | None)
    assert_type(lead["Email"], Any)
    lead["Email"] = "ada@example.com"
    assert_type(lead.save(if_unmodified_since=lead.modified_time), Record)
    assert_type(crm["Vehicles"].get(42, fields=[F("Plate"), "Colour"]), Record)
    assert_type(crm.leads.iter(fields="Last_Name", modified_since=dt.datetime.now(dt.UTC)), Iterator[Record])
    assert_type(crm.leads.list(page=2, fields=["Last_Name"]), Page[Record])
    assert_type(crm.leads.list()[0], Record)
    assert_type(crm.leads.first(), Record | None)
    assert_type(crm.leads.search(F("City") == "Paris"), Iterator[Record])
    assert_type(crm.coql("select id from Leads where id is not null"), Iterator[Entity])
    result = crm.leads.upsert([{"Email": "a@b.c"}], match=[F("Email")])
    assert_type(result, BatchResult)
    assert_type(result.failed, list[Outcome])
    assert_type(result[0].id, Id | None)
    crm.leads.delete(lead)
    crm.leads.delete_many([lead, 42, "43", {"id": 44}])


def mistakes(crm: Client) -> None:
    crm.leads.create({"Last_Name": "x"}, triggers=["workflow"])  # type: ignore[call-arg]
    crm.leads.iter(page_size=3)  # type: ignore[call-arg]
    crm.leads.get([1])  # type: ignore[arg-type]
    crm.leads.list(page="2")  # type: ignore[arg-type]
    (F("A") == 1) & "B"  # type: ignore[operator]


def the_rest(crm: Client) -> None:
    assert_type(F("Amount") > 5, Comparison)
    criteria: Criteria = (F("Amount") > 5) & (F("Stage").in_("Won", "Lost") | F("Owner").is_empty())
    rule = crm.automation.workflow_rules.create(
        name="Hot",
        module="Leads",
        on="create",
        when=criteria,
        then=[payloads.add_tags("hot")],
        later=[payloads.after(2, "business_days", payloads.task(7))],
    )
    assert_type(rule, Entity)
    assert_type(crm.users.current(), Entity)
    assert_type(crm.settings.fields("Leads"), Sequence[Entity])
    assert_type(crm.auth.is_token_generated("ada@example.com"), bool)
    assert_type(crm.auth.status(), TokenStatus)
    assert_type(crm.as_user("bob@example.com"), Client)
    assert_type(crm.control.clock.advance(business_days=30), Entity)
    try:
        crm.deals.get(42)
    except errors.NotFound as error:
        assert_type(error.code, str | None)
        assert_type(error.details, dict[str, object])


async def asynchronously(crm: AsyncClient) -> None:
    lead = await crm.leads.create({"Last_Name": "Lovelace"})
    assert_type(lead, AsyncRecord)
    assert_type(await lead.save(), AsyncRecord)
    assert_type(crm.leads.iter(), AsyncIterator[AsyncRecord])
    async for found in crm.leads.search(word="Ada"):
        assert_type(found, AsyncRecord)
    assert_type(await crm.leads.create_many([]), BatchResult)
    assert_type(await crm.leads.list(), Page[AsyncRecord])
    async with crm.as_user("bob@example.com") as bob:
        assert_type(bob, AsyncClient)
