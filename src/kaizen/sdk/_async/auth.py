"""Tokens for users of the SDK: get, inspect and revoke them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kaizen.sdk import oauth
from kaizen.sdk.errors import ConfigError
from kaizen.sdk.token_status import TokenStatus
from kaizen.sdk.tokens import other_user

if TYPE_CHECKING:
    from kaizen.sdk._async.client import AsyncClient
    from kaizen.sdk._async.session import AsyncSession


class AsyncAuth:
    """The tokens of the client's users; a user who is not named is the client's own."""

    def __init__(self, client: AsyncClient, session: AsyncSession) -> None:
        self._config = client.config
        self._session = session

    async def exchange(self, grant_token: str, *, user: str | None = None) -> TokenStatus:
        """Turn a grant token into tokens that are kept, once for each grant token.

        They are kept under the address that the accounts server names; `user`, or the configured
        current_user_email, is taken when it names none. Raises InvalidGrant for a used or expired grant token,
        and OtherUser, after the tokens are kept, if it names another user.
        """
        expected = user or self._config.current_user_email or ""
        key = self._config.key_of(expected)
        steps = self._session.machine.exchange(grant_token, key, self._config.redirect_uri)
        token = await self._session.run(steps)
        if expected and token.key != key:
            raise other_user(token.key, key)
        return TokenStatus.of(token, self._config.surroundings.clock())

    async def adopt(self, refresh_token: str, user: str | None = None) -> TokenStatus:
        """Keep a refresh token that was had elsewhere; it is used once, to see that it works."""
        key = self._config.token_key(user)
        token = await self._session.run(self._session.machine.adopt(refresh_token, key))
        return TokenStatus.of(token, self._config.surroundings.clock())

    async def is_token_generated(self, user: str | None = None) -> bool:
        """Return whether the store has a token of the user; nothing is sent."""
        return await self._session.run(self._session.machine.find(self._config.token_key(user))) is not None

    async def status(self, user: str | None = None) -> TokenStatus:
        """Return what is known about the user's token; nothing is sent."""
        key = self._config.token_key(user)
        token = await self._session.run(self._session.machine.find(key))
        now = self._config.surroundings.clock()
        return TokenStatus.of(token, now) if token is not None else TokenStatus.absent(key)

    async def revoke(self, user: str | None = None) -> bool:
        """End the user's tokens at the accounts server and forget them; False when they had ended before."""
        return await self._session.run(self._session.machine.revoke(self._config.token_key(user)))

    async def forget(self, user: str | None = None) -> None:
        """Remove the user's tokens from the store, leaving them alive at the accounts server."""
        await self._session.run(self._session.machine.forget(self._config.token_key(user)))

    async def forgive_refreshes(self, user: str | None = None) -> None:
        """Reset the count of refreshes; the clock of a Kaizen server was changed."""
        await self._session.run(self._session.machine.forgive(self._config.token_key(user)))

    def authorize_url(
        self,
        scopes: Iterable[str] | str,
        *,
        state: str | None = None,
        access_type: str = "offline",
        prompt: str | None = None,
    ) -> str:
        """Write the address where a user of a web client grants access; the grant token comes to redirect_uri."""
        if not self._config.redirect_uri:
            raise ConfigError("redirect_uri is missing: the grant token is sent to this address")
        return oauth.authorize_url(
            self._config.accounts_origin,
            self._config.client_id,
            self._config.redirect_uri,
            scopes,
            state=state,
            access_type=access_type,
            prompt=prompt,
        )
