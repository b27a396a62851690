"""Payloads of workflow automation from keywords."""

import pytest

from kaizen import F, payloads
from kaizen.sdk.criteria import Criteria

SEED_CREATE = {
    "name": "Lost Deal due to Pricing - Follow Up",
    "description": "Triggers tasks, tags, and follow-up reminders",
    "module": {"api_name": "Deals"},
    "execute_when": {
        "type": "field_update",
        "details": {
            "repeat": False,
            "criteria": {"comparator": "equal", "field": {"api_name": "Stage"}, "value": "Closed Lost"},
            "match_all": False,
        },
    },
    "conditions": [
        {
            "sequence_number": 1,
            "criteria_details": {
                "criteria": {
                    "group_operator": "AND",
                    "group": [
                        {"comparator": "greater_than", "field": {"api_name": "Amount"}, "value": 30000},
                        {"comparator": "equal", "field": {"api_name": "Reason"}, "value": "Pricing"},
                    ],
                }
            },
            "instant_actions": {
                "actions": [
                    {"type": "tasks", "id": "11"},
                    {
                        "type": "add_tags",
                        "details": {"tags": [{"name": "Lost due to Pricing"}], "over_write": False},
                    },
                    {"type": "email_notifications", "id": "12"},
                ]
            },
            "scheduled_actions": [
                {
                    "execute_after": {"period": "business_days", "unit": 30},
                    "actions": [{"type": "tasks", "id": "11"}],
                }
            ],
        }
    ],
}


@pytest.mark.source("docs: Kaizen 215, step 6")
def test_the_rule_of_the_seed_in_keywords() -> None:
    rule = payloads.rule(
        name="Lost Deal due to Pricing - Follow Up",
        description="Triggers tasks, tags, and follow-up reminders",
        module="Deals",
        on="field_update",
        watch=F("Stage") == "Closed Lost",
        when=(F("Amount") > 30000) & (F("Reason") == "Pricing"),
        then=[payloads.task(11), payloads.add_tags("Lost due to Pricing"), payloads.email_notification("12")],
        later=[payloads.after(30, "business_days", payloads.task(11))],
    )

    assert rule == SEED_CREATE


@pytest.mark.source("reference: automation B.6: what is not mentioned stays")
def test_an_update_mentions_only_what_is_given() -> None:
    assert payloads.rule(active=False, delete_schedule_action=True) == {
        "status": {"active": False, "delete_schedule_action": True}
    }
    assert payloads.rule(description=None) == {"description": None}


@pytest.mark.source("reference: automation B.4: the first matching condition wins")
def test_conditions_are_numbered_in_order_unless_they_have_a_number() -> None:
    first = payloads.condition(when=F("Amount") > 1, then=[payloads.add_tags("big")], id=5)
    second = payloads.condition(then=[payloads.remove_tags("big")], sequence_number=7)

    conditions = payloads.rule(conditions=[first, second])["conditions"]

    assert [(c.get("id"), c["sequence_number"]) for c in conditions] == [("5", 1), (None, 7)]
    assert conditions[1]["criteria_details"] == {"criteria": None}


@pytest.mark.source("reference: automation B.2: repeat is mandatory for edits, and only there")
@pytest.mark.parametrize(
    ("trigger", "details"),
    [("create", {}), ("delete", {}), ("edit", {"repeat": False}), ("create_or_edit", {"repeat": False})],
)
def test_simple_triggers(trigger: str, details: dict[str, object]) -> None:
    assert payloads.rule(on=trigger)["execute_when"] == {"type": trigger, "details": details}


@pytest.mark.source("reference: automation B.2 T2")
@pytest.mark.parametrize(
    ("watch", "given", "sent"),
    [
        (F("Stage") == "Won", None, False),
        ((F("Stage") == "Won") & (F("Amount") > 1), None, True),
        ((F("Stage") == "Won") | (F("Amount") > 1), None, False),
        ((F("Stage") == "Won") & (F("Amount") > 1), False, False),
    ],
)
def test_what_is_watched_says_itself_whether_all_must_hold(watch: Criteria, given: bool | None, sent: bool) -> None:
    written = payloads.rule(on="field_update", watch=watch, match_all=given)

    assert written["execute_when"]["details"]["match_all"] is sent


@pytest.mark.source("assumed: contradictory keywords are refused before anything is sent")
def test_contradictions_are_refused() -> None:
    with pytest.raises(ValueError, match="either conditions"):
        payloads.rule(conditions=[], then=[payloads.add_tags("x")])
    with pytest.raises(ValueError, match="field_update"):
        payloads.rule(watch=F("Stage") == "Won")


@pytest.mark.source("reference: automation C.1 to C.3")
def test_the_shared_actions() -> None:
    assert payloads.field_update_entity(name="Set stage", module="Deals", field="Stage", value="Lost") == {
        "name": "Set stage",
        "module": {"api_name": "Deals"},
        "feature_type": "workflow",
        "field": {"api_name": "Stage"},
        "type": "static",
        "value": "Lost",
    }
    task = payloads.task_entity(
        name="Call", module="Deals", subject="Call", due_in=(2, "business_days"), status="Not Started", priority="High"
    )
    assert [(m["field"]["api_name"], m["type"]) for m in task["field_mappings"]] == [
        ("Subject", "static"),
        ("Status", "static"),
        ("Priority", "static"),
        ("Due_Date", "execution_time"),
    ]
    mail = payloads.email_notification_entity(
        name="Tell", module="Deals", template=77, to=[{"type": "record_owner"}], bulk_email=False
    )
    assert (mail["template"], mail["recipients"]) == ({"id": "77"}, {"to": [{"type": "record_owner"}]})


@pytest.mark.source("reference: automation B.1")
@pytest.mark.parametrize(
    ("given", "written"),
    [("Deals", {"api_name": "Deals"}), ("487", {"id": "487"}), (487, {"id": "487"}), ({"id": "1"}, {"id": "1"})],
)
def test_references(given: payloads.Reference, written: dict[str, str]) -> None:
    assert payloads.reference(given) == written


@pytest.mark.source("assumed: a whole request body is as good as the object in it")
def test_a_whole_body_is_unwrapped() -> None:
    assert payloads.unwrapped({"workflow_rules": [{"name": "x"}]}, "workflow_rules") == {"name": "x"}
    assert payloads.unwrapped({"name": "x"}, "workflow_rules") == {"name": "x"}
    with pytest.raises(ValueError, match="exactly one"):
        payloads.unwrapped({"workflow_rules": []}, "workflow_rules")
