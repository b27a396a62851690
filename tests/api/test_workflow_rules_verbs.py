"""What can be done with rules besides keeping them: order, copy, count, usage."""

from typing import Any

import pytest

from kaizen.server.settings import Smtp
from tests.support.automation_client import RULES, Automation, made
from tests.support.rule_payloads import compare
from tests.support.server import Crm, MakeCrm
from tests.support.smtp import Mailbox, mailbox

__all__ = ["mailbox"]

REORDER = f"{RULES}/actions/reorder"
USAGE_DAYS = {"executed_from": "2026-01-01", "executed_till": "2026-01-31"}


@pytest.fixture
def automation(crm: Crm) -> Automation:
    return Automation(crm)


class TestReorder:
    """Rules of a module get new places, all or none."""

    @pytest.fixture
    def rules(self, automation: Automation) -> dict[str, str]:
        return {name: automation.rule(name, self.marks(automation, name)) for name in ("A", "B", "C")}

    @staticmethod
    def marks(automation: Automation, name: str) -> dict[str, str]:
        """Make an action that writes a name into the next step; the last rule to run wins."""
        return {"type": "field_updates", "id": automation.update(f"Update of {name}", name)}

    @staticmethod
    def order(automation: Automation, *places: tuple[str, Any], module: str | None = "Deals") -> Any:
        rows = [{"id": rule, "module_specific_sequence": number} for rule, number in places]
        params = {"module": module} if module else {}
        return automation.crm.put(REORDER, {"reorder": {"workflow_rules": rows}}, params)

    @staticmethod
    def last_to_run(automation: Automation) -> str:
        deal = automation.deal()
        automation.edit(deal, Description="x")
        return str(automation.value(deal, "Next_Step"))

    @pytest.mark.source("reference: automation A.2, F.4: the answer is sorted by the new places")
    def test_answers_in_the_new_order(self, automation: Automation, rules: dict[str, str]) -> None:
        reply = self.order(automation, (rules["A"], 3), (rules["C"], 1))

        assert reply.status == 200
        assert [(row["details"]["id"], row["message"]) for row in reply.json["reorder"]] == [
            (rules["C"], "rules reordered successfully"),
            (rules["A"], "rules reordered successfully"),
        ]

    @pytest.mark.source("reference: automation G.3: rules run in creation order unless reordered")
    def test_changes_who_runs_last(self, automation: Automation, rules: dict[str, str]) -> None:
        before = self.last_to_run(automation)
        self.order(automation, (rules["C"], 1))
        moved = self.last_to_run(automation)
        automation.rule("D", self.marks(automation, "D"))

        assert (before, moved) == ("C", "B")
        assert self.last_to_run(automation) == "D"

    @pytest.mark.source("reference: automation F.4")
    @pytest.mark.parametrize(
        ("places", "code", "message", "path"),
        [
            ([("A", 1), ("B", 1)], "INVALID_DATA", "duplicate data", "[1].module_specific_sequence"),
            ([("A", 1), ("A", 2)], "INVALID_DATA", "duplicate data", "[1].id"),
            ([("X", 1)], "INVALID_DATA", "Invalid process id", "[0].id"),
            ([("A", 2), ("B", 4)], "INVALID_DATA", "Invalid sequence number is given", "[1].module_specific_sequence"),
            ([("A", 0)], "INVALID_DATA", "Invalid sequence number is given", "[0].module_specific_sequence"),
            (
                [("A", 1), ("B", None)],
                "MANDATORY_NOT_FOUND",
                "The required data missing",
                "[1].module_specific_sequence",
            ),
        ],
    )
    def test_is_refused_whole(
        self,
        places: list[tuple[str, Any]],
        code: str,
        message: str,
        path: str,
        automation: Automation,
        rules: dict[str, str],
    ) -> None:
        reply = self.order(automation, *((rules.get(name, "7"), number) for name, number in places))

        details = {"api_name": path.rsplit(".", maxsplit=1)[-1], "json_path": f"$.reorder.workflow_rules{path}"}
        said = {"code": code, "details": details, "message": message, "status": "error"}
        assert (reply.status, reply.json) == (400, {"reorder": [said]})
        assert self.last_to_run(automation) == "C"

    @pytest.mark.source("reference: automation F.4")
    def test_needs_a_list(self, crm: Crm) -> None:
        reply = crm.put(REORDER, {"reorder": {"workflow_rules": {}}}, {"module": "Deals"})

        details = {
            "api_name": "workflow_rules",
            "json_path": "$.reorder.workflow_rules",
            "expected_data_type": "jsonarray",
        }
        said = {"code": "INVALID_DATA", "details": details, "message": "Invalid data type", "status": "error"}
        assert (reply.status, reply.json) == (400, {"reorder": [said]})

    @pytest.mark.source("docs: OAS workflow-rules: putReorder: at most ten rules")
    def test_moves_ten_rules_at_most(self, automation: Automation) -> None:
        reply = self.order(automation, *((str(number), number) for number in range(1, 12)))

        details = {"api_name": "workflow_rules", "json_path": "$.reorder.workflow_rules", "maximum_length": 10}
        said = {"code": "INVALID_DATA", "details": details, "message": "Invalid data", "status": "error"}
        assert (reply.status, reply.json) == (400, {"reorder": [said]})

    @pytest.mark.source("reference: automation F.4")
    @pytest.mark.parametrize(
        ("params", "code", "message"),
        [
            ({}, "REQUIRED_PARAM_MISSING", "required param not found"),
            ({"module": "Dealz"}, "INVALID_MODULE", "Invalid Module"),
        ],
    )
    def test_needs_a_module(self, params: dict[str, str], code: str, message: str, crm: Crm) -> None:
        reply = crm.put(REORDER, {"reorder": {"workflow_rules": []}}, params)

        assert reply.status == 400
        assert reply.json == {"code": code, "details": {"param_name": "module"}, "message": message, "status": "error"}


