"""The e-mail notifications API, and the templates that notifications send."""

from typing import Any

import pytest

from kaizen.records.reactions.merge_field_values import MergeFields, Subject
from kaizen.store.unit_of_work import Unit
from tests.support.automation_client import MAILS, RULES, Automation, made
from tests.support.server import Crm

TEMPLATES = "settings/email_templates"


@pytest.fixture
def automation(crm: Crm) -> Automation:
    return Automation(crm)


@pytest.mark.source("reference: automation C.3: the message of a creation; the others are assumed")
def test_a_notification_is_created_changed_and_deleted(automation: Automation) -> None:
    crm, number = automation.crm, automation.mail()

    changed = crm.put(f"{MAILS}/{number}", {"email_notifications": [{"name": "Two", "bulk_email": True}]})
    shown = crm.get(f"{MAILS}/{number}").json["email_notifications"][0]
    deleted = crm.delete(f"{MAILS}/{number}")

    assert [(reply.status, reply.json["email_notifications"][0]["message"]) for reply in (changed, deleted)] == [
        (200, "alert updated successfully"),
        (200, "alert deleted successfully"),
    ]
    assert (shown["name"], shown["bulk_email"], shown["associated"]) == ("Two", True, False)
    assert shown["recipients"] == {"to": [{"type": "record_owner", "details": None}], "cc": [], "bcc": []}
    assert crm.get(f"{MAILS}/{number}").status == 204


@pytest.mark.source("reference: automation C.3")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"module": {"api_name": "Deals"}},
         {"code": "MANDATORY_NOT_FOUND", "message": "required field not found",
          "details": {"api_name": "id", "json_path": "$.email_notifications[0].module.id"}}),
        ({"recipients": {"to": [{"type": "field", "details": {"api_name": "Nobody"}}]}},
         {"code": "MULTIPLE_OR_MULTI_ERRORS", "message": "Some selected recipients are not available",
          "details": {"api_name": "recipients", "json_path": "$.email_notifications[0].recipients", "errors": [
              {"code": "INVALID_DATA", "message": "Selected recipient is unavailable", "status": "error",
               "details": {"api_name": "api_name",
                           "json_path": "$.email_notifications[0].recipients.to[0].details.api_name"}}]}}),
    ],
)  # fmt: skip
def test_a_notification_is_refused(change: dict[str, Any], said: dict[str, Any], automation: Automation) -> None:
    body = {
        "name": "One",
        "module": automation.module(),
        "template": {"id": automation.template()},
        "recipients": {"to": [{"type": "record_owner"}]},
        **change,
    }

    reply = automation.crm.post(MAILS, {"email_notifications": [body]})

    assert (reply.status, reply.json) == (400, {"email_notifications": [{**said, "status": "error"}]})


@pytest.mark.source("assumed: nothing asks for a name of its own, as C.1 does for field updates")
def test_notifications_may_share_a_name(automation: Automation) -> None:
    template = automation.template()

    assert automation.mail("Alert") != automation.mail("Alert", template={"id": template})


@pytest.mark.source("reference: automation C: an associated entity is not deleted")
def test_what_a_rule_uses_is_not_deleted(automation: Automation) -> None:
    crm, number = automation.crm, automation.mail()
    automation.rule("One", {"type": "email_notifications", "id": number})

    assert crm.delete(f"{MAILS}/{number}").problem == (400, "NOT_ALLOWED")
    assert crm.delete(MAILS, {"ids": number}).codes("email_notifications") == ["NOT_ALLOWED"]
    assert crm.get(MAILS).json["email_notifications"][0]["associated"] is True


@pytest.mark.source("reference: automation C.4, as webhooks: which mails rules sent")
def test_usage_is_reported_by_day_and_notification(automation: Automation) -> None:
    crm, number = automation.crm, automation.mail()
    automation.rule("One", {"type": "email_notifications", "id": number})
    deal = automation.deal()
    automation.edit(deal, Description="x")
    crm.advance(days=1)
    automation.edit(deal, Description="y")
    path = f"{MAILS}/actions/usage_reports"

    by_day = crm.get(path, {"group_by": "date"}).json
    by_resource = crm.get(path, {"group_by": "date,resource", "from": "2026-01-06"}).json

    kind = "email_notifications"
    assert by_day == {
        "data_usage": [
            {"date": "2026-01-05", "resource": None, "count": 1, "type": kind},
            {"date": "2026-01-06", "resource": None, "count": 1, "type": kind},
        ],
        "info": {"max_limit": 300},
    }
    resource = {"name": "Deal Lost Alert", "id": number}
    assert by_resource["data_usage"] == [{"date": "2026-01-06", "resource": resource, "count": 1, "type": kind}]


@pytest.mark.source("reference: automation F.7")
@pytest.mark.parametrize(
    ("params", "code", "message", "name"),
    [
        ({}, "REQUIRED_PARAM_MISSING", "One of the expected param is missing", "group_by"),
        ({"group_by": "week"}, "INVALID_DATA", "The value provided to the param is Invalid", "group_by"),
        ({"group_by": "date", "type": "x"}, "INVALID_DATA", "feature type is invalid", "type"),
        ({"group_by": "date", "to": "2030-01-01"}, "INVALID_DATA", "provided time is ahead", "to"),
        ({"group_by": "date", "from": "x"}, "INVALID_DATA", "The value provided to the param is Invalid", "from"),
    ],
)
def test_a_bad_report_is_refused(params: dict[str, str], code: str, message: str, name: str, crm: Crm) -> None:
    reply = crm.get(f"{MAILS}/actions/usage_reports", params)

    said = {"code": code, "details": {"param_name": name}, "message": message, "status": "error"}
    assert (reply.status, reply.json) == (400, said)


