"""Everything that can go wrong, as one family of exceptions."""

# The names are what one catches (`except errors.NotFound`); the word Error in each would only be noise.
# ruff: noqa: N818

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from kaizen.sdk.batches import BatchResult

E = TypeVar("E", bound="KaizenError")


class KaizenError(Exception):
    """Base class of all exceptions of this library.

    `partial` holds the outcome of the rows before the failure when a write of many rows was cut short.
    """

    partial: BatchResult | None = None

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        status: int | None = None,
        details: Mapping[str, object] | None = None,
        method: str | None = None,
        url: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status
        self.details: dict[str, object] = dict(details or {})
        self.method = method
        self.url = url
        self.request_id = request_id
        self.retry_after = retry_after

    def __str__(self) -> str:
        text = f"{self.code}: {self.message}" if self.code else self.message
        if self.details:
            text += f" {self.details}"
        if self.method and self.url:
            answer = f" -> {self.status}" if self.status else ""
            text += f" ({self.method} {self.url}{answer})"
        return text

    def facts(self) -> dict[str, object]:
        """Return everything but the message, by name."""
        return {
            "code": self.code,
            "status": self.status,
            "details": self.details,
            "method": self.method,
            "url": self.url,
            "request_id": self.request_id,
            "retry_after": self.retry_after,
        }

    # Exceptions cross process pools pickled, and keyword-only arguments do not survive that by themselves.
    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.message, self.facts(), self.partial)


def _restore(kind: type[E], message: str, facts: dict[str, object], partial: BatchResult | None) -> E:
    error = kind.__new__(kind)
    Exception.__init__(error, message)
    error.message = message
    for name, value in facts.items():
        setattr(error, name, value)
    error.partial = partial
    return error


class ConfigError(KaizenError):
    """The configuration cannot work; the message names the key."""


class ClientClosed(KaizenError):
    """A closed client was used."""


class Misuse(KaizenError, TypeError, ValueError):
    """A method was given what it cannot take, and did not send it."""


class NotSaved(Misuse, AttributeError):
    """The record has no id: it was never saved, or was read without its id."""


class StoreError(KaizenError):
    """The token store could not be read or written."""


class AuthError(KaizenError):
    """No usable token could be had."""


class NoToken(AuthError):
    """The store holds no token for this user yet."""


class InvalidGrant(AuthError):
    """The grant or refresh token is unknown, used up, expired or revoked."""


class OtherUser(AuthError):
    """A grant token came from another user than the one expected; the tokens are kept under that user's address."""


class InvalidClient(AuthError):
    """The accounts server does not know this client id, secret or redirect URI."""


class RefreshLimitReached(AuthError):
    """Refreshing once more would run into the service's limit on access tokens."""


class ScopeMismatch(AuthError):
    """The token was granted without the scope that this call needs."""


class TokenExpired(AuthError):
    """The service refuses the token, and a fresh one too."""


class APIError(KaizenError):
    """The service understood the call and refused it."""


class BadRequest(APIError):
    """The call, a parameter or a value is wrong."""


class NotFound(APIError):
    """There is no such record, or no such address."""


class Duplicate(APIError):
    """Another record holds a value that must be unique."""


class Permission(APIError):
    """The user may not do this."""


class Locked(APIError):
    """The record, or the rule, is locked or waits for approval."""


class AlreadyModified(APIError):
    """The record was changed after the time that the caller named."""


class LimitExceeded(APIError):
    """More was requested than the service allows."""


class RateLimited(APIError):
    """Too many calls; `retry_after` is the wait in seconds where the service named one."""


class NotServed(APIError):
    """This server does not serve the operation (HTTP 501)."""


class ServerError(APIError):
    """The service failed (HTTP 5xx)."""


class UnexpectedAnswer(KaizenError):
    """The answer is not what the service documents: cut off, no JSON, or another shape."""


class TransportError(KaizenError):
    """No answer arrived."""


class Timeout(TransportError):
    """No answer arrived in time."""


class AmbiguousResult(KaizenError):
    """A write that must not be repeated got no clear answer: it may or may not have happened.

    The cause is chained. Look whether it happened before sending it again; for records,
    `upsert(match=...)` can be repeated without harm.
    """


class PartialFailure(KaizenError):
    """Some rows of a write were refused; `result` has the outcome of every row."""

    def __init__(self, message: str, *, result: BatchResult) -> None:
        super().__init__(message)
        self.partial = result

    @property
    def result(self) -> BatchResult:
        """The outcome of every row."""
        if self.partial is None:
            raise AttributeError("result")
        return self.partial


_BY_CODE: Final[dict[str, type[KaizenError]]] = {
    "INVALID_TOKEN": TokenExpired,
    "AUTHENTICATION_FAILURE": TokenExpired,
    "OAUTH_SCOPE_MISMATCH": ScopeMismatch,
    "INVALID_OAUTHSCOPE": ScopeMismatch,
    "NO_PERMISSION": Permission,
    "AUTHORIZATION_FAILED": Permission,
    "INACTIVE_USER": Permission,
    "DUPLICATE_DATA": Duplicate,
    "RECORD_LOCKED": Locked,
    "NOT_APPROVED": Locked,
    "ALREADY_MODIFIED": AlreadyModified,
    "TOO_MANY_REQUESTS": RateLimited,
    "RATE_LIMIT_EXCEEDED": RateLimited,
    "LIMIT_EXCEEDED": LimitExceeded,
    "LIMIT_REACHED": LimitExceeded,
    "DISCRETE_PAGINATION_LIMIT_EXCEEDED": LimitExceeded,
    "PAGINATION_LIMIT_EXCEEDED": LimitExceeded,
    "LICENSE_LIMIT_EXCEEDED": LimitExceeded,
    "NOT_FOUND": NotFound,
    # What the accounts server says, in lower case and often with HTTP 200.
    "invalid_code": InvalidGrant,
    "invalid_grant": InvalidGrant,
    "invalid_token": InvalidGrant,
    "invalid_client": InvalidClient,
    "invalid_client_secret": InvalidClient,
    "invalid_redirect_uri": InvalidClient,
    "Access Denied": RefreshLimitReached,
}

_BY_STATUS: Final[dict[int, type[KaizenError]]] = {
    401: AuthError,
    403: Permission,
    404: NotFound,
    412: AlreadyModified,
    429: RateLimited,
    501: NotServed,
}


def kind_of(code: str | None, status: int | None) -> type[KaizenError]:
    """Choose the exception for an answer: by its code, else by its status."""
    if code is not None and code in _BY_CODE:
        return _BY_CODE[code]
    if status is None:
        return BadRequest
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return ServerError if status >= 500 else BadRequest
