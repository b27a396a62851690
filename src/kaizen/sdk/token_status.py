"""What can be shown about a token: everything but the token."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from kaizen.sdk.tokens import Token, TokenKey


@dataclass(frozen=True, slots=True)
class TokenStatus:
    """The state of a user's token."""

    user: str
    generated: bool  #: there is a token
    renewable: bool = False  #: there is a refresh token
    usable: bool = False  #: the access token serves now
    expires_at: dt.datetime | None = None  #: when the access token ends; None when nobody said
    scopes: tuple[str, ...] = ()
    accounts_url: str = ""
    api_domain: str | None = None
    environment: str = "production"

    @classmethod
    def of(cls, token: Token, now: float) -> TokenStatus:
        """Return the status of a token."""
        ends = None if token.expires_at is None else dt.datetime.fromtimestamp(token.expires_at, dt.UTC)
        return cls(
            user=token.key.user,
            generated=True,
            renewable=token.refresh_token is not None,
            usable=token.usable(now),
            expires_at=ends,
            scopes=token.scopes,
            accounts_url=token.key.accounts_url,
            api_domain=token.api_domain,
            environment=token.key.environment,
        )

    @classmethod
    def absent(cls, key: TokenKey) -> TokenStatus:
        """Return the status of a user without a token."""
        return cls(user=key.user, generated=False, accounts_url=key.accounts_url, environment=key.environment)
