"""The accounts server's addresses: tokens, revocation, who a token belongs to."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kaizen.access.scopes import permitted
from kaizen.accounts.authenticate import EXPIRED, TokenRefusedError, authenticate
from kaizen.accounts.secrets import masked
from kaizen.accounts.tokens import OAuthAnswer, TokenService, user_info
from kaizen.model.people import User
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.server.http.body import ClientGoneError, read
from kaizen.server.http.kernel import headers_of, peer_of, refused_by_store
from kaizen.server.public_address import PublicAddress
from kaizen.server.refusal_log import RefusalLog
from kaizen.store import Database
from kaizen.store.errors import CannotWriteError, RefusedByStoreError
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.codes import Code

log = logging.getLogger("kaizen.server")

#: What of the published API is served here, for the ledger.
SERVED: Final = (
    ("POST", "/oauth/v2/token"),
    ("POST", "/oauth/v2/token/revoke"),
    ("GET", "/oauth/user/info"),
)

_FORM_LIMIT: Final = 64 * 1024  #: bytes
_MOST_PARAMETERS: Final = 100
#: Errors of a client that guesses, or whose secret is not valid any more.
_GUESSED: Final = ("invalid_client", "invalid_client_secret", "invalid_code")
_PROFILE: Final = "aaaserver.profile.READ"


@dataclass(frozen=True)
class AccountsServer:
    """The operations below /oauth."""

    store: Database
    tokens: TokenService
    address: PublicAddress
    refusals: RefusalLog

    def routes(self) -> list[Route]:
        """Return the operations, under the addresses that clients use for them."""
        return [
            Route("/oauth/v2/token", self.token, methods=["POST"]),
            Route("/oauth/v2/token/revoke", self.revoke, methods=["POST"]),
            Route("/oauth/user/info", self.user_info, methods=["GET"]),
            Route("/oauth/v2/user/info", self.user_info, methods=["GET"]),
            Route("/oauth/v2/auth", self.consent, methods=["GET"]),
            Route("/oauth/v3/device/{step}", self.consent, methods=["POST"]),
        ]

    async def token(self, request: Request) -> Response:
        """Exchange a grant, a refresh token or a client's own credentials for an access token."""
        given = await parameters(request)
        domain = self.address.url(headers_of(request.scope), peer_of(request.scope))
        answer = await self._issued(given, domain)
        error = answer.body.get("error")
        if error in _GUESSED:
            proof = given.get("code") or given.get("refresh_token") or ""
            client_id = given.get("client_id", "")
            self._tell(
                request, "credentials.refused", error=str(error), client_id=client_id, token=proof, why=answer.why
            )
        return _shown(answer)

    async def _issued(self, given: Mapping[str, str], domain: str) -> OAuthAnswer:
        """Issue a token; while the database cannot be written, whoever reads with a refresh token still gets one."""
        try:
            return await self.store.write(lambda unit: self.tokens.token(unit, given, domain))
        except CannotWriteError as error:
            answer = await self.store.read(lambda unit: self.tokens.refresh_in_memory(unit, given, domain))
            if answer is None:
                raise
            log.warning("token.not_written", extra={"reason": str(error)})
            return answer

    async def revoke(self, request: Request) -> Response:
        """Take back a token."""
        token = (await parameters(request)).get("token", "")
        if not token:
            return _shown(OAuthAnswer(400, {"error": "invalid_token"}))
        answer = await self.store.write(lambda unit: self.tokens.revoke(unit, token))
        if answer.status != 200:
            self._tell(request, "token.refused", token=token, why="nothing to revoke")
        return _shown(answer)

    async def user_info(self, request: Request) -> Response:
        """Return the user of a token."""

        def work(unit: Unit) -> User:
            actor = authenticate(unit, request.headers.get("authorization", ""))
            if not permitted(actor, _PROFILE):
                raise RequestRefusedError(Problem(Code.INVALID_OAUTHSCOPE))
            return actor.user

        try:
            return json_response(user_info(await self.store.read(work)))
        except TokenRefusedError as refusal:
            if refusal.why != EXPIRED:
                self._tell(request, "token.refused", token=refusal.token, why=refusal.why)
            raise

    def _tell(self, request: Request, event: str, *, token: str, **facts: str) -> None:
        """Leave a line of a secret or token that was refused."""
        client = self.address.caller(headers_of(request.scope), peer_of(request.scope))
        self.refusals.tell(event, client=client, token=masked(token) if token else "", **facts)

    async def consent(self, request: Request) -> Response:
        """Refuse what web and device clients need: this server only knows self clients."""
        raise RequestRefusedError(Problem(Code.NOT_IMPLEMENTED, {"operation": request.url.path}))


async def parameters(request: Request) -> dict[str, str]:
    """Read parameters from query and body; unreadable ones are as good as none, which the answer says."""
    raw = await read(request.receive, request.headers, _FORM_LIMIT)
    found = _pairs(request.url.query)
    if request.headers.get("content-type", "").startswith("multipart/"):
        found |= await _multipart(request, raw)
    else:
        found |= _pairs(raw.decode(errors="replace"))
    # No database keeps U+0000 in text, so nothing can be called that.
    return {name: value for name, value in found.items() if "\0" not in value}


def _pairs(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, max_num_fields=_MOST_PARAMETERS))
    except ValueError:
        return {}


async def _multipart(request: Request, raw: bytes) -> dict[str, str]:
    async def replay() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    try:
        async with Request(request.scope, replay).form(max_files=0, max_fields=_MOST_PARAMETERS) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except HTTPException:
        return {}


def json_response(body: object, status: int = 200) -> Response:
    """Answer JSON with the service's content type."""
    response = Response(msgspec.json.encode(body), status)
    response.headers["content-type"] = "application/json;charset=UTF-8"
    return response


def problem_response(problem: Problem) -> Response:
    """Answer a problem as the whole answer."""
    return json_response(problem.body(), problem.http_status)


#: What `refused` answers; 404 and 405 are Starlette's own.
REFUSALS: Final = (RequestRefusedError, RefusedByStoreError, ClientGoneError, HTTPException, Exception)


async def refused(request: Request, error: Exception) -> Response:
    """Turn what an operation raised into an answer."""
    if isinstance(error, RequestRefusedError):
        return problem_response(error.problem)
    if isinstance(error, RefusedByStoreError):
        return problem_response(refused_by_store(error, request.method, request.url.path))
    if isinstance(error, HTTPException):
        wrong_method = error.status_code == 405
        return problem_response(Problem(Code.INVALID_REQUEST_METHOD if wrong_method else Code.INVALID_URL_PATTERN))
    if isinstance(error, ClientGoneError):
        return Response(status_code=400)
    # Starlette raises it again once this is sent, and the HTTP server logs it.
    return problem_response(Problem(Code.INTERNAL_ERROR))


def _shown(answer: OAuthAnswer) -> Response:
    return json_response(answer.body, answer.status)