class TestClone:
    """The service names the operation and its message, nothing more."""

    @pytest.mark.source("assumed: reference offers it so, automation A.2")
    def test_copies_a_rule_with_ids_of_its_own(self, automation: Automation) -> None:
        rule_id = automation.lost_deal_rule("One", {"type": "tasks", "id": automation.task()})
        automation.put(rule_id, {"status": {"active": False}})

        reply = automation.crm.post(f"{RULES}/{rule_id}/actions/clone", {"workflow_rules": [{"name": "Two"}]})

        theirs, ours = automation.get(rule_id), automation.get(made(reply, "workflow_rules"))
        assert reply.json["workflow_rules"][0]["message"] == "Workflow cloned successfully"
        assert (ours["name"], ours["status"], ours["execute_when"]) == (
            "Two",
            {"active": False},
            theirs["execute_when"],
        )
        assert ours["conditions"][0]["id"] != theirs["conditions"][0]["id"]
        assert (
            ours["conditions"][0]["scheduled_actions"][0]["id"] != theirs["conditions"][0]["scheduled_actions"][0]["id"]
        )

    @pytest.mark.source("assumed: a copy without a name gets one")
    def test_names_copies_that_nobody_named(self, automation: Automation) -> None:
        rule_id = automation.rule("One")

        for _ in range(2):
            automation.crm.post(f"{RULES}/{rule_id}/actions/clone")

        assert automation.names() == ["One", "Copy of One", "Copy 2 of One"]

    @pytest.mark.source("assumed: as when a rule is created")
    @pytest.mark.parametrize(("name", "code"), [("One", "ALREADY_USED"), ("<>", "INVALID_DATA"), (7, "INVALID_DATA")])
    def test_refuses_a_bad_name(self, name: Any, code: str, automation: Automation) -> None:
        rule_id = automation.rule("One")

        reply = automation.crm.post(f"{RULES}/{rule_id}/actions/clone", {"workflow_rules": [{"name": name}]})

        assert (reply.status, reply.codes("workflow_rules")) == (400, [code])

    @pytest.mark.source("reference: automation A.2: an unknown id in the path")
    def test_refuses_an_unknown_rule(self, crm: Crm) -> None:
        assert crm.post(f"{RULES}/77/actions/clone", {}).problem == (400, "INVALID_DATA")


