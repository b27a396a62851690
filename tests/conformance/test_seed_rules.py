"""The two requests of the seed, as it prints them: accepted, and then behaving as it says.

`seed/*.json` hold them without the comments (which are no JSON). What the ids stand for is made here first.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.automation_client import RULES, Automation, made
from tests.support.rule_payloads import compare
from tests.support.server import Crm

_SEED = Path(__file__).with_name("seed")
#: Ids that the seed prints, by what they stand for.
_RULE, _CONDITION = "4876876000016390024", "4876876000016390025"
_TASK, _MAIL = "4876876000016794047", "4876876000016794062"
_PRICING, _RE_ENGAGE = "4876876000016794071", "4876876000016794075"
_DEALS, _STAGE, _AMOUNT = "4876876000000002181", "4876876000000002565", "4876876000000002557"
_REASON = "4876876000002440001"


class Seed:
    """An organisation that has what the seed's requests name."""

    def __init__(self, crm: Crm) -> None:
        self.automation = Automation(crm)
        self.crm = crm
        automation = self.automation
        automation.tag("Priority")
        fields = {f["api_name"]: f["id"] for f in crm.get("settings/fields", {"module": "Deals"}).json["fields"]}
        self.task = automation.task("Lost Deal - Feedback")
        self.mail = automation.mail("Deal Lost Alert")
        self.tags = {name: automation.tag(name) for name in ("Lost due to Pricing", "Re-engagement pending")}
        self.rule = self._vp_alert()
        self.ids = {
            _DEALS: automation.module()["id"],
            _STAGE: fields["Stage"],
            _AMOUNT: fields["Amount"],
            _REASON: fields["Reason_For_Loss__s"],
            _TASK: self.task,
            _MAIL: self.mail,
            _PRICING: self.tags["Lost due to Pricing"],
            _RE_ENGAGE: self.tags["Re-engagement pending"],
            _RULE: self.rule,
            _CONDITION: automation.get(self.rule)["conditions"][0]["id"],
        }

    def _vp_alert(self) -> str:
        """Make the rule that the seed's audit found: 50,000, never met, with an e-mail and a task."""
        criteria = {
            "group_operator": "AND",
            "group": [compare("Amount", "greater_equal", "50000"), compare("Stage", "equal", "Negotiation/Review")],
        }
        actions = [
            {"type": "email_notifications", "id": self.automation.mail("High value")},
            {"type": "tasks", "id": self.automation.task("High value deal")},
        ]
        condition = {
            "sequence_number": 1,
            "criteria_details": {"criteria": criteria},
            "instant_actions": {"actions": actions},
        }
        when = {"type": "create_or_edit", "details": {"repeat": False}}
        return self.automation.rule("VP Alert - High Value Deal", actions[0], execute_when=when, conditions=[condition])

    def request(self, name: str) -> dict[str, Any]:
        """Return a printed request with this organisation's ids."""
        text = (_SEED / f"{name}.json").read_text("utf-8")
        for printed, ours in self.ids.items():
            text = text.replace(f'"{printed}"', f'"{ours}"')
        found: dict[str, Any] = json.loads(text)
        return found

    def update(self) -> Any:
        """Send the seed's PUT."""
        return self.crm.put(f"{RULES}/{self.ids[_RULE]}", self.request("update_rule"))

    def create(self) -> Any:
        """Send the seed's POST."""
        return self.crm.post(RULES, self.request("create_rule"))

    def tags_of(self, deal: str) -> list[str]:
        """Name the tags of a deal."""
        return [tag["name"] for tag in self.automation.value(deal, "Tag") or []]

    def subjects(self) -> list[str]:
        """Name the tasks there are."""
        reply = self.crm.get("Tasks", {"fields": "Subject"})
        return sorted(task["Subject"] for task in reply.json["data"]) if reply.status == 200 else []

    def mails(self) -> int:
        """Count the mails in the outbox."""
        reply = self.crm.control("GET", "outbox")
        return len(reply.json["outbox"]) if reply.status == 200 else 0


@pytest.fixture
def seed(crm_on: Crm) -> Seed:
    return Seed(crm_on)


