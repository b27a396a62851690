"""The way of a request: address, caller, scope, body, operation, answer."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope

from kaizen.access.scopes import permitted
from kaizen.accounts.authenticate import EXPIRED, TokenRefusedError, authenticate
from kaizen.accounts.secrets import masked
from kaizen.model.catalog import Catalog
from kaizen.model.people import Actor
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.writer import AutomationSettings
from kaizen.server.http import body, envelope
from kaizen.server.http.call import ABSENT, Absent, Answer, AsyncRoute, Call, Entry, Route, Unserved
from kaizen.server.http.recent_callers import RecentCallers
from kaizen.server.http.table import Match, RouteTable
from kaizen.server.http.versions import Dialect
from kaizen.server.public_address import PublicAddress
from kaizen.server.refusal_log import RefusalLog
from kaizen.server.watching.exchange import Exchange
from kaizen.store import Database
from kaizen.store.errors import RefusedByStoreError, UnavailableError
from kaizen.store.parts.rule_memory import RuleTotals
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.codes import Code

log = logging.getLogger("kaizen.server")


_MODULE: Final = "{module}"


def _nobody_to_wake(due: int) -> None:
    return None


def _nobody_who_counts(totals: RuleTotals) -> None:
    return None


@dataclass(frozen=True)
class Kernel:
    """Answers the requests below one prefix."""

    store: Database
    table: RouteTable
    address: PublicAddress
    page_key: bytes
    refusals: RefusalLog
    prefix: str = ""  #: what stands before the pattern of a route, for those who watch
    automation: AutomationSettings = field(default_factory=AutomationSettings)
    body_limit: int = body.JSON_LIMIT
    #: Called when a write queued something, with the moment when the first of it falls due.
    queued: Callable[[int], None] = _nobody_to_wake
    #: Called with what rules did in a write that was committed.
    reacted: Callable[[RuleTotals], None] = _nobody_who_counts
    callers: RecentCallers = field(default_factory=RecentCallers)

    async def answer(self, scope: Scope, receive: Receive, path: str, dialect: Dialect, exchange: Exchange) -> Answer:
        """Answer one request; whatever goes wrong becomes an answer too."""
        found = self._locate(scope["method"], path)
        if isinstance(found, Match):
            exchange.route = self.prefix + found.entry.pattern
        try:
            return await self._answer(scope, receive, path, dialect, found, exchange)
        except TokenRefusedError as refusal:
            self.callers.forget(headers_of(scope).get("authorization", ""))
            self._tell(refusal, scope)
            return envelope.refused(refusal.problem, dialect)
        except RequestRefusedError as refusal:
            return envelope.refused(refusal.problem, dialect, refusal.within or _list_of(found, refusal.problem))
        except RecursionError:
            # The input was nested deeper than some reader of it could follow.
            log.warning("request.too_deep", extra={"path": path}, exc_info=True)
            return envelope.refused(envelope.unreadable(), dialect)
        except body.ClientGoneError:
            raise
        except RefusedByStoreError as error:
            return envelope.refused(refused_by_store(error, scope["method"], path), dialect)
        except Exception:
            log.exception("request.failed", extra={"method": scope["method"], "path": path})
            return envelope.refused(Problem(Code.INTERNAL_ERROR), dialect)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        path: str,
        dialect: Dialect,
        found: Match | Problem,
        exchange: Exchange,
    ) -> Answer:
        method: str = scope["method"]
        headers = headers_of(scope)

        def admit(unit: Unit) -> tuple[Match, Actor, dict[str, str]]:
            # The caller comes first: a stranger does not learn which addresses exist, nor somebody without the right
            # to an operation, whether it is served.
            actor = authenticate(unit, headers.get("authorization", ""))
            unit.act_for(actor.user.id)
            exchange.user_id, exchange.client_id = actor.user.id, actor.client_id
            if isinstance(found, Problem):
                raise RequestRefusedError(found)
            query = _query(scope["query_string"])
            _check_scope(unit.catalog, actor, found, query)
            _check_served(found.entry, dialect)
            return found, actor, query

        def call_of(match: Match, actor: Actor, query: dict[str, str]) -> Call:
            return Call(
                method=method,
                path=path,
                dialect=dialect,
                actor=actor,
                params=match.params,
                query=query,
                headers=headers,
                body=content,
                base_url=self.address.url(headers, peer_of(scope)),
                pattern=match.entry.pattern,
                page_key=self.page_key,
                automation=self.automation,
            )

        entry = None if isinstance(found, Problem) else found.entry
        content: Json | Absent = ABSENT
        if _has_body(method, headers):
            await self._let_send(headers, admit)
            try:
                content = await body.decoded(await body.read(receive, headers, self.body_limit))
            except RequestRefusedError:
                await self.store.read(admit)
                raise
        if isinstance(entry, Route):
            # Admission and work are one unit.
            return await self._run(entry, lambda unit: entry.handler(unit, call_of(*admit(unit))), receive)
        call = call_of(*await self.store.read(admit))
        if isinstance(entry, AsyncRoute):
            return await entry.handler(call)
        raise AssertionError(f"{entry} was admitted")

    async def _let_send(self, headers: Mapping[str, str], admit: Callable[[Unit], object]) -> None:
        """Refuse a request before its body is read, unless its caller was admitted lately."""
        authorization = headers.get("authorization", "")
        if not self.callers.knows(authorization):
            await self.store.read(admit)
            self.callers.note(authorization)

    def _tell(self, refusal: TokenRefusedError, scope: Scope) -> None:
        """Log a refused token, unless it has only expired."""
        if refusal.why != EXPIRED:
            client = self.address.caller(headers_of(scope), peer_of(scope))
            self.refusals.tell("token.refused", client=client, token=masked(refusal.token), why=refusal.why)

    async def _run(self, route: Route, work: Callable[[Unit], Answer], receive: Receive) -> Answer:
        if not route.writes:
            return await self.store.read(work, lambda: body.gone(receive))
        answer, due, totals = await self.store.write(lambda unit: (work(unit), unit.soonest_queued, unit.rule_totals))
        if due is not None:
            self.queued(due)
        if totals is not None:
            self.reacted(totals)
        return answer

    def _locate(self, method: str, path: str) -> Match | Problem:
        try:
            return self.table.find(method, path)
        except RequestRefusedError as refusal:
            return refusal.problem


def refused_by_store(error: RefusedByStoreError, method: str, path: str) -> Problem:
    """Return what a client is told when the store refused its work, and leave the operator a line.

    A problem of the database is not a bug of this program: there is no traceback.
    """
    broken = isinstance(error, UnavailableError)
    facts = {"method": method, "path": path, "reason": str(error)}
    log.log(
        logging.ERROR if broken else logging.WARNING, "request.failed" if broken else "request.stopped", extra=facts
    )
    return Problem(error.code, error.details, error.public)


def headers_of(scope: Scope) -> dict[str, str]:
    """Return the headers of a request by their lower-case names; of repeated ones the last."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def peer_of(scope: Scope) -> str:
    """Return the address that a request came from: a client's, or a proxy's."""
    peer = scope.get("client")
    return str(peer[0]) if peer else ""


