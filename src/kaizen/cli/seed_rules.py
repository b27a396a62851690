"""The two workflow rules of the seed article, installed through the API the way the article does it.

The first exists with too strict criteria and is updated (PUT by id, one condition edited by its id, a tag action
added); the second is created with its task, tags, e-mail and the reminder after 30 business days.
"""

from dataclasses import dataclass
from typing import Any, Final

from kaizen.sdk.client import Client

MODULE: Final = "Deals"
VP_ALERT: Final = "VP Alert - High Value Deal."
LOST_DEAL: Final = "Lost Deal due to Pricing - Follow Up"


@dataclass(frozen=True, slots=True)
class SeedRules:
    """The ids of the two rules."""

    vp_alert: str
    lost_deal: str


def install(crm: Client) -> SeedRules:
    """Create the tags, templates and actions, the old rule and its update, and the new rule."""
    return _Installer(crm).install()


class _Installer:
    def __init__(self, crm: Client) -> None:
        self._crm = crm
        self._module = crm.settings.module(MODULE)
        self._fields = {field["api_name"]: field for field in crm.settings.fields(MODULE)}

    def install(self) -> SeedRules:
        tags = self._tags({"Priority": None, "Lost due to Pricing": "#658BA8", "Re-engagement pending": "#879BFC"})
        vp_alert = self._old_vp_alert()
        self._update_vp_alert(vp_alert)
        return SeedRules(vp_alert, self._lost_deal(tags))

    def _old_vp_alert(self) -> str:
        """The rule as the audit of the article found it: 50,000 and never met."""
        mail = self._notification(
            "VP High Value Alert",
            "A large deal is in negotiation: ${!Deals.Deal_Name}",
            "<p>${!Deals.Deal_Name} stands at ${!Deals.Amount}, stage ${!Deals.Stage}, owner ${!Deals.Owner}.</p>",
        )
        task = self._task("High value deal - call the customer", days=2)
        created = self._crm.automation.workflow_rules.create(
            {
                "name": "VP Alert - High Value Deal",
                "description": "Tell the leadership about large deals in negotiation",
                "module": self._reference(self._module),
                "execute_when": {"type": "create_or_edit", "details": {"repeat": False}},
                "conditions": [
                    {
                        "sequence_number": 1,
                        "criteria_details": {
                            "criteria": self._both(
                                self._compare("Amount", "greater_equal", "50000"),
                                self._compare("Stage", "equal", "Negotiation/Review"),
                            )
                        },
                        "instant_actions": {
                            "actions": [
                                {"type": "email_notifications", "id": mail},
                                {"type": "tasks", "id": task},
                            ]
                        },
                    }
                ],
            }
        )
        return str(created.id)

    def _update_vp_alert(self, rule_id: str) -> None:
        rule = self._crm.automation.workflow_rules.get(rule_id)
        self._crm.automation.workflow_rules.update(
            rule_id,
            {
                "name": VP_ALERT,
                "description": "Tell the leadership about strategic deals, and mark them",
                "conditions": [
                    {
                        "id": rule["conditions"][0]["id"],
                        "sequence_number": 1,
                        "criteria_details": {
                            "criteria": self._both(
                                {"comparator": "greater_than", "field": {"api_name": "Amount"}, "value": "300000"},
                                {"comparator": "equal", "field": {"api_name": "Stage"}, "value": "Negotiation/Review"},
                            )
                        },
                        "instant_actions": {
                            "actions": [
                                {
                                    "type": "add_tags",
                                    "module": MODULE,
                                    "details": {"tags": [{"name": "Priority"}], "overwrite": True},
                                }
                            ]
                        },
                    }
                ],
            },
        )

    def _lost_deal(self, tags: dict[str, dict[str, Any]]) -> str:
        mail = self._notification(
            "Deal Lost Alert",
            "Lost on price: ${!Deals.Deal_Name}",
            "<p>${!Deals.Deal_Name} (${!Deals.Amount}) was lost: ${!Deals.Reason_For_Loss__s}.</p>",
        )
        task = self._task("Lost Deal - Feedback", days=5)
        module = self._reference(self._module)
        feedback = {"name": "Lost Deal - Feedback", "id": task, "type": "tasks"}
        created = self._crm.automation.workflow_rules.create(
            {
                "name": LOST_DEAL,
                "description": "Review, tag and re-engage deals that were lost on price",
                "module": module,
                "execute_when": {
                    "type": "field_update",
                    "details": {
                        "trigger_module": module,
                        "criteria": self._compare("Stage", "equal", "Closed Lost"),
                        "repeat": False,
                        "match_all": False,
                    },
                },
                "conditions": [
                    {
                        "sequence_number": 1,
                        "instant_actions": {
                            "actions": [
                                feedback,
                                {
                                    "type": "add_tags",
                                    "details": {
                                        "module": module,
                                        "over_write": False,
                                        "tags": [tags["Lost due to Pricing"], tags["Re-engagement pending"]],
                                    },
                                },
                                {"name": "Deal Lost Alert", "id": mail, "type": "email_notifications"},
                            ]
                        },
                        "scheduled_actions": [
                            {"execute_after": {"period": "business_days", "unit": 30}, "actions": [feedback]}
                        ],
                        "criteria_details": {
                            "criteria": self._both(
                                self._compare("Amount", "greater_equal", "30000"),
                                self._compare("Reason_For_Loss__s", "equal", "Price"),
                            )
                        },
                    }
                ],
            }
        )
        return str(created.id)

    def _tags(self, wanted: dict[str, str | None]) -> dict[str, dict[str, Any]]:
        there = {tag["name"]: tag for tag in self._crm.settings.tags.list(MODULE)}
        missing = [
            {"name": name, **({"color_code": colour} if colour else {})}
            for name, colour in wanted.items()
            if name not in there
        ]
        if missing:
            self._crm.settings.tags.create(MODULE, *missing).raise_for_errors()
            there = {tag["name"]: tag for tag in self._crm.settings.tags.list(MODULE)}
        return {
            name: {key: there[name][key] for key in ("name", "id", "color_code") if there[name].get(key)}
            for name in wanted
        }

    def _notification(self, name: str, subject: str, content: str) -> str:
        template = self._crm.control.create_email_template(name=name, module=MODULE, subject=subject, content=content)
        me = self._crm.users.current()
        created = self._crm.automation.email_notifications.create(
            {
                "name": name,
                "module": self._reference(self._module),
                "feature_type": "workflow",
                "template": {"id": template.id, "name": name},
                "from_address": {"type": "user", "resource": {"id": me["id"]}},
                "recipients": {
                    "to": [{"type": "record_owner", "details": {}}, {"type": "user", "details": {"id": me["id"]}}]
                },
                "bulk_email": False,
            }
        )
        return str(created.id)

    def _task(self, name: str, *, days: int) -> str:
        due = {"period": "business_days", "unit": str(days), "sign": "plus", "trigger_field": "${CURRENTTIME}"}
        created = self._crm.automation.tasks.create(
            {
                "name": name,
                "module": self._reference(self._module),
                "feature_type": "workflow",
                "notify": False,
                "field_mappings": [
                    {"field": {"api_name": "Subject"}, "type": "static", "value": name},
                    {"field": {"api_name": "Due_Date"}, "type": "execution_time", "value": due},
                    {"field": {"api_name": "Status"}, "type": "static", "value": "Not Started"},
                    {"field": {"api_name": "Priority"}, "type": "static", "value": "High"},
                ],
            }
        )
        return str(created.id)

    def _compare(self, field: str, comparator: str, value: str) -> dict[str, Any]:
        return {
            "comparator": comparator,
            "field": {"api_name": field, "id": self._fields[field]["id"]},
            "type": "value",
            "value": value,
        }

    @staticmethod
    def _both(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
        return {"group_operator": "AND", "group": [first, second]}

    @staticmethod
    def _reference(thing: Any) -> dict[str, str]:
        return {"api_name": thing["api_name"], "id": thing["id"]}