@pytest.mark.source("reference: Kaizen 215, step 5")
def test_the_update_is_accepted_as_printed(seed: Seed) -> None:
    reply = seed.update()

    rule = seed.automation.get(seed.rule)
    condition = rule["conditions"][0]
    assert (reply.status, reply.json["workflow_rules"][0]["message"]) == (200, "workflow updated")
    assert rule["name"] == "VP Alert - High Value Deal."
    assert rule["description"] == "Notify sales leadership and track strategic opportunities"
    assert condition["id"] == seed.ids[_CONDITION]
    assert [each["comparator"] for each in condition["criteria_details"]["criteria"]["group"]] == [
        "greater_than",
        "equal",
    ]
    # The e-mail and the task that the request does not mention are still there, beside the new tag action.
    assert [action["type"] for action in condition["instant_actions"]["actions"]] == [
        "email_notifications",
        "tasks",
        "add_tags",
    ]
    tags = condition["instant_actions"]["actions"][2]["details"]
    assert (tags["over_write"], [tag["name"] for tag in tags["tags"]]) == (True, ["Priority"])


@pytest.mark.source("reference: Kaizen 215, step 5; automation G.6")
@pytest.mark.parametrize(
    ("amount", "stage", "acts"),
    [
        (300000.01, "Negotiation/Review", True),
        (300000, "Negotiation/Review", False),
        (400000, "Qualification", False),
    ],
)
def test_the_updated_rule_marks_high_value_deals(amount: float, stage: str, acts: bool, seed: Seed) -> None:
    seed.update()

    deal = seed.automation.deal(Amount=amount, Stage=stage)

    assert seed.tags_of(deal) == (["Priority"] if acts else [])
    assert (seed.mails(), seed.subjects()) == ((1, ["High value deal"]) if acts else (0, []))


@pytest.mark.source("reference: Kaizen 215, step 5: overwrite true takes the other tags away")
def test_the_updated_rule_replaces_tags(seed: Seed) -> None:
    seed.update()
    deal = seed.automation.deal(Amount=1, Tag=[{"name": "Lost due to Pricing"}])

    seed.automation.edit(deal, Amount=400000, Stage="Negotiation/Review")

    assert seed.tags_of(deal) == ["Priority"]


@pytest.mark.source("reference: Kaizen 215, step 6")
def test_the_creation_is_accepted_as_printed(seed: Seed) -> None:
    rule_id = made(seed.create(), "workflow_rules")

    rule = seed.automation.get(rule_id)
    (condition,) = rule["conditions"]
    sent = seed.request("create_rule")["workflow_rules"][0]
    assert rule["execute_when"] == sent["execute_when"]
    assert condition["criteria_details"]["criteria"] == sent["conditions"][0]["criteria_details"]["criteria"]
    assert [action["type"] for action in condition["instant_actions"]["actions"]] == [
        "tasks",
        "add_tags",
        "email_notifications",
    ]
    assert condition["scheduled_actions"][0]["execute_after"] == {"period": "business_days", "unit": 30}
    assert condition["scheduled_actions"][0]["actions"][0]["id"] == seed.task


@pytest.mark.source("reference: automation G.6, step by step")
def test_the_created_rule_follows_up_lost_deals(seed: Seed) -> None:
    automation, crm = seed.automation, seed.crm
    rule_id = made(seed.create(), "workflow_rules")
    automation.tag("Kept")
    lost = {"Stage": "Closed Lost"}
    deal = automation.deal(Amount=45000, Reason_For_Loss__s="Price", Tag=[{"name": "Kept"}])

    automation.edit(deal, **lost)

    assert seed.tags_of(deal) == ["Kept", "Lost due to Pricing", "Re-engagement pending"]
    assert (seed.subjects(), seed.mails(), automation.queued(rule_id)) == (["Lost Deal - Feedback"], 1, 1)

    # Once is enough: repeat is false.
    automation.edit(deal, Stage="Negotiation/Review")
    automation.edit(deal, **lost)
    assert (seed.subjects(), seed.mails(), automation.queued(rule_id)) == (["Lost Deal - Feedback"], 1, 1)

    # A new deal was not updated to anything.
    automation.deal(Amount=45000, Reason_For_Loss__s="Price", **lost)
    # A cent too little: the trigger holds, no condition does. Exactly enough matches.
    automation.edit(automation.deal(Amount=29999.99, Reason_For_Loss__s="Price"), **lost)
    exact = automation.deal(Amount=30000, Reason_For_Loss__s="Price")
    automation.edit(exact, **lost)
    # The stage stays what it is: nothing is updated to Closed Lost.
    automation.edit(exact, Amount=50000)
    assert (seed.mails(), automation.queued(rule_id)) == (2, 2)

    usage = crm.get(
        f"{RULES}/{rule_id}/actions/usage", {"executed_from": "2026-01-05", "executed_till": "2026-01-05"}
    ).json["workflow_rules"][0]
    assert usage["conditions"][0]["usage_count"] == 2

    crm.advance(business_days=29)
    early = seed.subjects()
    crm.advance(business_days=1)
    assert (len(early), len(seed.subjects()), automation.queued(rule_id)) == (2, 4, 0)
