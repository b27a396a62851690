"""What an e-mail notification and a template may say, and how they are refused."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from kaizen.automation.payload.actions.action_body import ActionBody
from kaizen.automation.payload.actions.email_notification import dump_email_notification, read_email_notification
from kaizen.automation.payload.actions.email_template import read_email_template
from kaizen.json_body.json_path import item
from tests.support.automation import Ground, body_of
from tests.support.rule_payloads import DROP, changed

N = "$.email_notifications[0]"


class World:
    """A template on deals, and a notification that uses it."""

    def __init__(self) -> None:
        self.ground = Ground()
        self.template = self.ground.put("email_template", "Deals", "Lost")
        self.foreign = self.ground.put("email_template", "Leads", "Hello")
        self.notification: dict[str, Any] = {
            "name": "Deal lost",
            "module": {"api_name": "Deals", "id": self.ground.id_of("Deals")},
            "template": {"id": str(self.template.id), "name": "Lost"},
            "recipients": {"to": [{"type": "record_owner", "details": {}}]},
        }

    def read(self, *changes: tuple[str, Any], stored: dict[str, Any] | None = None) -> Any:
        raw = changed(self.notification, *changes)
        return read_email_notification(raw, stored, self.ground.facts, item("email_notifications"))

    def accepted(self, *changes: tuple[str, Any]) -> dict[str, Any]:
        found = self.read(*changes)
        assert isinstance(found, ActionBody), body_of(found)
        return found.body


@pytest.fixture
def world() -> World:
    return World()


def at(api_name: str, path: str = "") -> dict[str, Any]:
    return {"api_name": api_name, "json_path": f"{N}.{path or api_name}"}


@dataclass(frozen=True)
class Case:
    name: str
    changes: tuple[tuple[str, Any], ...]
    code: str
    message: str
    details: dict[str, Any] = field(default_factory=dict)


MISSING, NOT_FOUND = "MANDATORY_NOT_FOUND", "required field not found"
_TO = "recipients.to.0"


def unavailable(key: str) -> dict[str, Any]:
    """Write the details of a recipient who does not exist."""
    error = {
        "code": "INVALID_DATA",
        "details": at(key, f"recipients.to[0].details.{key}"),
        "message": "Selected recipient is unavailable",
        "status": "error",
    }
    return {**at("recipients"), "errors": [error]}


REFUSALS = [
    Case("no name", (("name", DROP),), MISSING, NOT_FOUND, at("name")),
    Case("a blank name", (("name", " "),), MISSING, NOT_FOUND, at("name")),
    Case("no module", (("module", DROP),), MISSING, NOT_FOUND, at("module")),
    Case("a module without its id", (("module", {"api_name": "Deals"}),), MISSING, NOT_FOUND, at("id", "module.id")),
    Case("no template", (("template", DROP),), MISSING, NOT_FOUND, at("template")),
    Case("no recipients", (("recipients", DROP),), MISSING, NOT_FOUND, at("recipients")),
    Case("nobody to write to", (("recipients.to", []),), MISSING, NOT_FOUND, at("to", "recipients.to")),
    Case("an unknown template", (("template.id", "1"),), "INVALID_DATA", "the id given seems to be invalid",
         at("id", "template.id")),
    Case("an unknown user", ((_TO, {"type": "user", "details": {"id": "5"}}),), "MULTIPLE_OR_MULTI_ERRORS",
         "Some selected recipients are not available", unavailable("id")),
    Case("a field that holds no address", ((_TO, {"type": "field", "details": {"api_name": "Amount"}}),),
         "MULTIPLE_OR_MULTI_ERRORS", "Some selected recipients are not available", unavailable("api_name")),
    Case("a group, which this server does not have", ((_TO, {"type": "group", "details": {"id": "5"}}),),
         "NOT_IMPLEMENTED", "this server does not run notifications to groups yet",
         at("type", "recipients.to[0].type")),
    Case("an address that could begin another header", ((_TO, {"type": "email", "details": {"email": "a@b.c\nX: y"}}),),
         "MULTIPLE_OR_MULTI_ERRORS", "Some selected recipients are not available", unavailable("email")),
    Case("copies of single mails", (("recipients.cc", [{"type": "record_owner"}]),), "DEPENDENT_MISMATCH",
         "Dependent Field is not matching", {"dependee": at("bulk_email"), **at("cc", "recipients.cc")}),
    Case("an unknown kind of recipient", ((_TO, {"type": "world"}),), "INVALID_DATA", "invalid data",
         {**at("type", "recipients.to[0].type"),
          "supported_values": ["user", "role", "group", "field", "record_owner", "email"]}),
    Case("an unknown sender", (("from_address", {"type": "user", "resource": {"id": "5"}}),), "INVALID_DATA",
         "the id given seems to be invalid", at("id", "from_address.resource.id")),
]  # fmt: skip


@pytest.mark.source("reference: automation C.3; what it leaves open is assumed")
@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_a_notification_is_refused(case: Case, world: World) -> None:
    said = body_of(world.read(*case.changes))

    assert said == {"code": case.code, "message": case.message, "details": case.details, "status": "error"}


@pytest.mark.source("assumed: a template speaks of records of one module")
def test_a_template_of_another_module_is_refused(world: World) -> None:
    said = body_of(world.read(("template.id", str(world.foreign.id))))

    assert said["code"] == "AMBIGUITY_DURING_PROCESSING"


@pytest.mark.source("reference: automation C.3")
def test_recipients_are_kept_with_what_they_are_called(world: World) -> None:
    agent = world.ground.agent
    role = next(d for (kind, _), d in world.ground.documents.items() if kind == "role")

    body = world.accepted(
        ("bulk_email", True),
        ("recipients.to.1", {"type": "user", "details": {"id": str(agent.id)}}),
        ("recipients.cc", [{"type": "role", "details": {"id": str(role.id)}}]),
        ("recipients.bcc", [{"type": "email", "details": {"email": "audit@example.com"}}]),
    )

    assert body["recipients"]["to"] == [
        {"type": "record_owner", "details": None},
        {"type": "user", "details": {"name": "Jane Doe", "id": str(agent.id), "email": "jane@example.com"}},
    ]
    assert body["recipients"]["cc"] == [{"type": "role", "details": {"name": role.name, "id": str(role.id)}}]
    assert body["recipients"]["bcc"] == [{"type": "email", "details": {"email": "audit@example.com"}}]


@pytest.mark.source("assumed: GET shows what was sent")
def test_what_get_shows_can_be_sent_back(world: World) -> None:
    user = {"type": "user", "resource": {"id": str(world.ground.agent.id)}}
    stored = world.accepted(("from_address", user), ("reply_to", {"type": "org", "resource": {"email": "a@b.org"}}))

    shown = dump_email_notification(stored, world.ground.catalog.by_name["Deals"], world.template)
    again = read_email_notification(shown, stored, world.ground.facts, item("email_notifications"))

    assert isinstance(again, ActionBody)
    assert again.body == stored


TEMPLATE = {
    "name": "Lost",
    "module": {"api_name": "Deals"},
    "subject": "Lost: ${!Deals.Deal_Name}",
    "content": "<p>x</p>",
}
_E = "$.email_templates[0]"


@pytest.mark.source("assumed: making templates is an operation of ours")
@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        (("name", DROP), MISSING, f"{_E}.name"),
        (("module", DROP), MISSING, f"{_E}.module"),
        (("subject", DROP), MISSING, f"{_E}.subject"),
        (("content", DROP), MISSING, f"{_E}.content"),
        (("content", "${!Deals.Shoe_Size}"), "INVALID_DATA", f"{_E}.content"),
        (("subject", "${!Deals.Account_Name.Shoe_Size}"), "INVALID_DATA", f"{_E}.subject"),
        (("editor_mode", "vi"), "INVALID_DATA", f"{_E}.editor_mode"),
        (("name", "x" * 76), "INVALID_DATA", f"{_E}.name"),
    ],
)
def test_a_template_is_refused(change: tuple[str, Any], code: str, path: str, world: World) -> None:
    raw = changed(TEMPLATE, change)

    said = body_of(read_email_template(raw, None, world.ground.facts, item("email_templates")))

    assert (said["code"], said["details"]["json_path"]) == (code, path)


@pytest.mark.source("reference: automation C.7")
@pytest.mark.parametrize(
    "text",
    [
        "${!Deals.Amount} of ${!Deals.Account_Name.Industry}",
        "${!Accounts.Phone}",
        "${!Users.email} at ${!Org.company_name}",
        "${CURRENTTIME} ${CURRENTUSER} ${!Deals.Id} $ {} {x}",
    ],
)
def test_a_template_may_name(text: str, world: World) -> None:
    raw = changed(TEMPLATE, ("content", text))

    found = read_email_template(raw, None, world.ground.facts, item("email_templates"))

    assert isinstance(found, ActionBody), body_of(found)
