"""Every operation of the client: the request it makes, and what it makes of the answer."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest

from kaizen import AsyncClient, Client, Config, F, payloads
from tests.sdk.conftest import async_client
from tests.support.scripted_server import Reply, ScriptedServer

OK = {"code": "SUCCESS", "details": {"id": "7"}, "message": "done", "status": "success"}
LEAD = {"id": "1", "Last_Name": "Lovelace"}
RULES = "/crm/v8/settings/automation/workflow_rules"
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def done(envelope: str, count: int = 1) -> Reply:
    return Reply(200, {envelope: [OK] * count})


def found(envelope: str, *items: Mapping[str, Any]) -> Reply:
    return Reply(200, {envelope: list(items), "info": {"more_records": False}})


@dataclass(frozen=True)
class Case:
    name: str
    act: Callable[[Client], object]
    call: str  #: method and path
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    reply: Reply = field(default_factory=lambda: done("data"))
    gives: object = None  #: the result, as JSON; None: not looked at
    headers: Mapping[str, str] = field(default_factory=dict)
    version: str = "v8"


PAGED = {"page": "1", "per_page": "200"}
RECORDS = [
    Case(
        "create",
        lambda crm: crm.leads.create({"Last_Name": "Lovelace"}, trigger=["workflow"]),
        "POST /crm/v8/Leads",
        body={"data": [{"Last_Name": "Lovelace"}], "trigger": ["workflow"]},
        gives={"Last_Name": "Lovelace", "id": "7"},
    ),
    Case(
        "create, every option",
        lambda crm: crm.leads.create(
            {"Last_Name": "L", "Owner": {"id": "5"}, "Since": MOMENT},
            trigger=(),
            process=["review_process"],
            lar_id=9,
            apply_feature_execution=["layout_rules"],
            skip_feature_execution=["cadences"],
        ),
        "POST /crm/v8/Leads",
        body={
            "data": [{"Last_Name": "L", "Owner": {"id": "5"}, "Since": "2026-01-02T03:04:05+00:00"}],
            "trigger": [],
            "process": ["review_process"],
            "lar_id": "9",
            "apply_feature_execution": [{"name": "layout_rules"}],
            "skip_feature_execution": [{"name": "cadences"}],
        },
    ),
    Case(
        "insert",
        lambda crm: crm["Vehicles"].insert([{"Name": "a"}, {"Name": "b"}]).ids,
        "POST /crm/v8/Vehicles",
        body={"data": [{"Name": "a"}, {"Name": "b"}]},
        reply=done("data", 2),
        gives=["7", "7"],
    ),
    Case("get", lambda crm: crm.deals.get(1), "GET /crm/v8/Deals/1", reply=found("data", LEAD), gives=LEAD),
    Case(
        "get some fields, if changed",
        lambda crm: crm.deals.get("1", fields=[F("Amount"), "Stage"], modified_since=MOMENT),
        "GET /crm/v8/Deals/1",
        {"fields": "Amount,Stage"},
        reply=found("data", LEAD),
        headers={"if-modified-since": "2026-01-02T03:04:05+00:00"},
    ),
    Case(
        "list",
        lambda crm: list(crm.leads.list(fields="Last_Name,Email", sort_by="id", page=2, per_page=5, converted="both")),
        "GET /crm/v8/Leads",
        {"fields": "Last_Name,Email", "sort_by": "id", "page": "2", "per_page": "5", "converted": "both"},
        reply=found("data", LEAD),
        gives=[LEAD],
    ),
    Case(
        "iterate",
        lambda crm: list(crm.leads.iter(fields=["Last_Name"], ids=[1, "2"])),
        "GET /crm/v8/Leads",
        {**PAGED, "fields": "Last_Name", "ids": "1,2", "sort_by": "id", "sort_order": "asc"},
        reply=found("data", LEAD),
        gives=[LEAD],
    ),
    Case(
        "iterate over a view, which has an order of its own",
        lambda crm: list(crm.leads.iter(cvid=3)),
        "GET /crm/v8/Leads",
        {**PAGED, "cvid": "3"},
        reply=Reply(204),
        gives=[],
    ),
    Case(
        "first",
        lambda crm: crm.leads.first(fields=["Last_Name"]),
        "GET /crm/v8/Leads",
        {"page": "1", "per_page": "1", "fields": "Last_Name"},
        reply=found("data", LEAD),
        gives=LEAD,
    ),
    Case(
        "update",
        lambda crm: crm.leads.update(7, {"Last_Name": "Byron"}, if_unmodified_since=MOMENT, trigger=["workflow"]),
        "PUT /crm/v8/Leads/7",
        body={"data": [{"Last_Name": "Byron"}], "trigger": ["workflow"]},
        gives={"Last_Name": "Byron", "id": "7"},
        headers={"if-unmodified-since": "2026-01-02T03:04:05+00:00"},
    ),
    Case(
        "update many",
        lambda crm: crm.leads.update_many([{"id": 7, "Last_Name": "Byron"}]).ids,
        "PUT /crm/v8/Leads",
        body={"data": [{"id": 7, "Last_Name": "Byron"}]},
        gives=["7"],
    ),
    Case(
        "upsert one",
        lambda crm: crm.leads.upsert({"Email": "a@b.c"}, match=F("Email")).ids,
        "POST /crm/v8/Leads/upsert",
        body={"data": [{"Email": "a@b.c"}], "duplicate_check_fields": ["Email"]},
        gives=["7"],
    ),
    Case(
        "upsert by the service's own fields",
        lambda crm: crm.leads.upsert([{"Email": "a@b.c"}]).ids,
        "POST /crm/v8/Leads/upsert",
        body={"data": [{"Email": "a@b.c"}]},
    ),
    Case("delete", lambda crm: crm.leads.delete(7), "DELETE /crm/v8/Leads/7"),
    Case(
        "delete without waking rules",
        lambda crm: crm.leads.delete_many([7, {"id": "8"}], wf_trigger=False).ids,
        "DELETE /crm/v8/Leads",
        {"ids": "7,8", "wf_trigger": "false"},
        reply=done("data", 2),
    ),
    Case(
        "search by criteria",
        lambda crm: list(crm.leads.search((F("Company") == "A (B)") & (F("Amount") > 5), fields=["Email"])),
        "GET /crm/v8/Leads/search",
        {**PAGED, "criteria": r"((Company:equals:A \(B\))and(Amount:greater_than:5))", "fields": "Email"},
        reply=found("data", LEAD),
        gives=[LEAD],
    ),
    Case(
        "search by criteria as text",
        lambda crm: list(crm.leads.search("(City:equals:Paris)")),
        "GET /crm/v8/Leads/search",
        {**PAGED, "criteria": "(City:equals:Paris)"},
        reply=Reply(204),
        gives=[],
    ),
    *(
        Case(
            f"search by {what}",
            lambda crm, what=what: list(crm.leads.search(**{what: "a+b@c.de"})),  # type: ignore[misc]  # a loop variable
            "GET /crm/v8/Leads/search",
            {**PAGED, what: "a+b@c.de"},
            reply=Reply(204),
        )
        for what in ("email", "phone", "word")
    ),
    Case(
        "coql",
        lambda crm: list(crm.coql("select Last_Name from Leads where id is not null limit 3")),
        "POST /crm/v8/coql",
        body={"select_query": "select Last_Name from Leads where id is not null LIMIT 3 OFFSET 0"},
        reply=found("data", LEAD),
        gives=[LEAD],
    ),
    Case(
        "coql in an old version",
        lambda crm: list(crm.coql("select Last_Name from Leads where id is not null")),
        "POST /crm/v2/coql",
        body={"select_query": "select Last_Name from Leads where id is not null LIMIT 200 OFFSET 0"},
        reply=Reply(204),
        version="v2",
    ),
    Case(
        "add tags",
        lambda crm: crm.leads.add_tags([1, 2], ["a", "b"], over_write=True).ids,
        "POST /crm/v8/Leads/actions/add_tags",
        body={"tags": [{"name": "a"}, {"name": "b"}], "ids": ["1", "2"], "over_write": True},
        reply=done("data", 2),
    ),
    Case(
        "remove tags in the oldest version",
        lambda crm: crm.leads.remove_tags([1], "a").ids,
        "POST /crm/v2/Leads/actions/remove_tags",
        {"ids": "1", "tag_names": "a"},
        version="v2",
    ),
]

SETTINGS = [
    Case(
        "the current user",
        lambda crm: crm.users.current()["email"],
        "GET /crm/v8/users",
        {"type": "CurrentUser"},
        reply=found("users", {"id": "5", "email": "ada@example.com"}),
        gives="ada@example.com",
    ),
    Case(
        "users by type",
        lambda crm: [user.id for user in crm.users.iter(type="ActiveUsers")],
        "GET /crm/v8/users",
        {**PAGED, "type": "ActiveUsers"},
        reply=found("users", {"id": "5"}),
        gives=["5"],
    ),
    Case(
        "a user",
        lambda crm: crm.users.get(5),
        "GET /crm/v8/users/5",
        reply=found("users", {"id": "5"}),
        gives={"id": "5"},
    ),
    Case(
        "invite users",
        lambda crm: crm.users.create_many([{"last_name": "B", "email": "b@c.d"}]).ids,
        "POST /crm/v8/users",
        body={"users": [{"last_name": "B", "email": "b@c.d"}]},
        reply=done("users"),
        gives=["7"],
    ),
    Case(
        "change a user",
        lambda crm: crm.users.update(7, {"last_name": "C"}),
        "PUT /crm/v8/users/7",
        body={"users": [{"last_name": "C"}]},
        reply=done("users"),
        gives={"last_name": "C", "id": "7"},
    ),
    Case("delete a user", lambda crm: crm.users.delete(7), "DELETE /crm/v8/users/7", reply=done("users")),
    Case(
        "the organisation",
        lambda crm: crm.org.get().company_name,
        "GET /crm/v8/org",
        reply=Reply(200, {"org": [{"id": "1", "company_name": "Zylker"}]}),
        gives="Zylker",
    ),
    Case(
        "modules",
        lambda crm: [module.api_name for module in crm.settings.modules(status="visible")],
        "GET /crm/v8/settings/modules",
        {"status": "visible"},
        reply=Reply(200, {"modules": [{"api_name": "Leads"}]}),
        gives=["Leads"],
    ),
    Case(
        "a module",
        lambda crm: crm.settings.module("Leads").api_name,
        "GET /crm/v8/settings/modules/Leads",
        reply=Reply(200, {"modules": [{"api_name": "Leads"}]}),
        gives="Leads",
    ),
    Case(
        "fields",
        lambda crm: list(crm.settings.fields("Leads", type="all")),
        "GET /crm/v8/settings/fields",
        {"module": "Leads", "type": "all"},
        reply=Reply(200, {"fields": [{"id": "1"}]}),
        gives=[{"id": "1"}],
    ),
    Case(
        "a field",
        lambda crm: crm.settings.field("Leads", 1),
        "GET /crm/v8/settings/fields/1",
        {"module": "Leads"},
        reply=Reply(200, {"fields": [{"id": "1"}]}),
        gives={"id": "1"},
    ),
    Case(
        "make fields, which came with version 6",
        lambda crm: crm.settings.create_fields("Leads", [{"field_label": "X", "data_type": "text"}]).ids,
        "POST /crm/v6/settings/fields",
        {"module": "Leads"},
        {"fields": [{"field_label": "X", "data_type": "text"}]},
        done("fields"),
        version="v2.1",
    ),
    Case(
        "change fields",
        lambda crm: crm.settings.update_fields("Leads", [{"id": "1", "field_label": "Y"}]).ids,
        "PATCH /crm/v8/settings/fields",
        {"module": "Leads"},
        {"fields": [{"id": "1", "field_label": "Y"}]},
        done("fields"),
    ),
    Case(
        "layouts",
        lambda crm: list(crm.settings.layouts("Leads")),
        "GET /crm/v8/settings/layouts",
        {"module": "Leads"},
        reply=Reply(204),
        gives=[],
    ),
    Case(
        "a layout",
        lambda crm: crm.settings.layout("Leads", 3),
        "GET /crm/v8/settings/layouts/3",
        {"module": "Leads"},
        reply=Reply(200, {"layouts": [{"id": "3"}]}),
    ),
    Case(
        "profiles",
        lambda crm: list(crm.settings.profiles()),
        "GET /crm/v8/settings/profiles",
        reply=Reply(204),
        gives=[],
    ),
    Case("roles", lambda crm: list(crm.settings.roles()), "GET /crm/v8/settings/roles", reply=Reply(204), gives=[]),
    Case(
        "tags of a module",
        lambda crm: [tag.name for tag in crm.settings.tags.iter("Deals")],
        "GET /crm/v8/settings/tags",
        {**PAGED, "module": "Deals"},
        reply=found("tags", {"id": "1", "name": "Priority"}),
        gives=["Priority"],
    ),
    Case(
        "make tags",
        lambda crm: crm.settings.tags.create("Deals", "a", {"name": "b", "color_code": "#63C57E"}).ids,
        "POST /crm/v8/settings/tags",
        {"module": "Deals"},
        {"tags": [{"name": "a"}, {"name": "b", "color_code": "#63C57E"}]},
        done("tags", 2),
    ),
    Case(
        "rename a tag",
        lambda crm: crm.settings.tags.update("Deals", 7, name="c"),
        "PUT /crm/v8/settings/tags/7",
        {"module": "Deals"},
        {"tags": [{"name": "c"}]},
        done("tags"),
    ),
    Case(
        "delete a tag, whose outcome is an object",
        lambda crm: crm.settings.tags.delete(7),
        "DELETE /crm/v8/settings/tags/7",
        reply=Reply(200, {"tags": OK}),
    ),
    Case(
        "where a tag is used",
        lambda crm: crm.settings.tags.records_count("Leads", 7)["count"],
        "GET /crm/v8/settings/tags/7/actions/records_count",
        {"module": "Leads"},
        reply=Reply(200, {"count": "3"}),
        gives="3",
    ),
]

AUTOMATION = [
    Case(
        "make a rule from keywords",
        lambda crm: (
            crm.automation.workflow_rules.create(
                name="Hot", module="Leads", on="create", when=F("Rating") == "Hot", then=[payloads.add_tags("hot")]
            ).id
        ),
        f"POST {RULES}",
        body={
            "workflow_rules": [
                {
                    "name": "Hot",
                    "module": {"api_name": "Leads"},
                    "execute_when": {"type": "create", "details": {}},
                    "conditions": [
                        {
                            "sequence_number": 1,
                            "criteria_details": {
                                "criteria": {"comparator": "equal", "field": {"api_name": "Rating"}, "value": "Hot"}
                            },
                            "instant_actions": {
                                "actions": [
                                    {"type": "add_tags", "details": {"tags": [{"name": "hot"}], "over_write": False}}
                                ]
                            },
                        }
                    ],
                }
            ]
        },
        reply=done("workflow_rules"),
        gives="7",
    ),
    Case(
        "make a rule from a whole body, whatever the version",
        lambda crm: crm.automation.workflow_rules.create({"workflow_rules": [{"name": "x"}]})["name"],
        f"POST {RULES}",
        body={"workflow_rules": [{"name": "x"}]},
        reply=done("workflow_rules"),
        gives="x",
        version="v2",
    ),
    Case(
        "read a rule",
        lambda crm: crm.automation.workflow_rules.get(7).execute_when.type,
        f"GET {RULES}/7",
        reply=found("workflow_rules", {"id": "7", "execute_when": {"type": "edit"}}),
        gives="edit",
    ),
    Case(
        "rules of a module",
        lambda crm: [rule.id for rule in crm.automation.workflow_rules.iter(module="Deals", status_active=True)],
        f"GET {RULES}",
        {**PAGED, "module": "Deals", "status_active": "true"},
        reply=found("workflow_rules", {"id": "7"}),
        gives=["7"],
    ),
    Case(
        "change a rule",
        lambda crm: crm.automation.workflow_rules.update(7, {"name": "y"}),
        f"PUT {RULES}/7",
        body={"workflow_rules": [{"name": "y"}]},
        reply=done("workflow_rules"),
        gives={"name": "y", "id": "7"},
    ),
    Case(
        "change a rule, its id in the body",
        lambda crm: crm.automation.workflow_rules.update(None, {"id": "7", "name": "y"}),
        f"PUT {RULES}",
        body={"workflow_rules": [{"id": "7", "name": "y"}]},
        reply=done("workflow_rules"),
    ),
    Case(
        "switch a rule off",
        lambda crm: crm.automation.workflow_rules.deactivate(7, delete_schedule_action=True),
        f"PUT {RULES}/7",
        body={"workflow_rules": [{"status": {"active": False, "delete_schedule_action": True}}]},
        reply=done("workflow_rules"),
    ),
    Case(
        "switch a rule on",
        lambda crm: crm.automation.workflow_rules.activate(7),
        f"PUT {RULES}/7",
        body={"workflow_rules": [{"status": {"active": True}}]},
        reply=done("workflow_rules"),
    ),
    Case(
        "delete a rule",
        lambda crm: crm.automation.workflow_rules.delete(7),
        f"DELETE {RULES}/7",
        reply=done("workflow_rules"),
    ),
    Case(
        "delete rules",
        lambda crm: crm.automation.workflow_rules.delete_many([7, 8]).ids,
        f"DELETE {RULES}",
        {"ids": "7,8"},
        reply=done("workflow_rules", 2),
    ),
    Case(
        "usage of a rule",
        lambda crm: crm.automation.workflow_rules.usage(7, dt.date(2026, 1, 1), "2026-01-31").trigger_count,
        f"GET {RULES}/7/actions/usage",
        {"executed_from": "2026-01-01", "executed_till": "2026-01-31"},
        reply=found("workflow_rules", {"id": "7", "trigger_count": 12}),
        gives=12,
    ),
    Case(
        "make a field update",
        lambda crm: crm.automation.field_updates.create(name="F", module="Deals", field="Stage", value=None).id,
        "POST /crm/v8/settings/automation/field_updates",
        body={
            "field_updates": [
                {
                    "name": "F",
                    "module": {"api_name": "Deals"},
                    "feature_type": "workflow",
                    "field": {"api_name": "Stage"},
                    "type": "static",
                    "value": None,
                }
            ]
        },
        reply=done("field_updates"),
    ),
    Case(
        "make a task",
        lambda crm: crm.automation.tasks.create({"name": "T"}).id,
        "POST /crm/v8/settings/automation/tasks",
        body={"tasks": [{"name": "T"}]},
        reply=done("tasks"),
    ),
    Case(
        "change an e-mail notification",
        lambda crm: crm.automation.email_notifications.update(7, name="N"),
        "PUT /crm/v8/settings/automation/email_notifications/7",
        body={"email_notifications": [{"name": "N"}]},
        reply=done("email_notifications"),
    ),
    Case(
        "delete a task",
        lambda crm: crm.automation.tasks.delete(7),
        "DELETE /crm/v8/settings/automation/tasks/7",
        reply=done("tasks"),
    ),
    Case(
        "what a module can do",
        lambda crm: crm.automation.configurations("Deals").triggers[0]["api_name"],
        "GET /crm/v8/workflow_configurations",
        {"module": "Deals"},
        reply=Reply(200, {"workflow_configurations": {"triggers": [{"api_name": "edit"}]}}),
        gives="edit",
    ),
]

CONTROL = [
    Case(
        "read the clock",
        lambda crm: crm.control.clock.get().now,
        "GET /kaizen/v1/clock",
        reply=Reply(200, {"now": "2017-01-02T09:00:00Z"}),
        gives="2017-01-02T09:00:00Z",
    ),
    Case(
        "set the clock",
        lambda crm: crm.control.clock.set(MOMENT),
        "POST /kaizen/v1/clock",
        body={"set": "2026-01-02T03:04:05+00:00"},
        reply=Reply(200, {"now": "x"}),
    ),
    Case(
        "turn the clock on",
        lambda crm: crm.control.clock.advance(business_days=30).carried_out,
        "POST /kaizen/v1/clock",
        body={"advance": {"business_days": 30}},
        reply=Reply(200, {"now": "x", "carried_out": []}),
        gives=[],
    ),
    Case(
        "the outbox",
        lambda crm: [mail.subject for mail in crm.control.outbox.iter()],
        "GET /kaizen/v1/outbox",
        PAGED,
        reply=found("outbox", {"id": "1", "subject": "Lost"}),
        gives=["Lost"],
    ),
    Case(
        "the queue",
        lambda crm: list(crm.control.queue.list(state="all")),
        "GET /kaizen/v1/queue",
        {**PAGED, "state": "all"},
        reply=found("queue", {"id": "1"}),
        gives=[{"id": "1"}],
    ),
    Case(
        "why a rule did not act",
        lambda crm: list(crm.control.trace("Deals", 7)),
        "GET /kaizen/v1/records/Deals/7/trace",
        PAGED,
        reply=found("trace", {"event": "edit", "rules": []}),
        gives=[{"event": "edit", "rules": []}],
    ),
    Case(
        "confirm a user",
        lambda crm: crm.control.confirm_user(7),
        "POST /kaizen/v1/users/7/confirm",
        reply=done("users"),
    ),
]


@pytest.mark.source("reference: platform C to F, automation A to E; /kaizen/v1 is ours")
@pytest.mark.parametrize("case", [*RECORDS, *SETTINGS, *AUTOMATION, *CONTROL], ids=lambda case: case.name)
def test_operation(case: Case, server: ScriptedServer, config: Config) -> None:
    method, path = case.call.split()
    server.on(method, path, case.reply)

    with Client(config.with_options(api_version=case.version)) as crm:
        result = case.act(crm)

    [call] = server.calls
    assert (call.method, call.path, dict(call.query)) == (method, path, case.query)
    assert (call.json if call.body else None) == case.body
    assert call.headers["authorization"] == "Zoho-oauthtoken 1000.first"
    assert {name: call.headers.get(name) for name in case.headers} == case.headers
    if case.gives is not None:
        assert json.loads(json.dumps(result, default=dict)) == case.gives


async def _records(crm: AsyncClient) -> list[object]:
    record = await crm.leads.create({"Last_Name": "Lovelace"})
    record["Last_Name"] = "Byron"
    await record.save()
    await record.add_tags("a")
    return [
        dict(record),
        [dict(found) async for found in crm.leads.iter(fields=["Last_Name"])],
        [dict(found) async for found in crm.leads.search(word="Love")],
        [dict(row) async for row in crm.coql("select id from Leads where id is not null")],
        (await crm.leads.create_many([{"Last_Name": str(n)} for n in range(2)])).ids,
        (await crm.users.current()).id,
        [tag.id async for tag in crm.settings.tags.iter("Leads")],
        (await crm.control.clock.advance(days=1)).now,
    ]


@pytest.mark.source("reference: SDK 5.1: the same names and types, await in front")
def test_the_asynchronous_client_does_the_same(server: ScriptedServer, config: Config) -> None:
    server.on("POST", "/crm/v8/Leads", done("data"), done("data", 2))
    server.on("PUT", "/crm/v8/Leads/7", done("data"))
    server.on("POST", "/crm/v8/Leads/actions/add_tags", done("data"))
    server.on("GET", "/crm/v8/Leads", Reply(200, {"data": [LEAD], "info": {"more_records": True}}), found("data", LEAD))
    server.on("GET", "/crm/v8/Leads/search", found("data", LEAD))
    server.on("POST", "/crm/v8/coql", found("data", {"id": "1"}))
    server.on("GET", "/crm/v8/users", found("users", {"id": "5"}))
    server.on("GET", "/crm/v8/settings/tags", found("tags", {"id": "6"}))
    server.on("POST", "/kaizen/v1/clock", Reply(200, {"now": "x"}))

    async def main() -> list[object]:
        async with async_client(config) as crm:
            return await _records(crm)

    assert anyio.run(main) == [
        {"Last_Name": "Byron", "id": "7"},
        [LEAD, LEAD],
        [LEAD],
        [{"id": "1"}],
        ["7", "7"],
        "5",
        ["6"],
        "x",
    ]
    assert server.connections == 1