class TestCounts:
    """How many actions and rules there are."""

    @pytest.mark.source("reference: automation E.2")
    def test_of_actions(self, automation: Automation) -> None:
        rule_id = automation.lost_deal_rule("One", {"type": "tasks", "id": automation.task()})

        reply = automation.crm.get(f"{RULES}/actions/actions_count", {"ids": f"1,{rule_id}"})

        one = {"actions_count": [{"type": "tasks", "value": 1}]}
        condition = automation.get(rule_id)["conditions"][0]["id"]
        assert reply.json == {
            "workflow_rules": [
                {
                    "id": rule_id,
                    "conditions": [
                        {"sequence_number": 1, "instant_actions": one, "scheduled_actions": [one], "id": condition}
                    ],
                }
            ]
        }

    @pytest.mark.source("reference: automation E.2, F.4")
    def test_of_actions_of_no_rule(self, crm: Crm) -> None:
        missing = crm.get(f"{RULES}/actions/actions_count")

        assert crm.get(f"{RULES}/actions/actions_count", {"ids": "1,2"}).status == 204
        assert missing.problem == (400, "REQUIRED_PARAM_MISSING")
        assert missing.json["details"] == {"param_name": "ids"}

    @pytest.mark.source("reference: automation E.3")
    def test_of_rules_by_module(self, automation: Automation) -> None:
        automation.rule("One")
        automation.put(automation.rule("Two"), {"status": {"active": False}})
        path = f"{RULES}/actions/module_specific_count"

        deals = {"active_rules_configured": 1, "module": automation.module(), "total_rules_configured": 2}
        leads = {"active_rules_configured": 0, "module": automation.module("Leads"), "total_rules_configured": 0}
        assert automation.crm.get(path).json == {"module_specific_count": [deals]}
        assert automation.crm.get(path, {"module": "Leads"}).json == {"module_specific_count": [leads]}
        assert automation.crm.get(path, {"module": "Dealz"}).problem == (400, "INVALID_MODULE")

    @pytest.mark.source("reference: automation E.4")
    def test_of_all_rules(self, automation: Automation) -> None:
        automation.put(automation.rule("Two"), {"status": {"active": False}})

        assert automation.crm.get(f"{RULES}/actions/rules_count").json == {
            "rules_count": {
                "scheduled_actions_per_rule_limit": 5,
                "total_rules_limit": 2500,
                "active_rules_configured": 0,
                "rules_per_process_limit": 10,
                "total_actions_per_rule_limit": 50,
                "total_rules_limit_per_module": 125,
                "active_rules_limit": 2000,
                "total_rules_configured": 1,
                "active_rules_limit_per_module": 75,
            }
        }


