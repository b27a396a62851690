"""Request bodies: read up to a limit, decoded as JSON whatever the content type says."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.types import Receive

from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.server.http.call import ABSENT, Absent
from kaizen.server.http.envelope import unreadable
from kaizen.vocabulary.codes import Code

JSON_LIMIT: Final = 10 * 1024 * 1024  #: bytes

#: The character U+0000 as JSON writes it, behind an even number of backslashes: no database keeps it in text.
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
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
    """Decode a body; empty, blank and the literal null are no body at all."""
    if not raw or raw in (b"null", b"{}"):
        return ABSENT if raw != b"{}" else {}
    if b"\\u0000" in raw and _NUL.search(raw):
        raise RequestRefusedError(unreadable())
    try:
        # Nesting deeper than the interpreter's stack is refused by the decoder itself.
        found: Json = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        if not raw.strip():
            return ABSENT
        raise RequestRefusedError(unreadable()) from None
    return ABSENT if found is None else found


def _too_large(limit: int) -> Problem:
    return Problem(Code.BODY_SIZE_REACHED, {"limit": limit})
