"""The plain ASGI application: the API's requests take the short way, everything else goes to Starlette."""

import logging
from typing import Final
from urllib.parse import unquote

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from kaizen.model.problem import Problem
from kaizen.model.values import Unreadable
from kaizen.server.http import envelope
from kaizen.server.http.body import ClientGoneError
from kaizen.server.http.call import Answer
from kaizen.server.http.kernel import Kernel
from kaizen.server.http.versions import DIALECTS, LATEST, Dialect
from kaizen.server.watching.exchange import Exchange, Watch, watched
from kaizen.vocabulary.codes import Code

log = logging.getLogger("kaizen.server")

JSON_TYPE: Final = b"application/json;charset=UTF-8"


def _shown(value: object) -> str:
    """Show what was sent and could not be read, where a refusal repeats it."""
    if isinstance(value, Unreadable):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


_encode: Final = msgspec.json.Encoder(enc_hook=_shown, decimal_format="number").encode


#: An address that no operation has.
NOWHERE: Final = ""


class Api:
    """Dispatch by the first segments of the path."""

    def __init__(self, crm: Kernel, control: Kernel, rest: ASGIApp, watch: Watch) -> None:
        self.crm = crm
        self.control = control
        self._rest = rest
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event of the ASGI server."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        exchange = self._watch.begin(scope)
        try:
            await self._serve(scope, receive, watched(send, exchange), exchange)
        finally:
            self._watch.end(scope, exchange)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        path = path_of(scope)
        if path.startswith("/crm/"):
            dialect, below = crm_address(path)
            work = self.crm.answer(scope, receive, below, dialect, exchange)
        elif path.startswith("/kaizen/v1/"):
            below = NOWHERE if "\0" in path else path[11:].rstrip("/")
            work = self.control.answer(scope, receive, below, LATEST, exchange)
        elif "\0" in path:
            await reply(send, envelope.refused(Problem(Code.INVALID_URL_PATTERN), LATEST))
            return
        else:
            inner = {**scope, "path": path}
            await self._rest(inner, receive, send)
            exchange.route = _route_of(inner)
            return
        try:
            answer = await work
        except ClientGoneError:
            return
        await reply(send, answer)


def _route_of(scope: Scope) -> str:
    """Return the pattern of the route that Starlette found, or nothing."""
    if "endpoint" not in scope:
        return ""
    path: str = scope["path"]
    for name, value in scope["path_params"].items():
        path = path.replace(f"/{value}", f"/{{{name}}}")
    return path


def crm_address(path: str) -> tuple[Dialect, str]:
    """Return the version and the rest of an address of the CRM; NOWHERE for a version that there is not.

    The kernel refuses what is nowhere like any other unknown address: once it knows who asks.
    """
    version, _, below = path[5:].partition("/")
    if version == "bulk":
        version, _, below = below.partition("/")
        below = f"bulk/{below}"
    dialect = DIALECTS.get(version)
    if dialect is None or "\0" in path:
        return LATEST, NOWHERE
    return dialect, below.rstrip("/")


def path_of(scope: Scope) -> str:
    """Return the decoded path of a request, in which an encoded slash stays encoded: it separates nothing."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2F" not in raw.upper():
        path: str = scope["path"]
        return path
    segments = map(unquote, raw.decode("ascii", "replace").split("/"))
    return "/".join(segment.replace("/", "%2F") for segment in segments)


async def reply(send: Send, answer: Answer) -> None:
    """Send an answer; 204 and 304 have no body and no content type."""
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    content = b""
    if answer.body is not None and answer.status not in (204, 304):
        if isinstance(answer.body, bytes):
            content = answer.body
        else:
            try:
                content = _encode(answer.body)
            except (TypeError, ValueError, RecursionError):
                log.exception("answer.unwritable")
                await reply(send, envelope.refused(Problem(Code.INTERNAL_ERROR), LATEST))
                return
            headers.append((b"content-type", JSON_TYPE))
        headers.append((b"content-length", str(len(content)).encode()))
    elif answer.status not in (204, 304):
        headers.append((b"content-length", b"0"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
