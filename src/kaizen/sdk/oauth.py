"""Requests to the accounts server, and its answers (reference: platform A.5 to A.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from kaizen.sdk.errors import AuthError, KaizenError, ServerError, UnexpectedAnswer, kind_of
from kaizen.sdk.wire import Answer, Host, Request, decode

#: How a token is presented; the service has its own word for it.
SCHEME = "Zoho-oauthtoken"


#: What is wrong and what to do, by what the accounts server says, which says no more than that.
_OF_THE_CLIENT: Final[dict[str, str]] = {
    "invalid_client": (
        "the accounts server does not know this client_id; check that it is complete, and that accounts_url or dc "
        "is the data centre where the client was registered"
    ),
    "invalid_client_secret": (
        "client_secret does not belong to this client_id; copy it again from where the client was registered"
    ),
    "invalid_redirect_uri": "redirect_uri differs from the one that the client was registered with",
    "access_denied": "the user is not active, or denied access; use a grant token of an active user",
}
_OF_A_GRANT: Final[dict[str, str]] = {
    "invalid_code": (
        "the grant token is unknown, expired or already used; it is valid once, for a few minutes, for one client: "
        "create a new one and exchange it at once"
    ),
}
_OF_A_REFRESH: Final[dict[str, str]] = {
    "invalid_code": (
        "the refresh token was revoked, or replaced by newer ones, or belongs to another client; "
        "exchange a new grant token: crm.auth.exchange(grant_token)"
    ),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """The client as it was registered."""

    client_id: str
    client_secret: str = field(repr=False)


def authorize_url(
    accounts_url: str,
    client_id: str,
    redirect_uri: str,
    scopes: Iterable[str] | str,
    *,
    state: str | None = None,
    access_type: str = "offline",
    prompt: str | None = None,
) -> str:
    """Write the address to send a user's browser to, for a web client."""
    wanted = scopes if isinstance(scopes, str) else ",".join(scopes)
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": wanted,
        "access_type": access_type,
        "state": state,
        "prompt": prompt,
    }
    return f"{accounts_url}/oauth/v2/auth?{urlencode({k: v for k, v in query.items() if v is not None})}"


def exchange_request(credentials: Credentials, grant: str, redirect_uri: str | None) -> Request:
    """Request the tokens of a grant token."""
    form = {"grant_type": "authorization_code", "code": grant, **_identity(credentials)}
    if redirect_uri:
        form["redirect_uri"] = redirect_uri
    # A grant token works once: a second attempt after a lost answer would only report it as used.
    return Request(method="POST", path="v2/token", host=Host.ACCOUNTS, form=form, replayable=False)


def refresh_request(credentials: Credentials, refresh_token: str) -> Request:
    """Request another access token."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **_identity(credentials)}
    return Request(method="POST", path="v2/token", host=Host.ACCOUNTS, form=form, replayable=True)


def revoke_request(token: str) -> Request:
    """Request the revocation of a refresh or access token."""
    form = {"token": token}
    return Request(method="POST", path="v2/token/revoke", host=Host.ACCOUNTS, form=form, replayable=True)


def user_info_request(access_token: str) -> Request:
    """Request the user of a token."""
    headers = {"authorization": f"{SCHEME} {access_token}"}
    return Request(method="GET", path="user/info", host=Host.ACCOUNTS, headers=headers)


def exchanged(answer: Answer) -> dict[str, Any]:
    """Read what a grant token gave; raises what the accounts server complained about, often with HTTP 200."""
    return _granted(answer, _OF_A_GRANT)


def refreshed(answer: Answer) -> dict[str, Any]:
    """Read what a refresh token gave; raises as above."""
    return _granted(answer, _OF_A_REFRESH)


def revoked(answer: Answer) -> bool:
    """Return whether the token was valid; raises for any failure other than an unknown token."""
    body = _body(answer)
    if answer.status < 400 and "error" not in body:
        return True
    if body.get("error") == "invalid_token":
        return False
    raise _refusal(answer, body)


def email_of(answer: Answer) -> str | None:
    """Read the user's e-mail address; None if the token lacks the scope, or the user has no address."""
    if answer.status >= 400:
        return None
    found = _body(answer).get("Email")
    return found if isinstance(found, str) and found else None


def lifetime(grant: Mapping[str, Any]) -> float:
    """Read the lifetime of an access token in seconds; old answers have milliseconds next to `expires_in_sec`."""
    seconds = grant.get("expires_in_sec")
    if isinstance(seconds, int | float):
        return float(seconds)
    seconds = grant.get("expires_in")
    return float(seconds) if isinstance(seconds, int | float) else 3600.0


def scopes_of(text: str) -> tuple[str, ...]:
    """Read a list of scopes; commas or spaces stand between them."""
    return tuple(scope for scope in re.split(r"[,\s]+", text) if scope)


def _identity(credentials: Credentials) -> dict[str, str]:
    return {"client_id": credentials.client_id, "client_secret": credentials.client_secret}


def _granted(answer: Answer, advice: Mapping[str, str]) -> dict[str, Any]:
    body = _body(answer)
    if answer.status < 400 and isinstance(body.get("access_token"), str):
        return body
    raise _refusal(answer, body, advice)


def _body(answer: Answer) -> dict[str, Any]:
    try:
        body = decode(answer.content) if answer.content else {}
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    kind = ServerError if answer.status >= 500 else UnexpectedAnswer
    raise kind(
        "the answer of the accounts server is not a JSON object; check accounts_url",
        status=answer.status,
        method=answer.method,
        url=answer.url,
    )


def _refusal(answer: Answer, body: Mapping[str, Any], advice: Mapping[str, str] | None = None) -> KaizenError:
    code = body.get("error") or body.get("code")
    code = code if isinstance(code, str) else None
    kind = kind_of(code, answer.status)
    if not issubclass(kind, AuthError | ServerError):
        kind = AuthError
    said = body.get("error_description") or body.get("message")
    advised = {**_OF_THE_CLIENT, **(advice or {})}.get(code or "")
    message = advised or said or "the accounts server returned neither a token nor a reason"
    return kind(str(message), code=code, status=answer.status, method=answer.method, url=answer.url)
