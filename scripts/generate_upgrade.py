"""Write a database as one version of Kaizen leaves it, with what that version answered about it.

    python scripts/generate_upgrade.py CHECKOUT NAME

starts the server of a checkout (this one, or a worktree of an earlier commit) on an empty SQLite file and on an empty
PostgreSQL database, lives through the same story on both, and keeps them in `tests/upgrades/NAME`: the file and the
dump, compressed, and the answers to a list of questions. tests/store/test_upgrades.py opens each of them with today's
code, asks again and goes on writing. Only the published API is used, so that the story can be told to any version.

PostgreSQL is where the tests look for it (KAIZEN_TEST_POSTGRES); pg_dump must be there. The clock is a virtual one and
the secrets come from a seed: they are known to everybody, and good for nothing else.
"""

import json
import lzma
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx2
import psycopg

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "tests" / "upgrades"
POSTGRES: Final = os.environ.get("KAIZEN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
START: Final = "2026-01-05T09:00:00+00:00"  # a Monday
AUTOMATION: Final = "settings/automation"


class Server:
    """A server of the checkout in a process of its own, and its client."""

    def __init__(self, checkout: Path, database: str, folder: Path) -> None:
        credentials = folder / f"{uuid4().hex}.json"
        command = [sys.executable, "-m", "kaizen.cli.main", "serve", "--port", "0", "--clock", START]
        self._process = subprocess.Popen(
            [*command, "--database", database, "--credentials", str(credentials)],
            env={**os.environ, "PYTHONPATH": str(checkout / "src"), "KAIZEN_SEED": "upgrade"},
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        url = next(line.split()[3] for line in self._process.stdout if line.startswith("Kaizen listens at "))
        self.credentials: dict[str, str] = json.loads(credentials.read_text())
        token = f"Zoho-oauthtoken {self.credentials['access_token']}"
        self.client = httpx2.Client(base_url=url, headers={"authorization": token}, timeout=60)

    def ask(self, method: str, path: str, body: object = None, **params: object) -> Any:
        """Ask for something below /crm/v8, or for a whole path; return the decoded answer, None for an empty one."""
        address = path if path.startswith("/") else f"/crm/v8/{path}"
        query = {name: str(value) for name, value in params.items()}
        answer = (
            self.client.request(method, address, params=query, json=body)
            if body
            else self.client.request(method, address, params=query)
        )
        assert answer.status_code < 400, (method, path, answer.text)
        return answer.json() if answer.content else None

    def make(self, path: str, body: object, key: str = "data", **params: object) -> str:
        """Create one thing and return its id."""
        (made,) = self.ask("POST", path, {key: [body]}, **params)[key]
        assert made["code"] == "SUCCESS", made
        return str(made["details"]["id"])

    def stop(self) -> None:
        """End the server as an administrator would."""
        self.client.close()
        self._process.terminate()
        assert self._process.wait(30) == 0


def compare(field: str, comparator: str, value: object) -> dict[str, object]:
    """Write one comparison."""
    return {"field": {"api_name": field}, "comparator": comparator, "value": value}


def settings(server: Server) -> dict[str, str]:
    """Make people, fields, tags and what rules use; return the ids."""
    roles = server.ask("GET", "settings/roles")["roles"]
    profiles = {each["name"]: each["id"] for each in server.ask("GET", "settings/profiles")["profiles"]}
    user = {"last_name": "Doe", "first_name": "Jane", "email": "jane@example.com", "role": roles[-1]["id"]}
    ids = {"jane": server.make("users", {**user, "profile": profiles["Standard"]}, "users")}
    server.ask("POST", f"/kaizen/v1/users/{ids['jane']}/confirm")
    for field in (
        {"field_label": "Weight", "data_type": "double", "length": 16, "decimal_place": 9},
        {"field_label": "Budget", "data_type": "currency", "length": 16, "decimal_place": 2},
        {"field_label": "Inspected", "data_type": "boolean"},
        {"field_label": "Next Visit", "data_type": "datetime"},
        {"field_label": "Colour", "data_type": "picklist", "pick_list_values": choices("Red", "Green", "Blue")},
    ):
        server.make("settings/fields", field, "fields", module="Leads")
    for tag, module in (("Lost due to Pricing", "Deals"), ("Priority", "Deals"), ("Hot", "Leads")):
        ids[tag] = server.make("settings/tags", {"name": tag}, "tags", module=module)
    template = {
        "name": "Lost",
        "module": {"api_name": "Deals"},
        "subject": "Lost: ${!Deals.Deal_Name}",
        "content": "<p>It was worth ${!Deals.Amount} &amp; more: Grüße.</p>",
    }
    ids["template"] = server.make("/kaizen/v1/email_templates", template, "email_templates")
    mail = {
        "name": "Deal Lost Alert",
        "module": module_of(server, "Deals"),
        "template": {"id": ids["template"]},
        "recipients": {"to": [{"type": "record_owner"}]},
    }
    ids["mail"] = server.make(f"{AUTOMATION}/email_notifications", mail, "email_notifications")
    due = {"period": "business_days", "unit": "5", "sign": "plus", "trigger_field": "${CURRENTTIME}"}
    task = {
        "name": "Ask again",
        "module": {"api_name": "Deals"},
        "notify": False,
        "feature_type": "workflow",
        "field_mappings": [
            {"field": {"api_name": "Subject"}, "type": "static", "value": "Ask again"},
            {"field": {"api_name": "Due_Date"}, "type": "execution_time", "value": due},
            {"field": {"api_name": "Status"}, "type": "static", "value": "Not Started"},
            {"field": {"api_name": "Priority"}, "type": "static", "value": "High"},
        ],
    }
    ids["task"] = server.make(f"{AUTOMATION}/tasks", task, "tasks")
    for name, module, field, value in (
        ("Next step", "Deals", "Next_Step", "Call"),
        ("Budget", "Leads", "Budget", 1200.505),
        ("Weight", "Leads", "Weight", 0.1),
    ):
        update = {"name": name, "module": {"api_name": module}, "field": {"api_name": field}}
        update |= {"value": value, "type": "static"}
        ids[f"update {name}"] = server.make(f"{AUTOMATION}/field_updates", update, "field_updates")
    holiday = {"name": "Day off", "date": "2026-01-19", "type": "business_holiday"}
    server.make("settings/holidays", holiday, "holidays")
    return ids


def choices(*values: str) -> list[dict[str, str]]:
    """Write the values of a pick list."""
    return [{"display_value": value, "actual_value": value} for value in values]


def module_of(server: Server, name: str) -> dict[str, str]:
    """Refer to a module by name and id."""
    return {"api_name": name, "id": server.ask("GET", f"settings/modules/{name}")["modules"][0]["id"]}


def rules(server: Server, ids: Mapping[str, str]) -> list[str]:
    """Make rules of several kinds; return their ids."""
    mail, task = {"type": "email_notifications", "id": ids["mail"]}, {"type": "tasks", "id": ids["task"]}
    tag = {"type": "add_tags", "details": {"tags": [{"name": "Lost due to Pricing"}], "over_write": False}}
    jane = {"type": "user", "resource": {"id": ids["jane"]}}
    owner = {"type": "assign_owner", "details": {"module": {"api_name": "Deals"}, "assign_to": [jane]}}
    lost = {"group_operator": "AND", "group": [compare("Amount", "greater_equal", "30000"), pricing()]}
    wanted = [
        {
            "name": "Lost deal - follow up",
            "description": "The rule of the article",
            "module": {"api_name": "Deals"},
            "execute_when": {
                "type": "field_update",
                "details": {"criteria": compare("Stage", "equal", "Closed Lost"), "match_all": False, "repeat": False},
            },
            "conditions": [
                {
                    "sequence_number": 1,
                    "criteria_details": {"criteria": lost},
                    "instant_actions": {"actions": [tag, mail, task]},
                    "scheduled_actions": [
                        {"execute_after": {"period": "business_days", "unit": 2}, "actions": [task]},
                        {"execute_after": {"period": "business_days", "unit": 30}, "actions": [mail, task]},
                    ],
                },
                {
                    "sequence_number": 2,
                    "criteria_details": {"criteria": compare("Amount", "less_than", 1.005)},
                    "instant_actions": {"actions": [{"type": "field_updates", "id": ids["update Next step"]}]},
                },
            ],
        },
        rule("Large deals go to Jane", "Deals", "create", compare("Amount", "greater_than", 999999.99), owner),
        rule(
            "New leads",
            "Leads",
            "create",
            compare("Annual_Revenue", "between", ["0.1", "1e6"]),
            {"type": "field_updates", "id": ids["update Budget"]},
            {"type": "field_updates", "id": ids["update Weight"]},
        ),
        rule("Never", "Deals", "edit", compare("Expected_Revenue", "equal", 0.07), tag, repeat=True),
    ]
    return [server.make(f"{AUTOMATION}/workflow_rules", each, "workflow_rules") for each in wanted]


def pricing() -> dict[str, object]:
    """Write the second comparison of the rule of the article, on a field that every version has."""
    return compare("Lead_Source", "equal", "Cold Call")


def rule(name: str, module: str, on: str, criteria: object, *actions: object, **details: bool) -> dict[str, object]:
    """Write a rule with one condition."""
    condition = {"sequence_number": 1, "criteria_details": {"criteria": criteria}}
    return {
        "name": name,
        "module": {"api_name": module},
        "execute_when": {"type": on, **({"details": details} if details else {})},
        "conditions": [{**condition, "instant_actions": {"actions": list(actions)}}],
    }


LEADS: Final[list[dict[str, object]]] = [
    {"Last_Name": "Lovelace", "Company": "Analytical Engines", "Email": "ada@example.com", "Annual_Revenue": 1.005},
    {"Last_Name": "Größe", "Company": "Ümlaut & Söhne", "Annual_Revenue": 9999999999999999, "Weight": 3.141592653},
    {"Last_Name": "Babbage", "Company": "Difference", "Annual_Revenue": 0.1, "Weight": 1e-9, "Budget": -12.345},
    {"Last_Name": "Zero", "Company": "Nothing", "Annual_Revenue": 0, "No_of_Employees": 0, "Budget": 0.07},
    {"Last_Name": "O'Brien", "Company": 'Quotes "and" more', "Phone": "+49 (30) 12-34", "Colour": "Green"},
    {"Last_Name": "Visit", "Company": "Times", "Next_Visit": "2026-03-29T02:30:00+02:00", "Inspected": True},
]


def records(server: Server, ids: Mapping[str, str]) -> dict[str, list[str]]:
    """Write records of several modules, change some, delete some; return the ids of those that are left."""
    kept: dict[str, list[str]] = {}

    def keep(module: str, *rows: dict[str, object]) -> list[str]:
        answer = server.ask("POST", module, {"data": list(rows)})["data"]
        assert all(row["code"] == "SUCCESS" for row in answer), answer
        made = [str(row["details"]["id"]) for row in answer]
        kept.setdefault(module, []).extend(made)
        return made

    leads = keep("Leads", *LEADS, *({"Last_Name": f"Number {n}", "Company": "Many"} for n in range(5)))
    (account, _) = keep(
        "Accounts", {"Account_Name": "Zylker", "Annual_Revenue": 123456789.12}, {"Account_Name": "Empty"}
    )
    (contact,) = keep("Contacts", {"Last_Name": "Turing", "Account_Name": {"id": account}, "Email": "at@example.com"})
    deal = {"Stage": "Qualification", "Closing_Date": "2026-03-01", "Account_Name": {"id": account}}
    deals = keep(
        "Deals",
        {**deal, "Deal_Name": "An engine", "Amount": 50000.55, "Lead_Source": "Cold Call"},
        {**deal, "Deal_Name": "A gear", "Amount": 1.0049, "Contact_Name": {"id": contact}},
        {**deal, "Deal_Name": "A factory", "Amount": 1200000.07, "Tag": [{"name": "Priority"}]},
        {**deal, "Deal_Name": "Without a price"},
        {**deal, "Deal_Name": "To be deleted", "Amount": 7},
    )
    (product,) = keep("Products", {"Product_Name": "Gear", "Unit_Price": 19.99, "Qty_in_Stock": 12.5})
    line = {"Product_Name": {"id": product}, "Quantity": 3, "List_Price": 19.99, "Discount": 0.97}
    keep("Quotes", {"Subject": "Gears", "Account_Name": {"id": account}, "Quoted_Items": [line], "Adjustment": 0.01})
    keep("Campaigns", {"Campaign_Name": "Spring", "Start_Date": "2026-02-28", "Budgeted_Cost": 0.3})
    keep("Tasks", {"Subject": "Look", "Due_Date": "2026-02-02", "What_Id": {"id": deals[0]}, "$se_module": "Deals"})
    times = {"Start_DateTime": "2026-02-01T10:00:00+05:30", "End_DateTime": "2026-02-01T11:00:00+05:30"}
    guests = [{"type": "email", "participant": "guest@example.com"}]
    keep("Events", {"Event_Title": "Meet", **times, "Participants": guests})
    note = {"Note_Title": "First", "Note_Content": "Said: <b>yes</b>"}
    server.ask("POST", f"Deals/{deals[0]}/Notes", {"data": [note]})
    for lead, change in ((leads[0], {"Annual_Revenue": 2.675, "Tag": [{"name": "Hot"}]}), (leads[3], {"Budget": None})):
        server.ask("PUT", f"Leads/{lead}", {"data": [change]})
    for lost in deals[:2]:
        server.ask("PUT", f"Deals/{lost}", {"data": [{"Stage": "Closed Lost"}]})
    server.ask("PUT", f"Deals/{deals[3]}", {"data": [{"Amount": 0.07, "Stage": "Needs Analysis"}]})
    server.ask("DELETE", "Deals", ids=deals[4])
    kept["Deals"].remove(deals[4])
    return kept


def questions(
    rules_made: list[str], kept: Mapping[str, list[str]]
) -> Iterator[tuple[str, str, object, dict[str, str]]]:
    """Give what both versions are asked: method, path, body and parameters."""
    for module, made in kept.items():
        for record in made:
            yield "GET", f"{module}/{record}", None, {}
        yield "GET", module, None, {"fields": "Created_Time,Modified_Time,Owner"}
    yield "GET", "Leads", None, {"fields": "Last_Name,Annual_Revenue,Weight,Budget", "sort_by": "id"}
    yield "GET", "Leads/search", None, {"criteria": "(Annual_Revenue:equals:0.1)"}
    yield "GET", "Leads/search", None, {"criteria": "(Budget:between:-12.35,1200.51)"}
    yield "GET", "Leads/search", None, {"email": "ada@example.com"}
    yield "GET", "Deals/deleted", None, {"type": "all"}
    yield "GET", f"Deals/{kept['Deals'][0]}/Notes", None, {"fields": "Note_Title,Note_Content"}
    for query in (
        "select Deal_Name, Amount from Deals where Amount >= 1.0049 order by Amount, id limit 10",
        "select SUM(Amount), COUNT(id) from Deals where id is not null",
        "select Last_Name from Leads where Weight = 3.141592653",
        "select Last_Name from Leads where Last_Name = 'größe'",
    ):
        yield "POST", "coql", {"select_query": query}, {}
    yield "GET", "org", None, {}
    yield "GET", "settings/tags", None, {"module": "Deals"}
    yield "GET", "settings/holidays", None, {"year": "2026"}
    for rule_id in rules_made:
        yield "GET", f"{AUTOMATION}/workflow_rules/{rule_id}", None, {}
        days = {"executed_from": "2026-01-01", "executed_till": "2026-01-31"}
        yield "GET", f"{AUTOMATION}/workflow_rules/{rule_id}/actions/usage", None, days
    for actions in ("field_updates", "tasks", "email_notifications"):
        yield "GET", f"{AUTOMATION}/{actions}", None, {}
    for module in ("Deals", "Leads"):
        yield "GET", "/kaizen/v1/rules", None, {"module": module}
        for record in kept[module]:
            yield "GET", f"/kaizen/v1/records/{module}/{record}/trace", None, {}
    yield "GET", "/kaizen/v1/queue", None, {"state": "all"}
    yield "GET", "/kaizen/v1/outbox", None, {}


def story(server: Server) -> dict[str, object]:
    """Live through the story, and return what it left and what the server says of it."""
    ids = settings(server)
    rules_made = rules(server, ids)
    kept = records(server, ids)
    server.ask("POST", "/kaizen/v1/clock", {"advance": {"business_days": 3}})
    server.ask(
        "PUT", f"{AUTOMATION}/workflow_rules/{rules_made[3]}", {"workflow_rules": [{"status": {"active": False}}]}
    )
    answers = [
        {
            "method": method,
            "path": path,
            "body": body,
            "params": params,
            "answer": server.ask(method, path, body, **params),
        }
        for method, path, body, params in questions(rules_made, kept)
    ]
    return {"credentials": server.credentials, "ids": ids, "rules": rules_made, "records": kept, "answers": answers}


@contextmanager
def empty_database() -> Iterator[str]:
    """Create an empty PostgreSQL database and drop it afterwards."""
    name = f"kaizen_upgrade_{uuid4().hex[:12]}"
    with psycopg.connect(POSTGRES, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        try:
            yield f"{POSTGRES.rsplit('/', 1)[0]}/{name}"
        finally:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def dump(url: str) -> bytes:
    """Write a PostgreSQL database as statements that any client can send."""
    command = ["pg_dump", "--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=100", url]
    written = subprocess.run(command, capture_output=True, check=True).stdout.splitlines()
    # Comments, and what only psql understands.
    return b"\n".join(line for line in written if line and not line.startswith((b"--", b"\\"))) + b"\n"


def write(folder: Path, name: str, content: bytes, told: Mapping[str, object]) -> None:
    """Keep one database and the answers about it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.xz").write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))
    kept = json.dumps(told, ensure_ascii=False, sort_keys=True).encode()
    (folder / f"{Path(name).stem}.answers.json.xz").write_bytes(lzma.compress(kept, preset=9 | lzma.PRESET_EXTREME))


def main(checkout: Path, name: str) -> None:
    """Tell the story to both databases of a checkout's server."""
    with tempfile.TemporaryDirectory() as place, empty_database() as url:
        file = Path(place) / "sqlite.db"
        for database, kept_as in ((str(file), "sqlite.db"), (url, "postgresql.sql")):
            server = Server(checkout, database, Path(place))
            try:
                told = story(server)
            finally:
                server.stop()
            write(FOLDER / name, kept_as, file.read_bytes() if database == str(file) else dump(url), told)
            print(f"{FOLDER / name / kept_as}.xz")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python scripts/generate_upgrade.py CHECKOUT NAME")
    main(Path(sys.argv[1]).resolve(), sys.argv[2])
