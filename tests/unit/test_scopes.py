"""When a granted scope covers a needed one."""

from dataclasses import dataclass

import pytest

from kaizen.access.scopes import permitted
from kaizen.model.people import Actor, User
from kaizen.vocabulary.scopes import EVERYTHING, allows


@dataclass(frozen=True)
class Case:
    granted: str
    needed: str
    allowed: bool


CASES = [
    Case("ZohoCRM.modules.ALL", "ZohoCRM.modules.leads.READ", True),
    Case("ZohoCRM.modules.READ", "ZohoCRM.modules.leads.READ", True),
    Case("ZohoCRM.modules.READ", "ZohoCRM.modules.leads.CREATE", False),
    Case("ZohoCRM.modules.leads.ALL", "ZohoCRM.modules.leads.DELETE", True),
    Case("ZohoCRM.modules.leads.ALL", "ZohoCRM.modules.deals.DELETE", False),
    Case("ZohoCRM.modules.leads.READ", "ZohoCRM.modules.READ", False),
    Case("ZohoCRM.modules.leads.WRITE", "ZohoCRM.modules.leads.UPDATE", True),
    Case("ZohoCRM.modules.leads.WRITE", "ZohoCRM.modules.leads.READ", False),
    Case("zohocrm.MODULES.leads.read", "ZohoCRM.modules.leads.READ", True),
    Case("AaaServer.profile.Read", "aaaserver.profile.READ", True),
    Case("ZohoCRM.settings.ALL", "ZohoCRM.settings.workflow_rules.UPDATE", True),
    Case("ZohoCRM.settings.workflow_rules.READ", "ZohoCRM.settings.automation_actions.READ", False),
    Case("ZohoCRM.modules.ALL", "ZohoCRM.settings.tags.READ", False),
    Case("Kaizen.control.ALL", "Kaizen.control.UPDATE", True),
]


@pytest.mark.source("reference: platform A.9")
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.granted} for {case.needed}")
def test_scope_coverage(case: Case) -> None:
    actor = Actor(User(1, "a@b.c", "A"), frozenset({case.granted}))

    assert permitted(actor, case.needed) is case.allowed


@pytest.mark.source("reference: platform A.9")
def test_every_needed_scope_must_be_granted() -> None:
    actor = Actor(User(1, "a@b.c", "A"), frozenset({"ZohoCRM.coql.READ", "ZohoCRM.modules.leads.READ"}))

    assert permitted(actor, "ZohoCRM.coql.READ", "ZohoCRM.modules.leads.READ")
    assert not permitted(actor, "ZohoCRM.coql.READ", "ZohoCRM.modules.deals.READ")


@pytest.mark.source("reference: platform A.9")
@pytest.mark.parametrize(
    "needed",
    [
        "ZohoCRM.modules.leads.CREATE",
        "ZohoCRM.settings.workflow_rules.DELETE",
        "ZohoCRM.change_owner.CREATE",
        "ZohoCRM.mass_update.leads.UPDATE",
        "ZohoCRM.mass_delete.leads.DELETE",
        "ZohoCRM.mass_convert.leads.CREATE",
        "ZohoCRM.share.leads.READ",
        "ZohoCRM.send_mail.leads.CREATE",
        "ZohoCRM.templates.inventory.READ",
        "ZohoCRM.composite_requests.CUSTOM",
        "ZohoCRM.features.READ",
        "ZohoCRM.apis.READ",
        "ZohoCRM.signals.READ",
        "ZohoCRM.zia_enrichment.READ",
        "ZohoFiles.files.CREATE",
        "ZohoSearch.securesearch.READ",
        "aaaserver.profile.READ",
        "Kaizen.control.UPDATE",
    ],
)
def test_everything_leaves_nothing_out(needed: str) -> None:
    assert allows(EVERYTHING, needed)
