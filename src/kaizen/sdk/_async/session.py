"""Calls with everything that belongs to them: the token, the repetitions, the one renewal after a 401."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Final, TypeVar, assert_never

from kaizen.sdk import oauth
from kaizen.sdk._async.token_run import AsyncTokenRun
from kaizen.sdk._async.transport import AsyncTransport
from kaizen.sdk.answers import code_of, problem
from kaizen.sdk.config import Config
from kaizen.sdk.errors import AmbiguousResult, KaizenError
from kaizen.sdk.logs import attach, log
from kaizen.sdk.primitives import AsyncLock
from kaizen.sdk.retry import Again, Ambiguous, Answered, AttemptOutcome, Lost, NotSent, Settle, decide
from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.stores.selection import choose, warn_of_several
from kaizen.sdk.tokens import Steps, Token, TokenKey, TokenMachine
from kaizen.sdk.wire import Answer, Host, Request, encode, query_of

T = TypeVar("T")

_USER_AGENT: Final = "kaizen-crm-python"


class AsyncSession:
    """What all views of one client share: connections, known tokens, locks."""

    def __init__(self, config: Config) -> None:
        self.config = config
        warn_of_several(config)
        self.machine = TokenMachine(config.credentials, config.surroundings.clock, config.refresh_budget)
        self._transport = AsyncTransport(config)
        self._store: TokenStore | None = None
        self._locks: dict[TokenKey, AsyncLock] = {}
        self._guard = threading.Lock()
        attach(config.application_log_file_path, config.log_in_console)

    async def call(self, request: Request, config: Config) -> Answer:
        """Send as the configured user; the answer may be a refusal, which the reader of it raises."""
        key = config.token_key()
        try:
            token = await self._token(key)
            answer = await self._attempts(request, config, token)
            if answer.status == 401 and code_of(answer) == "INVALID_TOKEN":
                token = await self.run(self.machine.renew(key, token.access_token))
                answer = await self._attempts(request, config, token)
        except KaizenError as error:
            log.error("call.failed", extra={"error": str(error), "kind": type(error).__name__})
            raise
        if answer.status >= 400:
            facts = {"method": answer.method, "url": answer.url, "status": answer.status, "code": code_of(answer)}
            log.error("call.refused", extra=facts)
        return answer

    async def run(self, steps: Steps[T]) -> T:
        """Carry out the steps of the token machine."""
        return await AsyncTokenRun(self).run(steps)

    async def send_unsigned(self, request: Request) -> Answer:
        """Send to the accounts server."""
        return await self._attempts(request, self.config, None)

    def store(self) -> TokenStore:
        """Return the token store, which is created when it is first needed."""
        with self._guard:
            if self._store is None:
                self._store = choose(self.config)
            return self._store

    def lock(self, key: TokenKey) -> AsyncLock:
        """Return the lock of a token in this process."""
        with self._guard:
            return self._locks.setdefault(key, AsyncLock())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _token(self, key: TokenKey) -> Token:
        # The usual case first: known and good, without a lock and without the machine.
        token = self.machine.memory.get(key)
        if token is not None and token.fresh(self.config.surroundings.clock()):
            return token
        return await self.run(self.machine.obtain(key))

    async def _attempts(self, request: Request, config: Config, token: Token | None) -> Answer:
        around = config.surroundings
        url = _url(request, config, token)
        headers, content = _message(request, token)
        timeout, connect, policy = max(config.timeout, request.patience), config.connect_timeout, config.retry_policy
        if request.deadline is not None:
            timeout, connect = min(timeout, request.deadline), min(connect, request.deadline)
            policy = replace(policy, retries=0)
        started = around.monotonic()
        attempt = 0
        while True:
            sent = await self._transport.send(
                request.method, url, headers=headers, content=content, timeout=timeout, connect=connect
            )
            if isinstance(sent, Answer):
                if sent.status < 400:
                    return sent
                outcome: AttemptOutcome = Answered(sent.status, sent.headers, code_of(sent))
            else:
                outcome = sent
            verdict = decide(
                policy,
                outcome,
                may_repeat=request.may_repeat,
                attempt=attempt,
                elapsed=around.monotonic() - started,
                now=around.clock(),
                rng=around.rng,
            )
            match verdict:
                case Again(delay):
                    log.info("call.retried", extra={"method": request.method, "path": request.path, "delay": delay})
                    await around.async_sleep(delay)
                    attempt += 1
                case Ambiguous():
                    raise _ambiguous(request, sent)
                case Settle() if isinstance(sent, Answer):
                    return sent
                case Settle():
                    raise sent.error
                case _:
                    assert_never(verdict)


def _url(request: Request, config: Config, token: Token | None) -> str:
    match request.host:
        case Host.ACCOUNTS:
            base = f"{config.accounts_origin}/oauth"
        case Host.CONTROL:
            base = f"{config.api_url(token.api_domain if token else None)}/kaizen/v1"
        case Host.API:
            version = config.api_version
            if request.first_version is not None and config.version < request.first_version:
                version = f"v{request.first_version}"
            base = f"{config.api_url(token.api_domain if token else None)}/crm/{version}"
    query = f"?{query_of(request.params)}" if request.params else ""
    return f"{base}/{request.path}{query}"


def _message(request: Request, token: Token | None) -> tuple[dict[str, str], bytes | None]:
    headers = {"user-agent": _USER_AGENT, "accept": "application/json", **request.headers}
    if token is not None:
        headers["authorization"] = f"{oauth.SCHEME} {token.access_token}"
    if request.form is not None:
        headers["content-type"] = "application/x-www-form-urlencoded"
        return headers, query_of(request.form).encode()
    if request.body is not None:
        headers["content-type"] = "application/json"
        return headers, encode(request.body)
    return headers, None


def _ambiguous(request: Request, sent: Answer | NotSent | Lost) -> AmbiguousResult:
    cause = problem(sent) if isinstance(sent, Answer) else sent.error
    error = AmbiguousResult(
        "the outcome is unknown: this may or may not have been done; check before you send it again "
        "(for records, upsert(match=...) can be repeated safely)",
        code=cause.code,
        status=cause.status,
        details=cause.details,
        method=request.method,
        url=cause.url,
    )
    error.__cause__ = cause
    return error
