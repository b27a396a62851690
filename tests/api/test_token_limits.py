"""Where the throttles of tokens are on, and that a server holds to them."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from kaizen.accounts.limits import Limits
from kaizen.accounts.secrets import hashed
from kaizen.server.settings import TokenLimits
from tests.support.server import Crm, MakeCrm

ON = (10, 10, 20)
OFF = (None, None, None)
MACHINE: dict[str, Any] = {"clock": ""}


@dataclass(frozen=True)
class Throttled:
    name: str
    settings: dict[str, Any]
    figures: tuple[int | None, ...]
    tokens: dict[str, Any] = field(default_factory=dict)


CASES = [
    Throttled("a new database on the machine's clock", MACHINE, ON),
    Throttled("a virtual clock", {}, OFF),
    Throttled("a throw-away database", {**MACHINE, "ephemeral": True}, OFF),
    Throttled("the machine's clock, told not to", MACHINE, OFF, {"throttled": False}),
    Throttled("a virtual clock, told to", {}, ON, {"throttled": True}),
    Throttled("a figure of its own", MACHINE, (3, 10, 20), {"grants_per_window": 3}),
    Throttled("a figure on a virtual clock", {}, (None, 3, None), {"access_tokens_per_window": 3}),
]


@pytest.mark.source("reference: platform A.8; assumed: whoever turns a clock or throws a database away is testing")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_is_throttled(case: Throttled, make_crm: MakeCrm) -> None:
    crm = make_crm(**case.settings, tokens=TokenLimits(**case.tokens))

    assert figures(crm.server.tokens.limits) == case.figures


@pytest.mark.source("assumed: whoever runs a server from before was told that nothing is throttled")
def test_a_database_from_before_the_throttles_is_not_throttled(make_crm: MakeCrm) -> None:
    def forget(unit: Any) -> None:
        for document in unit.documents("server_tokens"):
            unit.drop_document("server_tokens", document.id)

    crm = make_crm(**MACHINE)
    crm.store.write_now(forget)
    crm.server.close()
    later = Crm(crm.server.settings)
    try:
        assert figures(later.server.tokens.limits) == OFF
    finally:
        later.close()


@pytest.mark.source("reference: platform A.5, A.8")
def test_the_eleventh_access_token_in_ten_minutes_is_refused(make_crm: MakeCrm) -> None:
    crm = make_crm(tokens=TokenLimits(throttled=True))
    (client, *_) = crm.store.read_now(lambda unit: unit.clients())
    refresh, _ = crm.store.write_now(lambda unit: crm.server.tokens.issue(unit, client, crm.user, ["ZohoCRM.org.READ"]))
    given = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": client.client_id}
    given["client_secret"] = secret(crm)

    replies = [crm.ask("POST", "/oauth/v2/token", None, given, token="") for _ in range(10)]

    assert [reply.status for reply in replies] == [*[200] * 9, 400]
    assert replies[-1].json == {
        "error": "Access Denied",
        "error_description": "You have made too many requests continuously. Please try again after some time.",
        "status": "failure",
    }


def secret(crm: Crm) -> str:
    """Give the first client a secret that is known here."""
    (client, *_) = crm.store.read_now(lambda unit: unit.clients())
    crm.store.write_now(lambda unit: unit.put_client(replace(client, secret_hash=hashed("known"))))
    return "known"


def figures(limits: Limits) -> tuple[int | None, ...]:
    """Return the three throttles."""
    return limits.grants_per_window, limits.access_tokens_per_window, limits.refresh_tokens_per_window