class TestUsage:
    """How often a rule, its conditions and its actions ran."""

    @pytest.mark.source("reference: automation E.1")
    def test_counts_what_ran_and_what_waits(self, automation: Automation) -> None:
        automation.tag("Lost")
        mail, task = automation.mail(), automation.task()
        rule_id = automation.lost_deal_rule("Lost", {"type": "tasks", "id": task})
        condition = automation.get(rule_id)["conditions"][0]["id"]
        more = [
            {"type": "email_notifications", "id": mail},
            {"type": "add_tags", "details": {"tags": [{"name": "Lost"}]}},
        ]
        automation.put(rule_id, {"conditions": [{"id": condition, "instant_actions": {"actions": more}}]})
        for stage in ("Closed Lost", "Closed Lost", "Closed Won"):
            automation.edit(automation.deal(), Stage=stage)

        reply = automation.crm.get(f"{RULES}/{rule_id}/actions/usage", USAGE_DAYS)

        rule = reply.json["workflow_rules"][0]
        shown = rule["conditions"][0]
        instant = {action["type"]: action for action in shown["instant_actions"]["actions"]}
        assert (rule["id"], rule["name"], rule["trigger_count"], rule["reset_time"]) == (rule_id, "Lost", 2, None)
        assert (shown["id"], shown["usage_count"]) == (condition, 2)
        assert (instant["tasks"]["success_count"], instant["tasks"]["failure_count"]) == (2, 0)
        assert instant["tasks"]["associated_time"] == "2026-01-05T09:00:00+00:00"
        assert "queue_count" not in instant["tasks"]
        assert instant["add_tags"]["tag_id"]
        assert instant["email_notifications"]["queue_count"] == 0
        assert instant["email_notifications"]["related_details"] == {
            "bulk_mail": False, "unopened": 0, "sent_percentage": 0, "opened": 0, "delivered": 0, "unsent": 2,
            "bounced": 0, "clicked": 0, "sent": 0,
        }  # fmt: skip
        (group,) = shown["scheduled_actions"]
        assert (group["actions"][0]["queue_count"], group["actions"][0]["success_count"]) == (2, 0)

    @pytest.mark.source("reference: automation E.1; that mails and not runs are counted is assumed")
    def test_counts_the_mails_that_were_sent(self, make_crm: MakeCrm, mailbox: Mailbox) -> None:
        automation = Automation(make_crm(smtp=Smtp(host="127.0.0.1", port=mailbox.port)))
        boss = {"type": "email", "details": {"email": "boss@example.com"}}
        mail = automation.mail(recipients={"to": [{"type": "record_owner"}, boss]})
        rule_id = automation.rule("One", {"type": "email_notifications", "id": mail})
        deal = automation.deal()
        automation.edit(deal, Description="x")
        mailbox.answer = "550 no such mailbox"
        automation.edit(deal, Description="y")

        reply = automation.crm.get(f"{RULES}/{rule_id}/actions/usage", USAGE_DAYS)

        (action,) = reply.json["workflow_rules"][0]["conditions"][0]["instant_actions"]["actions"]
        mails = action["related_details"]
        assert (action["success_count"], action["failure_count"]) == (2, 0)
        assert (mails["sent"], mails["unsent"], mails["sent_percentage"]) == (2, 2, 50)

    @pytest.mark.source("assumed: a mail to several is sent when all of them have it")
    def test_counts_a_mail_to_several_as_sent_when_all_have_it(self, make_crm: MakeCrm, mailbox: Mailbox) -> None:
        automation = Automation(make_crm(smtp=Smtp(host="127.0.0.1", port=mailbox.port)))
        to = [{"type": "email", "details": {"email": f"{name}@example.com"}} for name in ("ada", "bob")]
        mail = automation.mail(recipients={"to": to}, bulk_email=True)
        rule_id = automation.rule("One", {"type": "email_notifications", "id": mail})
        deal = automation.deal()

        def counts() -> tuple[int, int, int]:
            shown = automation.crm.get(f"{RULES}/{rule_id}/actions/usage", USAGE_DAYS).json["workflow_rules"][0]
            (action,) = shown["conditions"][0]["instant_actions"]["actions"]
            mails = action["related_details"]
            return mails["sent"], mails["unsent"], mails["sent_percentage"]

        seen = []
        for answer in ("451 come again", "550 no such mailbox"):
            mailbox.answers = {"bob@example.com": answer}
            automation.edit(deal, Description=answer)
            seen.append(counts())
            mailbox.answers = {}
            automation.crm.advance(minutes=1)
            seen.append(counts())

        assert seen == [(0, 1, 0), (1, 0, 100), (1, 1, 50), (1, 1, 50)]

    @pytest.mark.source("reference: automation E.1, B.6: a trigger changes inside its category; the sum is assumed")
    def test_counts_triggers_by_what_the_rule_was_at_the_time(self, automation: Automation) -> None:
        rule_id, deal = automation.rule("One"), automation.deal()

        def counts() -> tuple[int, int]:
            shown = automation.crm.get(f"{RULES}/{rule_id}/actions/usage", USAGE_DAYS).json["workflow_rules"][0]
            return shown["trigger_count"], shown["conditions"][0]["usage_count"]

        watched = {"criteria": compare("Stage", "equal", "Closed Lost"), "repeat": True}
        seen = []
        for trigger in ({"type": "edit", "details": {"repeat": True}}, {"type": "field_update", "details": watched}):
            assert automation.put(rule_id, {"execute_when": trigger}).status == 200
            automation.edit(deal, Description=trigger["type"])
            automation.edit(deal, Stage="Closed Lost", Description="lost")
            seen.append(counts())
            automation.edit(deal, Stage="Qualification", Description="back")
        automation.put(rule_id, {"execute_when": {"type": "create"}})
        seen.append(counts())
        automation.deal()
        seen.append(counts())

        assert seen == [(2, 2), (4, 4), (4, 4), (5, 5)]

    @pytest.mark.source("reference: automation E.1: counts are of the days asked for")
    def test_counts_the_days_asked_for(self, automation: Automation) -> None:
        rule_id = automation.lost_deal_rule("Lost", {"type": "tasks", "id": automation.task()})
        automation.edit(automation.deal(), Stage="Closed Lost")

        before = {"executed_from": "2025-12-01", "executed_till": "2026-01-04T23:59:59+00:00"}
        reply = automation.crm.get(f"{RULES}/{rule_id}/actions/usage", before)

        rule = reply.json["workflow_rules"][0]
        assert (rule["trigger_count"], rule["conditions"][0]["usage_count"]) == (0, 0)

    @pytest.mark.source("reference: automation F.4")
    @pytest.mark.parametrize(
        ("params", "code", "message", "details"),
        [
            ({"executed_till": "2026-01-01"}, "REQUIRED_PARAM_MISSING", "required param not found",
             {"param_name": "executed_from"}),
            ({"executed_from": "2026-01-01"}, "REQUIRED_PARAM_MISSING", "required param not found",
             {"param_name": "executed_till"}),
            ({"executed_from": "yesterday", "executed_till": "2026-01-01"}, "INVALID_DATA",
             "Please provide  ISO Time format to the param",
             {"expected_data_type": "datetime", "param_name": "executed_from"}),
            ({"executed_from": "2020-01-01", "executed_till": "2026-01-01"}, "INVALID_REQUEST",
             "DATE_RANGE_EXCEEDS", {}),
        ],
    )  # fmt: skip
    def test_refuses_bad_days(
        self, params: dict[str, str], code: str, message: str, details: dict[str, str], automation: Automation
    ) -> None:
        reply = automation.crm.get(f"{RULES}/{automation.rule('One')}/actions/usage", params)

        assert (reply.status, reply.json) == (
            400,
            {"code": code, "details": details, "message": message, "status": "error"},
        )

    @pytest.mark.source("assumed: the first and the last day that can be written are days like others")
    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_counts_nothing_on_the_days_at_the_ends(self, day: str, automation: Automation) -> None:
        path = f"{RULES}/{automation.rule('One')}/actions/usage"

        assert automation.crm.get(path, {"executed_from": day, "executed_till": day}).status == 200

    @pytest.mark.source("reference: automation F.4")
    def test_refuses_an_unknown_rule_and_another_method(self, crm: Crm) -> None:
        unknown = crm.get(f"{RULES}/77/actions/usage", USAGE_DAYS)
        method = crm.post(f"{RULES}/77/actions/usage", {})

        assert (unknown.problem, unknown.json["message"]) == ((400, "INVALID_DATA"), "the id given seems to be invalid")
        assert method.problem == (400, "INVALID_REQUEST_METHOD")


@pytest.mark.source("reference: automation G.11")
def test_a_rule_says_when_it_ran_last(automation: Automation) -> None:
    rule_id = automation.rule("One")
    deal = automation.deal()
    automation.crm.advance(hours=3)
    automation.edit(deal, Description="x")

    assert automation.get(rule_id)["last_executed_time"] == "2026-01-05T12:00:00+00:00"


@pytest.mark.source("reference: automation G.11: the last time any condition's actions ran")
def test_a_trigger_without_a_matching_condition_is_no_execution(automation: Automation) -> None:
    rule_id = automation.lost_deal_rule("Lost", {"type": "tasks", "id": automation.task()})
    condition = {"id": automation.get(rule_id)["conditions"][0]["id"]}
    criteria = {"criteria_details": {"criteria": compare("Amount", "greater_than", 5)}}
    automation.put(rule_id, {"conditions": [{**condition, **criteria}]})

    automation.edit(automation.deal(), Stage="Closed Lost")

    usage = automation.crm.get(f"{RULES}/{rule_id}/actions/usage", USAGE_DAYS).json["workflow_rules"][0]
    assert (usage["trigger_count"], usage["conditions"][0]["usage_count"]) == (1, 0)
    assert automation.get(rule_id)["last_executed_time"] is None
