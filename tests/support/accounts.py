"""An accounts unit in memory, for the logic that lies above any database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kaizen.model.claim import Claim
from kaizen.model.oauth import AccessToken, Grant, OAuthClient, RefreshToken
from kaizen.model.people import Organisation, User
from kaizen.model.values import Id

_ORGANISATION = Organisation(1, "4711", "Tests", "office@example.com")


@dataclass
class MemoryAccounts:
    """Implements accounts.ports.AccountsUnit; its time moves when `now` is set."""

    now: int = 1_000_000
    users: Mapping[Id, User] = field(default_factory=dict)
    organisation: Organisation = _ORGANISATION
    _clients: dict[str, OAuthClient] = field(default_factory=dict)
    _grants: dict[str, Grant] = field(default_factory=dict)
    _refresh: dict[str, RefreshToken] = field(default_factory=dict)
    _access: dict[str, AccessToken] = field(default_factory=dict)

    def claim(self, claims: Iterable[Claim]) -> None:
        """Do nothing: there is one unit."""

    def put_client(self, client: OAuthClient) -> None:
        self._clients[client.client_id] = client

    def client(self, client_id: str) -> OAuthClient | None:
        return self._clients.get(client_id)

    def clients(self) -> list[OAuthClient]:
        return list(self._clients.values())

    def drop_client(self, client_id: str) -> None:
        del self._clients[client_id]
        kinds: tuple[dict[str, Any], ...] = (self._grants, self._refresh, self._access)
        for kept in kinds:
            for key in [key for key, each in kept.items() if each.client_id == client_id]:
                del kept[key]

    def put_grant(self, grant: Grant) -> None:
        self._grants[grant.code_hash] = grant

    def grant(self, code_hash: str) -> Grant | None:
        return self._grants.get(code_hash)

    def grants_since(self, client_id: str, moment: int) -> int:
        return sum(g.client_id == client_id and g.created_at > moment for g in self._grants.values())

    def use_grant(self, code_hash: str, made: str) -> bool:
        grant = self._grants[code_hash]
        self._grants[code_hash] = replace(grant, used=True, made=made)
        return not grant.used

    def put_refresh_token(self, token: RefreshToken) -> None:
        self._refresh[token.token_hash] = token

    def refresh_token(self, token_hash: str) -> RefreshToken | None:
        return self._refresh.get(token_hash)

    def refresh_tokens(self, client_id: str, user_id: Id) -> list[RefreshToken]:
        return [t for t in self._refresh.values() if (t.client_id, t.user_id) == (client_id, user_id) and not t.revoked]

    def refresh_tokens_since(self, client_id: str, user_id: Id, moment: int) -> int:
        return sum(
            (t.client_id, t.user_id) == (client_id, user_id) and t.created_at > moment for t in self._refresh.values()
        )

    def revoke_refresh_token(self, token_hash: str) -> None:
        self._refresh[token_hash] = replace(self._refresh[token_hash], revoked=True)
        for token in self._access.values():
            if token.refresh_hash == token_hash:
                self._access[token.token_hash] = replace(token, revoked=True)

    def put_access_token(self, token: AccessToken) -> None:
        self._access[token.token_hash] = token

    def access_token(self, token_hash: str) -> AccessToken | None:
        return self._access.get(token_hash)

    def live_token(self, token_hash: str) -> AccessToken | None:
        token = self._access.get(token_hash)
        return None if token is None or token.revoked else token

    def access_tokens(self, client_id: str, refresh_hash: str) -> list[AccessToken]:
        given = (client_id, refresh_hash)
        return [
            t
            for t in self._access.values()
            if (t.client_id, t.refresh_hash) == given and not t.revoked and t.expires_at > self.now
        ]

    def access_tokens_since(self, client_id: str, refresh_hash: str, moment: int) -> int:
        given = (client_id, refresh_hash)
        return sum((t.client_id, t.refresh_hash) == given and t.created_at > moment for t in self._access.values())

    def revoke_access_token(self, token_hash: str) -> None:
        if token_hash in self._access:
            self._access[token_hash] = replace(self._access[token_hash], revoked=True)

    def everything(self) -> str:
        """Show all that is kept, so that a test can look for what must not be there."""
        return repr((self._clients, self._grants, self._refresh, self._access))
