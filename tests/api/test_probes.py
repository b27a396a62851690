"""What those ask who look after a server."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from kaizen.store.errors import LockedError, NoRoomError, UnavailableError
from tests.support.automation_client import Automation
from tests.support.server import Crm, MakeCrm


def numbers(crm: Crm, **how: Any) -> Mapping[str, float]:
    """The metrics by name and labels."""
    reply = crm.ask("GET", "/metrics", token="", **how)
    assert reply.status == 200, reply.content
    lines = (line.rpartition(" ") for line in reply.content.decode().splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


@pytest.mark.source("assumed: a process that cannot write is alive and not ready")
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (LockedError("pid 5 holds /srv/kaizen.db"), "another program holds the database"),
        (NoRoomError("/srv is full"), "the disk of the database is full or fails"),
        (UnavailableError("db.internal is away"), "the database does not answer"),
    ],
)
def test_who_cannot_write_says_why(
    crm: Crm, error: UnavailableError, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused() -> None:
        raise error

    monkeypatch.setattr(crm.store, "prove_writable", refused)

    ready = crm.ask("GET", "/readyz", token="")

    assert (ready.status, ready.json) == (503, {"status": "unavailable", "reason": reason})
    assert crm.ask("GET", "/healthz", token="").json == {"status": "ok"}


@pytest.mark.source("assumed: a process that can write is ready")
def test_who_can_write_is_ready(crm_on: Crm) -> None:
    assert crm_on.ask("GET", "/readyz", token="").json == {"status": "ok"}


@pytest.mark.source("assumed: whoever asks often does not make the server write often")
def test_readiness_is_proved_once_in_a_while(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    proofs: list[int] = []

    async def prove() -> None:
        proofs.append(1)

    monkeypatch.setattr(crm.store, "prove_writable", prove)
    monkeypatch.setattr("time.monotonic", lambda: 5.0)
    for _ in range(5):
        crm.ask("GET", "/readyz", token="")

    assert len(proofs) < 5


@pytest.mark.source("assumed: requests are counted by operation, however many addresses are tried")
def test_requests_are_counted(crm: Crm) -> None:
    for path in ("Leads/1", "Leads/2", "a/b/c/d/e/f/g/h", "a/b/c/d/e/f/g/i"):
        crm.get(path)

    found = numbers(crm)
    route = 'route="/crm/{version}/{module}/{id}"'
    counted = {name: value for name, value in found.items() if name.startswith("kaizen_requests_total")}
    assert counted == {
        f'kaizen_requests_total{{method="GET",{route},status="204"}}': 2.0,
        'kaizen_requests_total{method="GET",route="",status="404"}': 2.0,
    }
    assert found[f'kaizen_request_seconds_count{{method="GET",{route}}}'] == 2.0


@pytest.mark.source("assumed: what rules did is counted once it is committed")
def test_rules_and_what_waits_are_counted(crm_on: Crm) -> None:
    client = Automation(crm_on)
    client.rule("Next", execute_when={"type": "create"})
    before = numbers(crm_on)

    crm_on.post("Deals", {"data": [{"Deal_Name": "An engine", "Stage": "Qualification"}] * 2})

    after = numbers(crm_on)
    grown = {name: after[name] - before.get(name, 0) for name in after}
    assert grown["kaizen_rules_woken_total"] == 2
    assert grown["kaizen_rules_fired_total"] == 2
    assert grown['kaizen_rule_actions_total{outcome="done"}'] == 2
    assert numbers(crm_on)["kaizen_rules_woken_total"] == after["kaizen_rules_woken_total"]
    assert after["kaizen_database_up"] == 1
    assert after["kaizen_database_bytes"] > 10_000
    assert after['kaizen_database_connections{state="open"}'] >= 1
    assert (after["kaizen_queue_late_seconds"], after['kaizen_mails{state="waiting"}']) == (0, 0)


@pytest.mark.source("assumed: numbers of requests are there while the database is not")
def test_without_a_database_the_other_numbers_are_there(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise UnavailableError("away")

    monkeypatch.setattr(crm.store, "read", away)
    assert numbers(crm)["kaizen_database_up"] == 0


@pytest.mark.source("assumed: numbers of a server are for its operator")
@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_does_not_pass_the_metrics_on(crm: Crm, header: str) -> None:
    assert crm.ask("GET", "/metrics", token="", headers={header: "192.0.2.1"}).status == 403


@pytest.mark.source("assumed: numbers of a server are for its operator")
def test_with_a_token_only_who_sends_it_reads_the_metrics(make_crm: MakeCrm) -> None:
    from kaizen.server.settings import MetricsSettings

    settings = MetricsSettings(token="long and random")
    crm = make_crm(metrics=settings)
    assert "random" not in repr(crm.server.settings)
    assert crm.ask("GET", "/metrics", token="").status == 401
    assert crm.ask("GET", "/metrics", token="", headers={"Authorization": "Bearer long"}).status == 401
    far = {"Authorization": "Bearer long and random", "X-Forwarded-For": "192.0.2.1"}
    assert re.search(rb"^kaizen_database_up 1", crm.ask("GET", "/metrics", token="", headers=far).content, re.M)
