"""Workflow automation: rules, the actions that rules share, and what is allowed where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kaizen.sdk import payloads
from kaizen.sdk._async.resource import AsyncEditable
from kaizen.sdk.answers import body_of, done_of, one_of
from kaizen.sdk.calls import settings as calls
from kaizen.sdk.entity import Entity
from kaizen.sdk.errors import Misuse
from kaizen.sdk.ids import IdLike, as_id
from kaizen.sdk.payloads import Payload

if TYPE_CHECKING:
    from kaizen.sdk._async.client import AsyncClient

_ROOT = "settings/automation"
#: The first API version in which any of this exists.
_SINCE = 8


class AsyncAutomation:
    """Workflow rules and their actions."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    @property
    def workflow_rules(self) -> AsyncWorkflowRules:
        """The rules."""
        return AsyncWorkflowRules(self._client)

    @property
    def field_updates(self) -> AsyncActions:
        """Field updates: keywords `name`, `module`, `field`, `value`."""
        return AsyncActions(self._client, "field_updates", "field update", payloads.field_update_entity)

    @property
    def tasks(self) -> AsyncActions:
        """Workflow tasks: keywords `name`, `module`, `subject`, `due_in`, `status`, `priority`, `field_mappings`."""
        return AsyncActions(self._client, "tasks", "workflow task", payloads.task_entity)

    @property
    def email_notifications(self) -> AsyncActions:
        """E-mail notifications: keywords `name`, `module`, `template`, `to`, `cc`, `bcc` and the wire's own."""
        noun = "e-mail notification"
        return AsyncActions(self._client, "email_notifications", noun, payloads.email_notification_entity)

    async def configurations(self, module: str) -> Entity:
        """Read which triggers a module has, and which actions go with each."""
        request = calls.whole("workflow_configurations", module=module)
        answer = await self._client.call(replace(request, first_version=_SINCE))
        found = body_of(answer).get("workflow_configurations")
        return Entity(found if isinstance(found, dict) else {})


class AsyncActions(AsyncEditable):
    """The actions of one kind, which rules refer to by id."""

    first_version = _SINCE

    def __init__(self, client: AsyncClient, envelope: str, noun: str, written: Callable[..., Payload]) -> None:
        super().__init__(client)
        self.path, self.envelope, self.noun = f"{_ROOT}/{envelope}", envelope, noun
        self._written = written

    async def create(self, payload: Mapping[str, Any] | None = None, /, **keywords: Any) -> Entity:
        """Create an action from a dict as the API has it, or from keywords; returns it with its id."""
        return await self._create(self._payload(payload, keywords))

    async def update(self, wanted: IdLike, payload: Mapping[str, Any] | None = None, /, **keywords: Any) -> Entity:
        """Change an action; returns the values that were sent, with the id."""
        return await self._update(wanted, self._payload(payload, keywords))

    def _payload(self, payload: Mapping[str, Any] | None, keywords: Mapping[str, Any]) -> Payload:
        return _either(payload, self.envelope, keywords, self._written)


class AsyncWorkflowRules(AsyncEditable):
    """The workflow rules of the organisation."""

    path = f"{_ROOT}/workflow_rules"
    envelope = "workflow_rules"
    noun = "workflow rule"
    first_version = _SINCE

    async def create(self, payload: Mapping[str, Any] | None = None, /, **keywords: Any) -> Entity:
        """Create a rule from a dict as the API has it, or from the keywords of `payloads.rule`; returns it with its id.

        The service chooses the ids of its conditions: read the rule with `get` to see them.
        """
        return await self._create(_either(payload, self.envelope, keywords, payloads.rule))

    async def update(
        self, wanted: IdLike | None, payload: Mapping[str, Any] | None = None, /, **keywords: Any
    ) -> Entity:
        """Change a rule; what is not mentioned stays (the service merges by id).

        With None for the rule, its id is taken from the payload.
        """
        values = _either(payload, self.envelope, keywords, payloads.rule)
        if wanted is not None:
            return await self._update(wanted, values)
        return await self._change_in_body(values)

    async def activate(self, wanted: IdLike) -> Entity:
        """Let a rule act."""
        return await self.update(wanted, active=True)

    async def deactivate(self, wanted: IdLike, *, delete_schedule_action: bool = False) -> Entity:
        """Keep a rule from acting; its actions that are already scheduled stay unless they are to be deleted."""
        return await self.update(wanted, active=False, delete_schedule_action=delete_schedule_action)

    async def usage(self, wanted: IdLike, executed_from: dt.date | str, executed_till: dt.date | str) -> Entity:
        """Read how often a rule was woken and its actions were carried out between two days or moments."""
        request = calls.whole(
            f"{self.path}/{as_id(wanted)}/actions/usage", executed_from=executed_from, executed_till=executed_till
        )
        return Entity(one_of(await self._call(request), self.envelope, f"{self.noun} {as_id(wanted)}"))

    async def _change_in_body(self, values: Payload) -> Entity:
        answer = await self._call(calls.write("PUT", self.path, self.envelope, [values]))
        return Entity({**values, **done_of(answer, self.envelope)})


def _either(
    payload: Mapping[str, Any] | None,
    envelope: str,
    keywords: Mapping[str, Any],
    written: Callable[..., Payload],
) -> Payload:
    if payload is None:
        return written(**keywords)
    if keywords:
        raise Misuse(f"give either a payload or keywords, not both; the keywords are {', '.join(keywords)}")
    return payloads.unwrapped(payload, envelope)
