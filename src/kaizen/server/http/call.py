"""One authenticated request, its answer, and the routes that join them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from kaizen.model.people import Actor
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.records.writer import AutomationSettings
from kaizen.server.http.versions import Dialect


class Absent:
    """The type of ABSENT: the request has no body (empty, blank, or the literal null some SDKs send)."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Call:
    """One request that passed authentication and the scope check, with its body decoded."""

    method: str
    path: str  #: below /crm/{version}, without a leading slash
    dialect: Dialect
    actor: Actor
    params: Mapping[str, str]  #: from the path pattern
    query: Mapping[str, str]  #: without empty values; the first of repeated ones
    headers: Mapping[str, str]  #: lower-case names
    body: Json | Absent = ABSENT
    base_url: str = ""
    pattern: str = ""  #: of the route, for saying where in the path something is wrong
    page_key: bytes = b""  #: signs page tokens; one per organisation
    #: How writes of records set rules off on this server.
    automation: AutomationSettings = field(default_factory=AutomationSettings)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. A body of None sends none; bytes are sent as they are."""

    status: int = 200
    body: Json | bytes = None
    headers: Mapping[str, str] = field(default_factory=dict)


Handler: TypeAlias = Callable[[UnitOfWork, Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: where it is, who may call it, what answers.

    `pattern` is below /crm/{version}: `settings/tags/{id}`; literal segments win over `{...}`.
    `scopes`: all of them are needed. A `{module}` inside is replaced by the scope word of the module in the
    path (or in the query parameter `module`). A handler may demand more by itself (COQL, search).
    """

    method: str
    pattern: str
    handler: Handler
    scopes: tuple[str, ...]
    writes: bool = False  #: runs in a write transaction
    since: str = "v2"  #: first version that has it; older ones answer API_NOT_SUPPORTED
    operation: str = ""  #: operation id of the published description, for the ledger
    out_of_scope: str = ""  #: message for a token without the scopes; empty: the usual one
    #: The same where the module of the path has another one than the operation.
    out_of_scope_of: Mapping[str, str] = field(default_factory=dict)
    #: Key of the list whose one element says that the module is none; empty: that is the whole answer.
    module_refused_in: str = ""


@dataclass(frozen=True, slots=True)
class AsyncRoute:
    """An operation that runs outside a transaction and opens its own, because it waits or needs several."""

    method: str
    pattern: str
    handler: Callable[[Call], Awaitable[Answer]]
    scopes: tuple[str, ...]
    since: str = "v2"
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Unserved:
    """An operation of the published API that this server knows and does not serve."""

    method: str
    pattern: str
    operation: str
    scopes: tuple[str, ...]  #: one of them is needed to learn that it is not served
    since: str = "v2"


Entry: TypeAlias = Route | AsyncRoute | Unserved
