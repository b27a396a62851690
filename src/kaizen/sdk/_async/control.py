"""What only a Kaizen server has: its clock, its queue and outbox, and why a rule did or did not act."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kaizen.sdk._async.resource import AsyncResource
from kaizen.sdk.answers import body_of, done_of, items_of
from kaizen.sdk.entity import Entity
from kaizen.sdk.errors import Misuse
from kaizen.sdk.ids import IdLike, as_id
from kaizen.sdk.paging import PagePlan
from kaizen.sdk.payloads import Reference, reference
from kaizen.sdk.wire import Host, Request, moment_of, params_of, path_of

if TYPE_CHECKING:
    from kaizen.sdk._async.client import AsyncClient


class AsyncControl:
    """The endpoints below /kaizen/v1."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def clock(self) -> AsyncClock:
        """The server's clock."""
        return AsyncClock(self._client)

    @property
    def outbox(self) -> AsyncOutbox:
        """The mails that the server sent, or keeps because no mail server is configured."""
        return AsyncOutbox(self._client)

    @property
    def queue(self) -> AsyncQueue:
        """The scheduled actions; filters `state`, `rule_id`, `record_id`."""
        return AsyncQueue(self._client)

    async def trace(self, module: str, record: IdLike) -> Sequence[Entity]:
        """Read every change of a record, each with the reason for which every rule fired or did not."""
        path = path_of("records", module, as_id(record), "trace")
        plan: PagePlan | None = PagePlan()
        found: list[Entity] = []
        while plan is not None:
            request = Request(method="GET", path=path, host=Host.CONTROL, params=plan.query())
            items, info = items_of(await self._client.call(request), "trace")
            found.extend(Entity(item) for item in items)
            plan = plan.after(info)
        return found

    async def rules(self, module: str) -> Sequence[Entity]:
        """Read the counts of each rule of a module: `considered`, `fired`, `reasons`, and its `actions`."""
        request = Request(method="GET", path="rules", host=Host.CONTROL, params=params_of(module=module))
        return [Entity(item) for item in items_of(await self._client.call(request), "rules")[0]]

    async def confirm_user(self, user: IdLike) -> None:
        """Do what an invited user does by following the link in the invitation."""
        request = Request(method="POST", path=path_of("users", as_id(user), "confirm"), host=Host.CONTROL)
        done_of(await self._client.call(request), "users")

    async def create_email_template(self, *, name: str, module: Reference, subject: str, content: str) -> Entity:
        """Create a template for e-mail notifications, which may have merge fields; returns it with its id."""
        values = {"name": name, "module": reference(module), "subject": subject, "content": content}
        body = {"email_templates": [values]}
        request = Request(method="POST", path="email_templates", host=Host.CONTROL, body=body)
        return Entity({**values, **done_of(await self._client.call(request), "email_templates")})


class AsyncOutbox(AsyncResource):
    """The mails, newest first; reading one includes its content."""

    path = "outbox"
    envelope = "outbox"
    noun = "mail"
    host = Host.CONTROL


class AsyncQueue(AsyncResource):
    """The queued actions; they are listed, not read one by one."""

    path = "queue"
    envelope = "queue"
    noun = "queued action"
    host = Host.CONTROL


class AsyncClock:
    """A clock that can be advanced, so that 30 business days pass in a moment."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def get(self) -> Entity:
        """Read the clock."""
        return Entity(body_of(await self._client.call(Request(method="GET", path="clock", host=Host.CONTROL))))

    async def set(self, moment: dt.datetime | str) -> Entity:
        """Set the clock to a time; the scheduled actions that become due are run, and are in the answer."""
        return await self._turn({"set": moment if isinstance(moment, str) else moment_of(moment)})

    async def advance(self, **units: int) -> Entity:
        """Advance the clock by minutes, hours, days, weeks, months or business_days.

        The scheduled actions that become due are run in order, and are in the answer.
        """
        if not units:
            raise Misuse("advance needs an amount of time, for example advance(business_days=30)")
        return await self._turn({"advance": units})

    async def _turn(self, body: dict[str, Any]) -> Entity:
        # Months of queued actions may be carried out before the answer comes.
        request = Request(method="POST", path="clock", host=Host.CONTROL, body=body, patience=600.0)
        answer = body_of(await self._client.call(request))
        # The token may have expired in the server's time, which is not the client's fault.
        await self._client.auth.forgive_refreshes()
        return Entity(answer)
