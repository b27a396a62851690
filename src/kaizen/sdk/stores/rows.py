"""A token as one JSON object: the form in which the stores of this library write it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from kaizen.sdk.tokens import Token, TokenKey

#: Written with every row, so that a later form can be told from this one.
FORMAT: Final = 1


def dump(token: Token) -> bytes:
    """Write a token on one line."""
    row = {
        "format": FORMAT,
        "client_id": token.key.client_id,
        "user": token.key.user,
        "accounts_url": token.key.accounts_url,
        "environment": token.key.environment,
        "refresh_token": token.refresh_token,
        "access_token": token.access_token,
        "expires_at": token.expires_at,
        "issued_at": token.issued_at,
        "api_domain": token.api_domain,
        "scopes": token.scopes,
        "refreshes": token.refreshes,
    }
    return msgspec.json.encode(row)


def load(line: bytes) -> Token:
    """Read a token; raises ValueError if the line is not one."""
    try:
        row = msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from error
    if row.get("format") != FORMAT:
        raise ValueError(f"format {row.get('format')!r}, not {FORMAT}")
    try:
        return _token(row)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a token: {error}") from error


def _token(row: Mapping[str, Any]) -> Token:
    key = TokenKey(row["client_id"], row["user"], row["accounts_url"], row["environment"])
    return Token(
        key,
        refresh_token=row["refresh_token"],
        access_token=row["access_token"],
        expires_at=row["expires_at"],
        issued_at=row["issued_at"],
        api_domain=row["api_domain"],
        scopes=tuple(row["scopes"]),
        refreshes=tuple(row["refreshes"]),
    )