def _list_of(found: Match | Problem, problem: Problem) -> str:
    """Name the list in which an operation answers an unknown module, if it has one."""
    if isinstance(found, Match) and isinstance(found.entry, Route) and problem.code is Code.INVALID_MODULE:
        return found.entry.module_refused_in
    return ""


def _has_body(method: str, headers: Mapping[str, str]) -> bool:
    return method != "GET" and (headers.get("content-length", "0") != "0" or "transfer-encoding" in headers)


def _query(raw: bytes) -> dict[str, str]:
    """Read the query; empty values mean absent, and the first of repeated ones counts."""
    if not raw:
        return {}
    try:
        pairs = parse_qsl(raw.decode("ascii"), errors="strict", max_num_fields=1000)
    except (ValueError, UnicodeDecodeError):
        raise RequestRefusedError(Problem(Code.UNABLE_TO_PARSE_DATA_TYPE)) from None
    query: dict[str, str] = {}
    for name, value in pairs:
        if "\0" in value or "\0" in name:
            raise RequestRefusedError(Problem(Code.UNABLE_TO_PARSE_DATA_TYPE))
        query.setdefault(name, value)
    return query


def _check_scope(catalog: Catalog, actor: Actor, match: Match, query: Mapping[str, str]) -> None:
    entry = match.entry
    granted = (permitted(actor, _needed(catalog, match, query, scope)) for scope in entry.scopes)
    if not (any(granted) if isinstance(entry, Unserved) else all(granted)):
        raise RequestRefusedError(Problem(Code.OAUTH_SCOPE_MISMATCH, {}, _out_of_scope(match)))


def _out_of_scope(match: Match) -> str:
    """Return what an operation says of a token without its scopes; empty: the usual."""
    if not isinstance(match.entry, Route):
        return ""
    return match.entry.out_of_scope_of.get(match.params.get("module", ""), match.entry.out_of_scope)


def _needed(catalog: Catalog, match: Match, query: Mapping[str, str], scope: str) -> str:
    """Return a scope with the module of a request."""
    if _MODULE not in scope:
        return scope
    pattern = match.entry.pattern
    # The description has several names for the module that a path begins with.
    leads = pattern.split("/")[0].strip("{}") if pattern.startswith("{") else "module"
    in_path = match.params.get(leads)
    return _on_module(catalog, scope, in_path or query.get("module"), pattern if in_path else "")


def _check_served(entry: Entry, dialect: Dialect) -> None:
    if not dialect.has(entry.since):
        raise RequestRefusedError(Problem(Code.API_NOT_SUPPORTED))
    if isinstance(entry, Unserved):
        raise RequestRefusedError(Problem(Code.NOT_IMPLEMENTED, {"operation": entry.operation}))


def _on_module(catalog: Catalog, scope: str, name: str | None, pattern: str) -> str:
    if name is None:
        return scope.replace(f".{_MODULE}", "")
    module = catalog.by_name.get(name)
    if module is not None:
        return scope.replace(_MODULE, module.scope)
    if not pattern:
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {"param_name": "module"}))
    index = 0 if pattern.startswith("{") else pattern.split("/").index(_MODULE)
    raise RequestRefusedError(Problem(Code.INVALID_MODULE, {"resource_path_index": index}))
