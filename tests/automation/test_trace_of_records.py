"""The story of the seed's two rules, and the trace a record keeps of it (reference: automation G.6)."""

from decimal import Decimal
from typing import Any

import pytest

from kaizen.model.record import Origin
from kaizen.model.values import Id, Value
from kaizen.records.history.trace import dump_trace, trace
from kaizen.records.ports import UnitOfWork
from tests.automation.conftest import Shop
from tests.automation.seed_rules import FOLLOW_UP, TAGS, VP_ALERT, add_seed_rules
from tests.support.rules import ADA, BOB

DAY = 86400


def with_seed_rules(shop: Shop) -> Shop:
    add_seed_rules(shop.rules, *(shop.tag(name) for name in TAGS))
    shop.in_force()
    return shop


@pytest.fixture
def lost(quick_shop: Shop) -> Shop:
    """The two rules of the seed."""
    return with_seed_rules(quick_shop)


@pytest.fixture
def lost_anywhere(shop: Shop) -> Shop:
    """The two rules of the seed, on each of the two databases in turn."""
    return with_seed_rules(shop)


def deal(shop: Shop, **values: Value) -> Id:
    return shop.create(
        **{"Deal_Name": "Big", "Amount": 45000, "Reason_For_Loss__s": "Price", "Stage": "Qualification", "Owner": BOB}
        | values
    )


def tags(shop: Shop, record_id: Id) -> list[str]:
    found = shop.record(record_id)
    assert found is not None
    names = shop.store.read_now(lambda uow: uow.tags["Deals"])
    held: Any = found["Tag"] or ()
    return [names[tag].name for tag in held]


def told(shop: Shop, record_id: Id) -> list[Any]:
    def read(uow: UnitOfWork) -> list[Any]:
        module = uow.catalog.by_name["Deals"]
        return list(dump_trace(uow, module, trace(uow, module, record_id)))

    return shop.store.read_now(read)


def reasons(change: Any) -> dict[str, str]:
    return {entry["rule"]["name"]: entry["reason"] for entry in change["rules"]}


@pytest.mark.source("reference: automation G.6")
def test_a_deal_lost_on_price_is_followed_up(lost_anywhere: Shop) -> None:
    record = deal(lost_anywhere)

    lost_anywhere.edit(record, Stage="Closed Lost")

    assert tags(lost_anywhere, record) == ["Lost due to Pricing", "Re-engagement pending"]
    assert [mail.subject for mail in lost_anywhere.mails()] == ["Deal lost: Big"]
    assert [task["Subject"] for task in lost_anywhere.tasks()] == ["Lost Deal - Feedback"]
    lost_anywhere.clock.now += 42 * DAY  # 30 business days
    assert [done.outcome for done in lost_anywhere.sweep()] == ["done"]
    assert [task["Subject"] for task in lost_anywhere.tasks()] == ["Lost Deal - Feedback"] * 2


@pytest.mark.source("reference: automation G.6")
def test_losing_it_again_does_nothing(lost: Shop) -> None:
    record = deal(lost)
    for stage in ("Closed Lost", "Qualification", "Closed Lost"):
        lost.edit(record, Stage=stage)

    assert len(lost.tasks()) == 1
    newest, reopened, *_ = told(lost, record)
    assert reasons(newest)[FOLLOW_UP] == "REPEAT_CONSUMED"
    assert reasons(reopened)[FOLLOW_UP] == "CRITERIA_FALSE"


NOTHING: list[tuple[str, dict[str, Value], dict[str, Value] | None, str]] = [
    ("it is created lost", {"Stage": "Closed Lost"}, None, "OTHER_EVENT"),
    ("it is too small", {"Amount": Decimal("29999.99")}, {"Stage": "Closed Lost"}, "CRITERIA_FALSE"),
    ("it was not the price", {"Reason_For_Loss__s": "Competition"}, {"Stage": "Closed Lost"}, "CRITERIA_FALSE"),
    ("only the amount changes", {}, {"Amount": 50000}, "FIELD_NOT_CHANGED"),
    ("it is won", {}, {"Stage": "Closed Won"}, "CRITERIA_FALSE"),
]


