"""Request bodies: read up to a limit, decoded as JSON whatever the content type says."""

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.types import Receive

from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json, Unreadable
from kaizen.server.http.call import ABSENT, Absent
from kaizen.server.http.envelope import unreadable
from kaizen.server.http.lenient_json import decode_leniently
from kaizen.vocabulary.codes import Code

JSON_LIMIT: Final = 10 * 1024 * 1024  #: bytes

_decoder: Final = msgspec.json.Decoder()


class ClientGoneError(Exception):
    """The client closed the connection before its request was whole."""


async def read(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes:
    """Read the body, refusing it as soon as it is known to be larger than the limit in bytes."""
    announced = headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise RequestRefusedError(_too_large(limit))
    message = await receive()
    chunk: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False) and len(chunk) <= limit:
        return chunk
    chunks, size = [], 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise RequestRefusedError(_too_large(limit))
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
        message = await receive()


def decode(raw: bytes) -> Json | Absent:
    """Decode a body; empty, blank and the literal null are no body at all.

    A value that cannot be kept is `Unreadable`: its reader refuses it, and what is around it stays good.
    """
    if not raw or raw in (b"null", b"{}"):
        return ABSENT if raw != b"{}" else {}
    found: Json | Unreadable = None
    try:
        # Nesting deeper than the interpreter's stack is refused by the decoders themselves.
        found = decode_leniently(raw) if b"\\u0000" in raw else _decoder.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        if not raw.strip():
            return ABSENT
        try:
            found = decode_leniently(raw)
        except (ValueError, RecursionError):
            raise RequestRefusedError(unreadable()) from None
    if isinstance(found, Unreadable):
        raise RequestRefusedError(unreadable())
    return ABSENT if found is None else found


def _too_large(limit: int) -> Problem:
    return Problem(Code.BODY_SIZE_REACHED, {"limit": limit})