class TestTemplates:
    """The service only reads them; making them is an operation of the server's own API."""

    @pytest.mark.source("reference: OAS email-templates")
    def test_are_listed_and_read(self, automation: Automation) -> None:
        crm, number = automation.crm, automation.template()

        listed = crm.get(TEMPLATES).json
        whole = crm.get(f"{TEMPLATES}/{number}").json["email_templates"][0]

        assert listed["info"] == {"per_page": 20, "count": 1, "page": 1, "more_records": False}
        assert listed["email_templates"][0].keys() == {
            "created_time", "modified_time", "last_usage_time", "category", "folder", "module", "created_by",
            "modified_by", "name", "id", "editor_mode", "favorite", "attachments", "subject", "associated", "active",
            "consent_linked", "last_version_statistics",
        }  # fmt: skip
        assert whole["content"] == "<p>x</p>"
        assert crm.get(f"{TEMPLATES}/77").status == 204

    @pytest.mark.source("reference: OAS email-templates")
    @pytest.mark.parametrize(
        ("params", "count"),
        [
            ({"module": "Deals"}, 1),
            ({"module": "Leads"}, 0),
            ({"category": "created_by_me"}, 1),
            ({"category": "associated"}, 0),
            ({"category": "draft"}, 0),
            ({"filters": '{"field":{"api_name":"name"},"comparator":"contains","value":"los"}'}, 1),
        ],
    )
    def test_are_chosen(self, params: dict[str, str], count: int, automation: Automation) -> None:
        automation.template()

        reply = automation.crm.get(TEMPLATES, params)

        assert (len(reply.json["email_templates"]) if reply.status == 200 else 0) == count

    @pytest.mark.source("assumed: an operation of ours")
    def test_are_changed_and_deleted_unless_used(self, automation: Automation) -> None:
        crm, free = automation.crm, automation.template("Free")
        mail = automation.mail()
        used = crm.get(f"{MAILS}/{mail}").json["email_notifications"][0]["template"]["id"]

        changed = crm.control("PUT", f"email_templates/{free}", {"email_templates": [{"subject": "New"}]})
        deleted = crm.control("DELETE", f"email_templates/{free}")
        kept = crm.control("DELETE", f"email_templates/{used}")

        assert [reply.status for reply in (changed, deleted)] == [200, 200]
        assert kept.problem == (400, "NOT_ALLOWED")

    @pytest.mark.source("assumed: an operation of ours")
    def test_need_the_right_to_control(self, crm: Crm) -> None:
        token = crm.token("ZohoCRM.settings.ALL", "Kaizen.control.READ")

        assert crm.control("POST", "email_templates", {}, token=token).problem == (401, "OAUTH_SCOPE_MISMATCH")


@pytest.mark.source("reference: automation C.3, G.8: what a rule sends")
def test_a_mail_is_kept_as_the_notification_says(automation: Automation) -> None:
    crm = automation.crm
    recipients = {
        "to": [{"type": "record_owner"}],
        "cc": [{"type": "email", "details": {"email": "audit@example.com"}}],
    }
    number = automation.mail(recipients=recipients, bulk_email=True)
    automation.rule("One", {"type": "email_notifications", "id": number})
    deal = automation.deal()

    automation.edit(deal, Description="x")

    (mail,) = crm.control("GET", "outbox").json["outbox"]
    assert mail["subject"] == f"Template of Deal Lost Alert {deal}"
    assert (mail["to"], mail["cc"]) == ([crm.user.email], ["audit@example.com"])


@pytest.mark.source("reference: automation A.3: the name of an action is that of its entity")
def test_a_renamed_notification_shows_its_new_name_in_rules(automation: Automation) -> None:
    number = automation.mail()
    rule_id = automation.rule("One", {"type": "email_notifications", "id": number})
    automation.crm.put(f"{MAILS}/{number}", {"email_notifications": [{"name": "Renamed"}]})

    rule = automation.crm.get(f"{RULES}/{rule_id}").json["workflow_rules"][0]

    assert rule["conditions"][0]["instant_actions"]["actions"][0]["name"] == "Renamed"


@pytest.mark.source("reference: automation A.2")
def test_a_created_notification_answers_that_the_alert_was_created(automation: Automation) -> None:
    body = {
        "name": "One",
        "module": automation.module(),
        "template": {"id": automation.template()},
        "recipients": {"to": [{"type": "record_owner"}]},
    }

    reply = automation.crm.post(MAILS, {"email_notifications": [body]})

    assert made(reply, "email_notifications")
    assert reply.json["email_notifications"][0]["message"] == "alert created successfully"


@pytest.mark.source("reference: automation C.7; assumed: what a user points at is written by its name")
def test_a_mail_names_the_role_of_the_owner(crm: Crm) -> None:
    def rendered(unit: Unit) -> str:
        subject = Subject(unit.catalog.by_name["Deals"], 1, {"Owner": crm.user.id}, crm.user.id)
        return MergeFields(unit, subject).render("${!Deals.Owner.role}, ${!Deals.Owner.role.name}, ${!Users.profile}")

    assert crm.store.read_now(rendered) == "CEO, CEO, Administrator"