@pytest.mark.source("reference: automation G.6")
@pytest.mark.parametrize(("made", "edit", "reason"), [c[1:] for c in NOTHING], ids=[c[0] for c in NOTHING])
def test_nothing_is_followed_up_when(
    made: dict[str, Value], edit: dict[str, Value] | None, reason: str, lost: Shop
) -> None:
    record = deal(lost, **made)
    if edit is not None:
        lost.edit(record, **edit)

    assert lost.tasks() == []
    assert reasons(told(lost, record)[0])[FOLLOW_UP] == reason


AMOUNTS: list[tuple[float, str, list[str]]] = [
    (300000, "Negotiation/Review", []),
    (Decimal("300000.01"), "Negotiation/Review", ["Priority"]),
    (400000, "Qualification", []),
]


@pytest.mark.source("reference: automation G.6")
@pytest.mark.parametrize(("amount", "stage", "tagged"), AMOUNTS)
def test_a_high_value_deal_in_negotiation_gets_priority(
    amount: float, stage: str, tagged: list[str], lost: Shop
) -> None:
    assert tags(lost, deal(lost, Amount=amount, Stage=stage)) == tagged


@pytest.mark.source("reference: automation G.6")
def test_exactly_thirty_thousand_is_enough(lost: Shop) -> None:
    record = deal(lost, Amount=30000)

    lost.edit(record, Stage="Closed Lost")

    assert len(lost.tasks()) == 1


@pytest.mark.source("reference: automation H 2")
def test_the_trace_of_a_record_tells_the_whole_story(lost_anywhere: Shop) -> None:
    record = deal(lost_anywhere)
    lost_anywhere.edit(record, Stage="Closed Lost")
    lost_anywhere.clock.now += 42 * DAY
    lost_anywhere.sweep()

    run, tagged, edit, made = told(lost_anywhere, record)

    assert [reasons(each)[FOLLOW_UP] for each in (run, tagged, edit, made)] == [
        "FIRED",
        "TRIGGER_SUPPRESSED",
        "FIRED",
        "OTHER_EVENT",
    ]
    assert edit["changed"]["Stage"] == {"old": "Qualification", "new": "Closed Lost"}
    fired, vp = edit["rules"]
    assert [(a["type"], a["name"], a["outcome"]) for a in fired["actions"]] == [
        ("add_tags", "", "done"),
        ("email_notifications", "Deal Lost Alert", "done"),
        ("tasks", "Lost Deal - Feedback", "done"),
    ]
    assert [each["due_at"] for each in fired["scheduled"]] == ["2026-01-05T10:00:00+00:00"]
    assert vp["reason"] == "CRITERIA_FALSE"
    assert vp["comparisons"][0] == {
        "field": "Amount",
        "comparator": "greater_than",
        "expected": 300000,
        "found": 45000,
    }
    assert vp["explanation"].startswith("Amount is 45000, expected: greater than 300000")
    assert run["scheduled_run"]
    assert tagged["source"] == "workflow"


@pytest.mark.source("reference: automation H 2")
def test_a_trace_is_told_by_the_rules_of_its_time(lost_anywhere: Shop) -> None:
    record = deal(lost_anywhere)
    lost_anywhere.rules.rules.pop()
    lost_anywhere.in_force()
    lost_anywhere.edit(record, Amount=1)

    edit, made = told(lost_anywhere, record)

    assert set(reasons(made)) == {FOLLOW_UP, VP_ALERT}
    assert set(reasons(edit)) == {FOLLOW_UP}


@pytest.mark.source("reference: automation G.1")
def test_a_suppressed_change_is_kept_with_its_reason(lost: Shop) -> None:
    def write(uow: UnitOfWork) -> Id:
        module = uow.catalog.by_name["Deals"]
        values = {"Deal_Name": "Big", "Amount": 400000, "Stage": "Negotiation/Review"}
        none = frozenset[str]()
        return lost.pipeline.create(uow, module, values, actor_id=ADA, origin=Origin(), trigger=none).record_id

    record = lost.store.write_now(write)

    (made,) = told(lost, record)
    assert made["trigger"] == []
    assert reasons(made)[VP_ALERT] == "TRIGGER_SUPPRESSED"
    assert tags(lost, record) == []
