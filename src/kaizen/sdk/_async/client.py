"""The client: the way in to everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, overload

from kaizen.sdk._async.auth import AsyncAuth
from kaizen.sdk._async.automation import AsyncAutomation
from kaizen.sdk._async.control import AsyncControl
from kaizen.sdk._async.module import AsyncModule
from kaizen.sdk._async.session import AsyncSession
from kaizen.sdk._async.settings import AsyncOrg, AsyncSettings, AsyncUsers
from kaizen.sdk.answers import items_of
from kaizen.sdk.calls.records import coql as coql_request
from kaizen.sdk.config import Config
from kaizen.sdk.entity import Entity
from kaizen.sdk.errors import ConfigError
from kaizen.sdk.paging import CoqlPlan, coql_rows_per_call
from kaizen.sdk.wire import Answer, Request

#: Options of a single view; the others belong to what all views share.
_VIEW_OPTIONS = frozenset(
    {"current_user_email", "api_version", "timeout", "connect_timeout", "timeout_total", "retries"}
)


class _Standard:
    """A module that every organisation has, as an attribute of the client."""

    def __init__(self, api_name: str) -> None:
        self._api_name = api_name

    @overload
    def __get__(self, client: None, owner: type[AsyncClient]) -> _Standard: ...
    @overload
    def __get__(self, client: AsyncClient, owner: type[AsyncClient]) -> AsyncModule: ...
    def __get__(self, client: AsyncClient | None, owner: type[AsyncClient]) -> AsyncModule | _Standard:
        return self if client is None else AsyncModule(client, self._api_name)


class AsyncClient:
    """A client of one organisation, as one of its users.

    Making it opens and sends nothing: the first call does. `config` is a Config or a dictionary with its keys
    (also under the names of the older SDKs); options given as keywords come first. What is given nowhere is
    looked for in the environment (`KAIZEN_...`).
    """

    leads = _Standard("Leads")
    accounts = _Standard("Accounts")
    contacts = _Standard("Contacts")
    deals = _Standard("Deals")
    campaigns = _Standard("Campaigns")
    tasks = _Standard("Tasks")
    events = _Standard("Events")
    calls = _Standard("Calls")
    products = _Standard("Products")
    vendors = _Standard("Vendors")
    price_books = _Standard("Price_Books")
    quotes = _Standard("Quotes")
    sales_orders = _Standard("Sales_Orders")
    purchase_orders = _Standard("Purchase_Orders")
    invoices = _Standard("Invoices")
    cases = _Standard("Cases")
    solutions = _Standard("Solutions")
    notes = _Standard("Notes")

    config: Config  #: what this view goes by

    def __init__(self, config: Config | Mapping[str, Any] | None = None, /, **options: Any) -> None:
        if isinstance(config, Config):
            self.config = config.with_options(**options)
        else:
            self.config = Config.load(config, **options)
        self._session = AsyncSession(self.config)
        self._owner = True

    @classmethod
    def from_config(cls, mapping: Mapping[str, Any], /, **options: Any) -> AsyncClient:
        """Create a client from the configuration dictionary of the older SDKs, with their mandatory keys."""
        return cls(Config.from_dict(mapping, **options))

    @classmethod
    def from_credentials(cls, path: str | Path, /, **options: Any) -> AsyncClient:
        """Create a client from the file that `kaizen serve --credentials FILE` writes."""
        return cls(Config.from_credentials(path, **options))

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__} {self.config.current_user_email or 'of no user'} at {self.config.accounts_origin}>"
        )

    def __getitem__(self, api_name: str) -> AsyncModule:
        """Return the records of any module, by its API name."""
        return AsyncModule(self, api_name)

    @property
    def auth(self) -> AsyncAuth:
        """Tokens."""
        return AsyncAuth(self, self._session)

    @property
    def users(self) -> AsyncUsers:
        """The users of the organisation."""
        return AsyncUsers(self)

    @property
    def org(self) -> AsyncOrg:
        """The organisation."""
        return AsyncOrg(self)

    @property
    def settings(self) -> AsyncSettings:
        """Modules, fields, layouts, tags."""
        return AsyncSettings(self)

    @property
    def automation(self) -> AsyncAutomation:
        """Workflow rules and their actions."""
        return AsyncAutomation(self)

    @property
    def control(self) -> AsyncControl:
        """What only a Kaizen server has: clock, outbox, traces."""
        return AsyncControl(self)

    async def coql(self, query: str) -> AsyncIterator[Entity]:
        """Run a query and yield its rows, requesting more as they are used; a LIMIT in it is the total.

        The keys of a row are the columns as they are written in the query, or their aliases.
        """
        plan: CoqlPlan | None = CoqlPlan.of(query, coql_rows_per_call(self.config.version))
        while plan is not None:
            items, info = items_of(await self.call(coql_request(plan.query())), "data")
            for item in items:
                yield Entity(item)
            plan = plan.after(len(items), info)

    def as_user(self, email: str) -> AsyncClient:
        """Return the same client for another user: the same connections, another token. Costs nothing."""
        return self.with_options(current_user_email=email)

    def with_options(self, **options: Any) -> AsyncClient:
        """Return the same client with other options for its calls; connections and tokens are shared.

        The options are current_user_email, api_version, timeout, connect_timeout, timeout_total, retries.
        """
        foreign = sorted(options.keys() - _VIEW_OPTIONS)
        if foreign:
            raise ConfigError(f"{', '.join(foreign)} cannot be changed for a view of a client; create another client")
        view = type(self).__new__(type(self))
        view.config = self.config.with_options(**options)
        view._session = self._session
        view._owner = False
        return view

    async def call(self, request: Request) -> Answer:
        """Send a request of your own and return the answer as it came, whatever its status.

        Handles token, retries and refresh.
        """
        return await self._session.call(request, self.config)

    async def aclose(self) -> None:
        """Close the connections; views share them, so only the client they came from closes them."""
        if self._owner:
            await self._session.aclose()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
