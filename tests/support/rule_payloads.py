"""Payloads of rules and actions that are accepted as they are, for tests to change in one place."""

import copy
from typing import Any

from tests.support.automation import Ground

#: A change of a payload: the path of keys and positions, and the new value (or DROP).
DROP: Any = object()


def changed(payload: dict[str, Any], *changes: tuple[str, Any]) -> dict[str, Any]:
    """Copy a payload with values set or dropped at dotted paths: `conditions.0.sequence_number`."""
    result = copy.deepcopy(payload)
    for path, value in changes:
        *parents, last = (int(step) if step.isdigit() else step for step in path.split("."))
        place: Any = result
        for step in parents:
            place = place[step]
        if value is DROP:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(value)
        else:
            place[last] = value
    return result


def compare(field: str, comparator: str, value: Any) -> dict[str, Any]:
    """Write one comparison."""
    return {"field": {"api_name": field}, "comparator": comparator, "value": value}


class Payloads:
    """Payloads that fit a ground."""

    def __init__(self, ground: Ground) -> None:
        self.priority = ground.tag("Priority", colour="#F17574")
        self.later = ground.tag("Later")
        self.elsewhere = ground.tag("Hot", module="Leads")
        self.task = ground.put("task", "Deals", "Call the customer")
        self.mail = ground.put("email_notification", "Deals", "Tell the boss", {"template": {"id": "1", "name": "T"}})
        self.update = ground.put("field_update", "Deals", "Next step")
        self.of_accounts = ground.put("field_update", "Accounts", "Rating")
        self.of_leads = ground.put("task", "Leads", "Call the lead")
        self.admin = ground.admin
        self.agent = ground.agent

    @property
    def tag_action(self) -> dict[str, Any]:
        """One tag, by name."""
        return {"type": "add_tags", "details": {"tags": [{"name": "Priority"}]}}

    @property
    def owner_action(self) -> dict[str, Any]:
        """The record goes to a user."""
        target = {"type": "user", "resource": {"id": str(self.agent.id)}}
        return {"type": "assign_owner", "details": {"module": {"api_name": "Deals"}, "assign_to": [target]}}

    @property
    def rule(self) -> dict[str, Any]:
        """A rule with two conditions, instant and scheduled actions."""
        return {
            "name": "Large deals",
            "description": "For the leadership",
            "module": {"api_name": "Deals"},
            "execute_when": {"type": "edit", "details": {"repeat": False}},
            "conditions": [
                {
                    "sequence_number": 1,
                    "criteria_details": {"criteria": compare("Amount", "greater_than", "300000")},
                    "instant_actions": {
                        "actions": [
                            self.tag_action,
                            {"type": "tasks", "id": str(self.task.id)},
                            {"type": "email_notifications", "id": str(self.mail.id)},
                        ]
                    },
                    "scheduled_actions": [
                        {
                            "execute_after": {"period": "business_days", "unit": 30},
                            "actions": [{"type": "tasks", "id": str(self.task.id)}],
                        }
                    ],
                },
                {
                    "sequence_number": 2,
                    "criteria_details": {"criteria": None},
                    "instant_actions": {"actions": [{"type": "field_updates", "id": str(self.update.id)}]},
                },
            ],
        }
