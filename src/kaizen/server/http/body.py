"""Request bodies: read up to a limit, decoded as JSON whatever the content type says."""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.types import Receive

from kaizen.model.numbers import read_decimal
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json, Unreadable
from kaizen.server.http.call import ABSENT, Absent
from kaizen.server.http.envelope import unreadable
from kaizen.server.http.lenient_json import decode_leniently
from kaizen.vocabulary.codes import Code

JSON_LIMIT: Final = 10 * 1024 * 1024  #: bytes
#: A body with more bytes is decoded beside the event loop, if that is faster.
DECODED_AT_ONCE: Final = 256 * 1024
#: A body may hold so many objects and arrays, which cost a hundred times their bytes in memory...
MOST_CONTAINERS: Final = 300_000
#: ... and so many values in all. Commas in texts count, too: no client sends two million of them by mistake.
MOST_VALUES: Final = 2_000_000

_decoder: Final = msgspec.json.Decoder(float_hook=read_decimal)


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


async def gone(receive: Receive) -> None:
    """Wait until the client closes the connection, and raise ClientGoneError then."""
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientGoneError


async def decoded(raw: bytes) -> Json | Absent:
    """Decode a body without holding up other requests; one with too many values is refused unread."""
    if len(raw) <= DECODED_AT_ONCE:
        return decode(raw)
    if raw.count(b"{") + raw.count(b"[") > MOST_CONTAINERS or raw.count(b",") > MOST_VALUES:
        raise RequestRefusedError(Problem(Code.BODY_SIZE_REACHED, {"limit": MOST_VALUES}))
    return await asyncio.to_thread(decode, raw)


def decode(raw: bytes) -> Json | Absent:
    """Decode a body; empty, blank and the literal null count as no body.

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
