"""Making rules and what they need through the API of a server inside the test."""

from typing import Any

from kaizen.vocabulary.scopes import EVERYTHING
from tests.support.rule_payloads import compare
from tests.support.server import Crm, Reply

RULES = "settings/automation/workflow_rules"
TASKS = "settings/automation/tasks"
UPDATES = "settings/automation/field_updates"
MAILS = "settings/automation/email_notifications"


def made(reply: Reply, envelope: str) -> str:
    """Return the id of the one element that was created."""
    assert reply.status == 201, reply.content
    found: str = reply.details(envelope)["id"]
    return found


class Automation:
    """One organisation's automation; every method asks the API."""

    def __init__(self, crm: Crm) -> None:
        self.crm = crm

    def module(self, name: str = "Deals") -> dict[str, str]:
        """Refer to a module by name and id."""
        found = self.crm.get(f"settings/modules/{name}").json["modules"][0]
        return {"api_name": name, "id": found["id"]}

    def tag(self, name: str, module: str = "Deals") -> str:
        """Make a tag."""
        return made(self.crm.post("settings/tags", {"tags": [{"name": name}]}, {"module": module}), "tags")

    def template(self, name: str = "Lost", module: str = "Deals") -> str:
        """Make an e-mail template."""
        body = {
            "name": name,
            "module": {"api_name": module},
            "subject": f"{name} ${{!{module}.Id}}",
            "content": "<p>x</p>",
        }
        return made(self.crm.control("POST", "email_templates", {"email_templates": [body]}), "email_templates")

    def mail(self, name: str = "Deal Lost Alert", **said: Any) -> str:
        """Make an e-mail notification to the owner."""
        body = {
            "name": name,
            "module": self.module(),
            "template": {"id": self.template(f"Template of {name}")},
            "recipients": {"to": [{"type": "record_owner"}]},
            **said,
        }
        return made(self.crm.post(MAILS, {"email_notifications": [body]}), "email_notifications")

    def task_payload(self, name: str = "Call", module: str = "Deals") -> dict[str, Any]:
        """Describe a task action."""
        due = {"period": "business_days", "unit": "5", "sign": "plus", "trigger_field": "${CURRENTTIME}"}
        return {
            "name": name,
            "module": {"api_name": module},
            "notify": False,
            "feature_type": "workflow",
            "field_mappings": [
                {"field": {"api_name": "Subject"}, "type": "static", "value": name},
                {"field": {"api_name": "Due_Date"}, "type": "execution_time", "value": due},
                {"field": {"api_name": "Status"}, "type": "static", "value": "Not Started"},
                {"field": {"api_name": "Priority"}, "type": "static", "value": "High"},
            ],
        }

    def task(self, name: str = "Call", module: str = "Deals") -> str:
        """Make a task action."""
        return made(self.crm.post(TASKS, {"tasks": [self.task_payload(name, module)]}), "tasks")

    def update_payload(self, name: str = "Next step", value: str = "Call", module: str = "Deals") -> dict[str, Any]:
        """Describe a field update of the next step."""
        return {
            "name": name,
            "module": {"api_name": module},
            "field": {"api_name": "Next_Step" if module == "Deals" else "Description"},
            "value": value,
            "type": "static",
        }

    def update(self, name: str = "Next step", value: str = "Call", module: str = "Deals") -> str:
        """Make a field update."""
        body = self.update_payload(name, value, module)
        return made(self.crm.post(UPDATES, {"field_updates": [body]}), "field_updates")

    def rule_payload(self, name: str, *actions: dict[str, Any], **said: Any) -> dict[str, Any]:
        """Describe a rule on edits of deals with one condition for all."""
        return {
            "name": name,
            "module": {"api_name": "Deals"},
            "execute_when": {"type": "edit", "details": {"repeat": True}},
            "conditions": [{"sequence_number": 1, "instant_actions": {"actions": list(actions)}}],
            **said,
        }

    def rule(self, name: str, *actions: dict[str, Any], **said: Any) -> str:
        """Make a rule; without actions one that marks the next step."""
        wanted = actions or ({"type": "field_updates", "id": self.update(f"Update of {name}")},)
        return made(self.post(self.rule_payload(name, *wanted, **said)), "workflow_rules")

    def lost_deal_rule(self, name: str, action: dict[str, Any], *, days: int = 30) -> str:
        """Make a rule that acts on lost deals once at once and once after some business days."""
        details = {"criteria": compare("Stage", "equal", "Closed Lost"), "repeat": False}
        group = {"execute_after": {"period": "business_days", "unit": days}, "actions": [action]}
        condition = {"sequence_number": 1, "instant_actions": {"actions": [action]}, "scheduled_actions": [group]}
        return self.rule(name, execute_when={"type": "field_update", "details": details}, conditions=[condition])

    def post(self, rule: dict[str, Any]) -> Reply:
        """Create a rule."""
        return self.crm.post(RULES, {"workflow_rules": [rule]})

    def put(self, rule_id: str, change: dict[str, Any], **how: Any) -> Reply:
        """Change a rule."""
        return self.crm.put(f"{RULES}/{rule_id}", {"workflow_rules": [change]}, **how)

    def get(self, rule_id: str) -> dict[str, Any]:
        """Read a rule."""
        found: dict[str, Any] = self.crm.get(f"{RULES}/{rule_id}").json["workflow_rules"][0]
        return found

    def names(self, **params: object) -> list[str]:
        """List the names of rules."""
        reply = self.crm.get(RULES, params)
        return [] if reply.status == 204 else [rule["name"] for rule in reply.json["workflow_rules"]]

    def deal(self, **values: Any) -> str:
        """Make a deal."""
        record = {"Deal_Name": "D", "Stage": "Qualification", "Closing_Date": "2026-03-01", **values}
        return made(self.crm.post("Deals", {"data": [record]}), "data")

    def edit(self, deal: str, **values: Any) -> None:
        """Change a deal."""
        assert self.crm.put(f"Deals/{deal}", {"data": [values]}).status == 200

    def value(self, deal: str, field: str) -> Any:
        """Read a field of a deal."""
        return self.crm.get(f"Deals/{deal}", {"fields": field}).json["data"][0][field]

    def account(self, **values: Any) -> str:
        """Make an account."""
        return made(self.crm.post("Accounts", {"data": [{"Account_Name": "Zylker", **values}]}), "data")

    def fired(self, deal: str) -> list[dict[str, Any]]:
        """Say what became of the actions that the last changes of a deal set off, the newest first."""
        trace = self.crm.control("GET", f"records/Deals/{deal}/trace").json["trace"]
        return [action for change in trace for entry in change["rules"] for action in entry.get("actions", ())]

    def queued(self, rule_id: str) -> int:
        """Count what a rule has queued."""
        reply = self.crm.control("GET", "queue", params={"rule_id": rule_id})
        return 0 if reply.status == 204 else len(reply.json["queue"])

    def colleague(self, profile: str = "Administrator") -> str:
        """Make a second user and return a token of theirs."""
        crm = self.crm
        profiles = {each["name"]: each["id"] for each in crm.get("settings/profiles").json["profiles"]}
        role = crm.get("settings/roles").json["roles"][0]["id"]
        user = {"last_name": "Doe", "email": "jane@example.com", "role": role, "profile": profiles[profile]}
        number = made(crm.post("users", {"users": [user]}), "users")
        crm.control("POST", f"users/{number}/confirm")
        return crm.token(*EVERYTHING, user_id=int(number))
