"""A real server, killed again and again under load: nothing that it answered is lost, and nothing happens twice.

Writers lose deals, each of which sets off tags, a task, mails and another task five minutes later; the clock is turned
and mails are delivered all the while. The server dies at moments that depend on how far the writers are.
"""

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random
from threading import Condition
from typing import Any

import httpx2
import pytest

from tests.support.server import START, KaizenProcess, StartKaizen
from tests.support.smtp import Mailbox, mailbox

__all__ = ["mailbox"]

DEALS, WRITERS, DEATHS = 96, 4, 5
#: A writer turns the clock so often that a mail is tried again before its attempts are used up.
TURN_EVERY = 8
RULES, TASKS, MAILS = (
    f"crm/v8/settings/automation/{each}" for each in ("workflow_rules", "tasks", "email_notifications")
)
TO = ("sales@zylker.test", "boss@zylker.test")


class Caller:
    """Asks a server that may die at any time, and asks again once it is back."""

    def __init__(self, server: KaizenProcess) -> None:
        self._server = server
        self._change = Condition()
        self._lives = 1
        self.done = 0

    def ask(self, method: str, path: str, body: object = None, **params: str | int) -> Any:
        """Send a request until a server answers it; it must be one that may be repeated."""
        while True:
            with self._change:
                life, url, token = self._lives, self._server.url, self._server.credentials["access_token"]
            try:
                answer = httpx2.request(
                    method,
                    f"{url}/{path}",
                    json=body,
                    params=params,
                    headers={"Authorization": f"Zoho-oauthtoken {token}"},
                    timeout=60,
                )
            except httpx2.TransportError:
                with self._change:
                    assert self._change.wait_for(partial(self._lived_on, life), 60), "no server came back"
                continue
            assert answer.status_code < 400, answer.text
            return answer.json() if answer.content else {}

    def _lived_on(self, life: int) -> bool:
        return self._lives > life

    def made(self, path: str, envelope: str, body: dict[str, Any], **params: str | int) -> str:
        """Make one settings object, before the dying begins."""
        found: str = self.ask("POST", path, {envelope: [body]}, **params)[envelope][0]["details"]["id"]
        return found

    def all(self, path: str, key: str, **params: str | int) -> list[Any]:
        """Read a list to its end."""
        rows: list[Any] = []
        page = 1
        while True:
            answer = self.ask("GET", path, page=page, per_page=200, **params)
            rows += answer.get(key, [])
            if not answer.get("info", {}).get("more_records"):
                return rows
            page += 1

    def one_more(self) -> None:
        """Tell who waits that another deal is lost."""
        with self._change:
            self.done += 1
            self._change.notify_all()

    def die_after(self, number: int) -> None:
        """Kill the server once so many deals are lost, and start it again."""
        with self._change:
            assert self._change.wait_for(lambda: self.done >= number, 120), "the writers do not get on"
            # Under the lock, so that nobody reads the address while it changes; requests are on their way all the same.
            self._server.kill()
            self._server.restart()
            self._lives += 1
            self._change.notify_all()


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, start_kaizen: StartKaizen, mailbox: Mailbox) -> KaizenProcess:
    """A server with a virtual clock that delivers mail, on each of the two databases."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return start_kaizen("--clock", START, "--smtp", f"127.0.0.1:{mailbox.port}", database=url)


def install(caller: Caller, *, bulk: bool = False) -> str:
    """Make the rule, and return its id; `bulk`: one mail to all."""
    tags = [{"name": name} for name in ("Lost", "Call again")]
    caller.ask("POST", "crm/v8/settings/tags", {"tags": tags}, module="Deals")
    template = {"name": "Lost", "module": {"api_name": "Deals"}, "subject": "${!Deals.Deal_Name}", "content": "x"}
    mail = {
        "name": "Deal lost",
        "module": {"api_name": "Deals", "id": caller.ask("GET", "crm/v8/settings/modules/Deals")["modules"][0]["id"]},
        "template": {"id": caller.made("kaizen/v1/email_templates", "email_templates", template)},
        "recipients": {"to": [{"type": "email", "details": {"email": address}} for address in TO]},
        "bulk_email": bulk,
    }
    mappings = {"Subject": "Ask why", "Status": "Not Started", "Priority": "High"}
    due = {"period": "days", "unit": "1", "sign": "plus", "trigger_field": "${CURRENTTIME}"}
    task = {
        "name": "Ask why",
        "module": {"api_name": "Deals"},
        "field_mappings": [
            *({"field": {"api_name": name}, "type": "static", "value": value} for name, value in mappings.items()),
            {"field": {"api_name": "Due_Date"}, "type": "execution_time", "value": due},
        ],
    }
    follow_up = {"type": "tasks", "id": caller.made(TASKS, "tasks", task)}
    alert = {"type": "email_notifications", "id": caller.made(MAILS, "email_notifications", mail)}
    criteria = {"field": {"api_name": "Stage"}, "comparator": "equal", "value": "Closed Lost"}
    condition = {
        "sequence_number": 1,
        "instant_actions": {"actions": [{"type": "add_tags", "details": {"tags": tags}}, alert, follow_up]},
        "scheduled_actions": [{"execute_after": {"period": "minutes", "unit": 5}, "actions": [follow_up]}],
    }
    rule = {
        "name": "Lost deals",
        "module": {"api_name": "Deals"},
        "execute_when": {"type": "field_update", "details": {"criteria": criteria, "repeat": False}},
        "conditions": [condition],
    }
    return caller.made(RULES, "workflow_rules", rule)


def lose_deals(caller: Caller, numbers: range) -> None:
    """Make deals and lose them; each request can be repeated, because it says what should be."""
    for number in numbers:
        name = f"Deal {number}"
        deal = {"Deal_Name": name, "Stage": "Qualification", "Closing_Date": "2026-03-01"}
        (made,) = caller.ask("POST", "crm/v8/Deals/upsert", {"data": [deal], "duplicate_check_fields": ["Deal_Name"]})[
            "data"
        ]
        caller.ask("PUT", f"crm/v8/Deals/{made['details']['id']}", {"data": [{"Stage": "Closed Lost"}]})
        if number % TURN_EVERY == 0:
            caller.ask("POST", "kaizen/v1/clock", {"advance": {"minutes": 1}})
        caller.one_more()


@pytest.mark.source(
    "reference: automation G.7, G.8; assumed: architecture: nothing leaves the process before the commit"
)
def test_a_killed_server_loses_nothing_and_doubles_nothing(server: KaizenProcess, mailbox: Mailbox) -> None:
    caller = Caller(server)
    rule = install(caller)
    deaths = sorted(Random(START).sample(range(5, DEALS - 5), DEATHS))

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(lose_deals, caller, range(first, DEALS, WRITERS)) for first in range(WRITERS)]
        for death, number in enumerate(deaths):
            # For one of its lives the server finds no mail server.
            (mailbox.close if death == 1 else mailbox.open if death == 2 else _nothing)()
            caller.die_after(number)
        for writer in writers:
            writer.result()
    caller.ask("POST", "kaizen/v1/clock", {"advance": {"hours": 2}})

    every = [f"Deal {number}" for number in range(DEALS)]
    deals = caller.all("crm/v8/Deals", "data", fields="Deal_Name,Stage,Tag")
    assert sorted(deal["Deal_Name"] for deal in deals) == sorted(every)
    assert {deal["Stage"] for deal in deals} == {"Closed Lost"}
    assert {tuple(tag["name"] for tag in deal["Tag"]) for deal in deals} == {("Lost", "Call again")}
    # One task at once, and one five minutes later.
    tasks = caller.all("crm/v8/Tasks", "data", fields="What_Id")
    assert Counter(task["What_Id"]["id"] for task in tasks) == {deal["id"]: 2 for deal in deals}
    outbox = caller.all("kaizen/v1/outbox", "outbox")
    assert Counter((mail["subject"], *mail["to"]) for mail in outbox) == {(name, to): 1 for name in every for to in TO}
    assert {mail["state"] for mail in outbox} == {"sent"}
    # Who died after a delivery and before noting it delivers again, and says that it is the same.
    delivered = {(str(m["Subject"]), str(m["To"]), str(m["X-Kaizen-Delivery"])) for m in mailbox.messages}
    assert {(subject, to) for subject, to, _ in delivered} == {(name, to) for name in every for to in TO}
    assert len({key for *_, key in delivered}) == len(delivered) == len(outbox)
    states = Counter(action["state"] for action in caller.all("kaizen/v1/queue", "queue", state="all"))
    assert states == {"done": DEALS + len(outbox)}
    days = {"executed_from": "2026-01-05", "executed_till": "2026-01-06"}
    (usage,) = caller.ask("GET", f"{RULES}/{rule}/actions/usage", **days)["workflow_rules"]
    (condition,) = usage["conditions"]
    actions = [*condition["instant_actions"]["actions"], *condition["scheduled_actions"][0]["actions"]]
    assert (usage["trigger_count"], condition["usage_count"]) == (DEALS, DEALS)
    assert [action["success_count"] for action in actions] == [DEALS] * 4


@pytest.mark.source("reference: automation G.8; assumed: architecture: nothing leaves the process before the commit")
def test_a_server_that_dies_with_an_answer_tries_those_again_who_waited(
    server: KaizenProcess, mailbox: Mailbox
) -> None:
    caller = Caller(server)
    install(caller, bulk=True)
    first, second = TO
    mailbox.answers = {second: "451 come again"}

    def take() -> None:
        mailbox.answers = {}
        if len(mailbox.envelopes) == 2:
            os.kill(server.pid, signal.SIGKILL)

    mailbox.on_mail = take
    lose_deals(caller, range(1, 2))
    minute = {"advance": {"minutes": 1}}
    token = {"Authorization": f"Zoho-oauthtoken {server.credentials['access_token']}"}
    with pytest.raises(httpx2.TransportError):
        httpx2.post(f"{server.url}/kaizen/v1/clock", json=minute, headers=token, timeout=60)
    server.kill()
    server.restart()
    caller.ask("POST", "kaizen/v1/clock", minute)

    assert [envelope.rcpt_tos for envelope in mailbox.envelopes] == [[first], [second], [second]]
    assert len({message["X-Kaizen-Delivery"] for message in mailbox.messages}) == 1
    (mail,) = caller.all("kaizen/v1/outbox", "outbox")
    assert (mail["state"], mail["attempts"], mail["last_error"]) == ("sent", 2, None)


def _nothing() -> None:
    pass
