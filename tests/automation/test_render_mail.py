"""The mails that e-mail notifications put into the outbox."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from kaizen.model.rule import EmailNotification, EmailTemplate, Recipient
from kaizen.model.values import Value
from kaizen.records.writer import AutomationSettings
from tests.automation.conftest import Shop
from tests.support.rules import ADA, BOB, CYD, DOT, NOW, SALES, RuleAction, add_tags, condition, new_id

DEAL: dict[str, Value] = {"Deal_Name": "Big", "Amount": 45000, "Stage": "Qualification", "Owner": BOB}


def notify(shop: Shop, to: list[Recipient], subject: str = "s", content: str = "c", **more: Any) -> RuleAction:
    template = EmailTemplate(new_id(), "t", "Deals", subject, content)
    shop.rules.entities[template.id] = template
    notification = EmailNotification(new_id(), "Alert", "Deals", template.id, tuple(to), **more)
    return shop.rules.entity("email_notifications", notification)


def user(number: int) -> Recipient:
    return Recipient("user", id=number)


def address(text: str) -> Recipient:
    return Recipient("email", address=text)


@dataclass(frozen=True)
class To:
    name: str
    to: list[Recipient]
    addresses: list[tuple[str, ...]]
    more: Mapping[str, Any] = field(default_factory=dict)


EACH = [
    To("a user", [user(BOB)], [("bob@zylker.test",)]),
    To("each of two users", [user(BOB), user(CYD)], [("bob@zylker.test",), ("cyd@zylker.test",)]),
    To("two users at once", [user(BOB), user(CYD)], [("bob@zylker.test", "cyd@zylker.test")], {"bulk": True}),
    To("the owner", [Recipient("record_owner")], [("bob@zylker.test",)]),
    To("the active users of a role", [Recipient("role", id=SALES)], [("bob@zylker.test",), ("cyd@zylker.test",)]),
    To("a field of the record", [Recipient("field", field="Next_Step")], [("x@customer.test",)]),
    To("an address", [address("vp@zylker.test")], [("vp@zylker.test",)]),
    To("everybody once", [user(BOB), Recipient("record_owner"), address("BOB@zylker.test")], [("bob@zylker.test",)]),
    To("nobody inactive", [user(DOT), user(BOB)], [("bob@zylker.test",)]),
    To("nobody unknown", [user(1), user(BOB)], [("bob@zylker.test",)]),
    To("no header", [address("a@b.test\r\nBcc: x@y.test"), user(BOB)], [("bob@zylker.test",)]),
    To("no list in disguise", [address("a@b.test, c@d.test"), user(BOB)], [("bob@zylker.test",)]),
]


@pytest.mark.source("reference: automation C.3")
@pytest.mark.parametrize("case", EACH, ids=lambda case: case.name)
def test_a_mail_goes_to(case: To, quick_shop: Shop) -> None:
    quick_shop.rules.add("create", condition(None, notify(quick_shop, case.to, **case.more)))
    quick_shop.in_force()

    quick_shop.create(**DEAL, Next_Step="x@customer.test")

    assert [mail.to for mail in quick_shop.mails()] == case.addresses


@pytest.mark.source("reference: automation C.3")
def test_copies_go_with_one_mail_to_all(quick_shop: Shop) -> None:
    copies = {"cc": (user(ADA), user(BOB)), "bcc": (user(CYD), user(ADA))}
    quick_shop.rules.add("create", condition(None, notify(quick_shop, [user(BOB)], bulk=True, **copies)))
    quick_shop.rules.add("create", condition(None, notify(quick_shop, [user(BOB)], **copies)))
    quick_shop.in_force()

    quick_shop.create(**DEAL)

    to_all, alone = quick_shop.mails()
    assert (to_all.cc, to_all.bcc) == (("ada@zylker.test",), ("cyd@zylker.test",))
    assert (alone.cc, alone.bcc) == ((), ())


@pytest.mark.source("reference: automation C.3")
def test_a_mail_without_recipients_is_a_failed_action(quick_shop: Shop) -> None:
    quick_shop.rules.add("create", condition(None, notify(quick_shop, [user(DOT)])))
    quick_shop.in_force()

    deal = quick_shop.create(**DEAL)

    (fired,) = quick_shop.history(deal)[0].reaction.fired
    assert (fired.outcome, fired.detail) == ("failed", "no recipient is available")
    assert quick_shop.mails() == []


@pytest.mark.source("reference: automation C.3")
def test_a_mail_comes_from_the_organisation_or_whom_the_notification_names(quick_shop: Shop) -> None:
    quick_shop.rules.add("create", condition(None, notify(quick_shop, [user(BOB)])))
    quick_shop.rules.add(
        "create", condition(None, notify(quick_shop, [user(BOB)], sender=user(CYD), reply_to=user(ADA)))
    )
    quick_shop.in_force()

    quick_shop.create(**DEAL)

    assert [(m.sender, m.reply_to) for m in quick_shop.mails()] == [
        ("crm@zylker.test", ""),
        ("cyd@zylker.test", "ada@zylker.test"),
    ]


@dataclass(frozen=True)
class Text:
    name: str
    template: str
    text: str
    values: Mapping[str, Value] = field(default_factory=dict)


TEXTS = [
    Text("a field", "${!Deals.Deal_Name}!", "Big!"),
    Text("several without a gap", "${!Deals.Deal_Name}${!Deals.Stage}", "BigQualification"),
    Text("money", "${!Deals.Amount}", "$45,000.00"),
    Text("money of many digits", "${!Deals.Amount}", "$9,999,999,999,999,999.00", {"Amount": 9999999999999999}),
    Text("half a cent", "${!Deals.Amount}", "$1,200.51", {"Amount": Decimal("1200.505")}),
    Text("a number", "${!Deals.Exchange_Rate}", "0.000000001", {"Exchange_Rate": Decimal("1e-9")}),
    Text("a date", "${!Deals.Closing_Date}", "2026-01-31", {"Closing_Date": "2026-01-31"}),
    Text("a moment", "${!Deals.Created_Time}", "2025-11-24 10:00"),
    Text("now", "${CURRENTTIME}", "2025-11-24 10:00"),
    Text("the owner", "${!Deals.Owner}", "Bob Bell"),
    Text("a fact of the owner", "${!Deals.Owner.email}", "bob@zylker.test"),
    Text("a lookup", "${!Deals.Account_Name}", "Zylker & Sons"),
    Text("behind a lookup", "${!Deals.Account_Name.Industry}", "Shipping"),
    Text("of the module behind a lookup", "${!Accounts.Industry}", "Shipping"),
    Text("who did it", "${CURRENTUSER} ${!Users.email}", "Ada Lovelace ada@zylker.test"),
    Text("the organisation", "${!Org.company_name}", "Zylker"),
    Text("an empty field", "[${!Deals.Next_Step}]", "[]"),
    Text("an unknown field", "[${!Deals.Nothing}${!Leads.Email}]", "[]"),
    Text(
        "no token at all",
        "${Deals.Deal_Name} {{ 7 * 7 }} {% raw %} ${!x}",
        "${Deals.Deal_Name} {{ 7 * 7 }} {% raw %} ${!x}",
    ),
    Text(
        "what looks like a token in a value",
        "${!Deals.Next_Step}",
        "${!Deals.Amount}",
        {"Next_Step": "${!Deals.Amount}"},
    ),
    Text("what looks like a template in a value", "${!Deals.Next_Step}", "{{ cycler }}", {"Next_Step": "{{ cycler }}"}),
]


@pytest.mark.source("reference: automation C.7")
@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.name)
def test_tokens_stand_for_values(case: Text, quick_shop: Shop) -> None:
    quick_shop.rules.add("create", condition(None, notify(quick_shop, [user(BOB)], subject=case.template)))
    quick_shop.in_force()
    account = quick_shop.create("Accounts", Account_Name="Zylker & Sons", Industry="Shipping")

    quick_shop.create(**{**DEAL, "Account_Name": account, **case.values})

    assert [mail.subject for mail in quick_shop.mails()] == [case.text]


@pytest.mark.source("reference: automation C.7")
def test_the_id_of_the_record_and_the_names_of_its_tags_can_be_shown(quick_shop: Shop) -> None:
    hot = quick_shop.tag("Hot")
    mail = notify(quick_shop, [user(BOB)], subject="${!Deals.Id} ${!Deals.id} ${!Deals.Tag}")
    quick_shop.rules.add("create", condition(None, mail, add_tags(hot)))
    quick_shop.in_force()

    deal = quick_shop.create(**DEAL)

    assert [mail.subject for mail in quick_shop.mails()] == [f"{deal} {deal} Hot"]


@pytest.mark.source("assumed: values are text, not markup")
def test_values_are_escaped_in_the_content_and_the_template_is_not(quick_shop: Shop) -> None:
    quick_shop.rules.add(
        "create", condition(None, notify(quick_shop, [user(BOB)], content="<b>${!Deals.Deal_Name}</b>"))
    )
    quick_shop.in_force()

    quick_shop.create(**{**DEAL, "Deal_Name": '<script>alert("&")</script>'})

    assert [mail.content for mail in quick_shop.mails()] == [
        "<b>&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;</b>"
    ]


@pytest.mark.source("assumed: a value begins no header")
def test_a_value_with_line_breaks_stays_in_the_subject(quick_shop: Shop) -> None:
    quick_shop.rules.add(
        "create", condition(None, notify(quick_shop, [user(BOB)], subject="About ${!Deals.Deal_Name}"))
    )
    quick_shop.in_force()

    quick_shop.create(**{**DEAL, "Deal_Name": "x\r\nBcc: evil@test\u2028y"})

    assert [mail.subject for mail in quick_shop.mails()] == ["About x Bcc: evil@test y"]


@pytest.mark.source("reference: automation G.8")
@pytest.mark.parametrize(("deliver", "state", "queued"), [(False, "kept", 0), (True, "waiting", 1)])
def test_a_mail_waits_for_delivery_only_where_a_server_is_configured(
    deliver: bool, state: str, queued: int, quick_shop: Shop
) -> None:
    quick_shop.set_up(AutomationSettings(deliver_mail=deliver))
    quick_shop.rules.add("create", condition(None, notify(quick_shop, [user(BOB)])))
    quick_shop.in_force()

    quick_shop.create(**DEAL)

    (mail,) = quick_shop.mails()
    deliveries = quick_shop.store.read_now(lambda uow: uow.queued())
    assert mail.state == state
    assert [(d.kind, d.due_at, d.payload) for d in deliveries] == [
        ("deliver_mail", NOW, {"mail_id": str(mail.id)})
    ] * queued


@pytest.mark.source("reference: automation G.7")
def test_a_mail_about_a_deleted_record_is_still_delivered(quick_shop: Shop) -> None:
    quick_shop.set_up(AutomationSettings(deliver_mail=True))
    quick_shop.rules.add(
        "delete", condition(None, notify(quick_shop, [user(BOB)], subject="Gone: ${!Deals.Deal_Name}"))
    )
    quick_shop.in_force()
    deal = quick_shop.create(**DEAL)

    quick_shop.delete(deal)

    (delivery,) = quick_shop.store.read_now(lambda uow: uow.queued())
    assert [mail.subject for mail in quick_shop.mails()] == ["Gone: Big"]
    assert delivery.state.value == "pending"
