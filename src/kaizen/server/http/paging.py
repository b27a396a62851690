"""Pages of lists: by number, by token, and the `info` block that describes them."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec

from kaizen.model.problem import Problem, RequestRefusedError, position
from kaizen.model.values import Json
from kaizen.server.http import params
from kaizen.server.http.call import Call
from kaizen.vocabulary.codes import Code

T = TypeVar("T")

PER_PAGE: Final = 200
TOKEN_LIFE: Final = 24 * 3600  #: seconds
TOKEN_REACH: Final = 100_000  #: records reachable by token
_MAC: Final = 16  #: bytes of the signature kept


@dataclass(frozen=True, slots=True)
class Page:
    """One page that was asked for."""

    number: int  #: from 1
    per_page: int

    @property
    def offset(self) -> int:
        """How many rows lie before the page."""
        return (self.number - 1) * self.per_page

    @property
    def limit(self) -> int:
        """How many rows to read: one more than the page holds says whether another page follows."""
        return self.per_page + 1

    def cut(self, rows: Sequence[T]) -> tuple[Sequence[T], bool]:
        """Split what `limit` rows were read into the page and whether more follow."""
        return rows[: self.per_page], len(rows) > self.per_page

    def of(self, everything: Sequence[T]) -> tuple[Sequence[T], bool]:
        """Take the page out of a whole list."""
        return self.cut(everything[self.offset : self.offset + self.limit])


def page_of(call: Call, *, per_page: int = PER_PAGE, maximum: int = PER_PAGE) -> Page:
    """Read `page` and `per_page` of a list that has no tokens and no cap (settings, users)."""
    size = params.whole(call, "per_page", per_page, minimum=1, maximum=maximum, clamp=call.dialect.clamp_per_page)
    if call.dialect.page_zero and call.query.get("page") == "0":
        return Page(1, size)
    return Page(params.whole(call, "page", 1, minimum=1), size)


def check_reach(page: Page, reach: int) -> None:
    """Refuse a page that goes beyond what a list can reach: an empty answer would look like the end."""
    if page.offset + page.per_page > reach:
        raise RequestRefusedError(Problem(Code.LIMIT_REACHED, {"limit": str(reach)}))


def info(page: Page, count: int, more: bool) -> dict[str, Json]:
    """Describe a page the way all versions do."""
    return {"per_page": page.per_page, "count": count, "page": page.number, "more_records": more}


def record_page(call: Call, now: int) -> Page:
    """Read the page of a record list: by number up to the version's cap, or by token."""
    dialect = call.dialect
    token = call.query.get("page_token") if dialect.page_tokens else None
    if token is not None:
        return _by_token(call, token, now)
    page = page_of(call)
    limit = dialect.discrete_limit
    if limit is not None and page.offset + page.per_page > limit:
        raise RequestRefusedError(Problem(Code.DISCRETE_PAGINATION_LIMIT_EXCEEDED, {"limit": limit}))
    return page


def record_info(
    call: Call, page: Page, count: int, more: bool, *, now: int, sort_by: str, sort_order: str
) -> dict[str, Json]:
    """Describe a page of a record list; versions with tokens get the one of the next and of the previous page."""
    if not call.dialect.page_tokens:
        return info(page, count, more)
    expires = now + TOKEN_LIFE
    following = _sign(call, page.number + 1, expires) if more else None
    previous = _sign(call, page.number - 1, expires) if page.number > 1 else None
    expiry = datetime.fromtimestamp(expires, UTC).astimezone(call.actor.zone).isoformat() if more else None
    return {
        "call": False,
        "per_page": page.per_page,
        "next_page_token": following,
        "count": count,
        "sort_by": sort_by,
        "page": page.number,
        "previous_page_token": previous,
        "page_token_expiry": expiry,
        "sort_order": sort_order,
        "email": False,
        "more_records": more,
    }


def _by_token(call: Call, token: str, now: int) -> Page:
    if "page" in call.query:
        pair: list[Json] = [{"param_name": "page"}, {"param_name": "page_token"}]
        raise RequestRefusedError(Problem(Code.AMBIGUITY_DURING_PROCESSING, {"ambiguity_due_to": pair}))
    number, expires = _verify(call, token)
    if expires < now:
        raise RequestRefusedError(Problem(Code.EXPIRED_VALUE, position("page_token", "$.query.page_token")))
    page = Page(number, page_of(call).per_page)
    if page.offset + page.per_page > TOKEN_REACH:
        raise RequestRefusedError(Problem(Code.PAGINATION_LIMIT_EXCEEDED, {"param_name": "page_token"}))
    return page


def _sign(call: Call, number: int, expires: int) -> str:
    place = msgspec.msgpack.encode((number, expires))
    return base64.urlsafe_b64encode(_mac(call, place) + place).decode().rstrip("=")


def _verify(call: Call, token: str) -> tuple[int, int]:
    mismatch = Problem(Code.TOKEN_BOUND_DATA_MISMATCH, {"param_name": "page_token"})
    try:
        raw = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise RequestRefusedError(mismatch) from None
    mac, place = raw[:_MAC], raw[_MAC:]
    if not hmac.compare_digest(mac, _mac(call, place)):
        raise RequestRefusedError(mismatch)
    number, expires = msgspec.msgpack.decode(place, type=tuple[int, int])
    return number, expires


def _mac(call: Call, place: bytes) -> bytes:
    # A token belongs to one user and one request: every parameter but the place itself is signed with it.
    bound = sorted(item for item in call.query.items() if item[0] not in ("page", "page_token"))
    text = msgspec.msgpack.encode((call.actor.user.id, call.path, bound))
    return hmac.digest(call.page_key, place + hashlib.sha256(text).digest(), "sha256")[:_MAC]
