"""What accounts need from a database, as a protocol that `store` implements."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from kaizen.model.claim import Claim
from kaizen.model.oauth import AccessToken, Grant, OAuthClient, RefreshToken
from kaizen.model.people import Organisation, User
from kaizen.model.values import Id


class AccountsUnit(Protocol):
    """The accounts side of one transaction (the same object as records.ports.UnitOfWork)."""

    @property
    def now(self) -> int: ...
    @property
    def organisation(self) -> Organisation: ...
    @property
    def users(self) -> Mapping[Id, User]: ...

    def claim(self, claims: Iterable[Claim]) -> None:
        """Make what is looked up and written here one step: no other unit does either until this one ends."""

    def put_client(self, client: OAuthClient) -> None: ...
    def client(self, client_id: str) -> OAuthClient | None: ...
    def clients(self) -> list[OAuthClient]: ...
    def drop_client(self, client_id: str) -> None:
        """Remove a client with its grants and tokens."""

    def put_grant(self, grant: Grant) -> None: ...
    def grant(self, code_hash: str) -> Grant | None: ...
    def grants_since(self, client_id: str, moment: int) -> int:
        """Return how many grants, used or not, a client was given after a moment."""

    def use_grant(self, code_hash: str, made: str) -> bool:
        """Mark a grant used for a token, by its hash; False: it was used already."""

    def put_refresh_token(self, token: RefreshToken) -> None: ...
    def refresh_token(self, token_hash: str) -> RefreshToken | None: ...
    def refresh_tokens(self, client_id: str, user_id: Id) -> list[RefreshToken]:
        """Return those not revoked, oldest first."""

    def refresh_tokens_since(self, client_id: str, user_id: Id, moment: int) -> int:
        """Return how many, revoked or not, a user and client were given after a moment."""

    def revoke_refresh_token(self, token_hash: str) -> None:
        """Revoke a refresh token and its access tokens."""

    def put_access_token(self, token: AccessToken) -> None: ...
    def keep_in_memory(self, token: AccessToken) -> None:
        """Let `live_token` of this process find an access token that is not written; any revocation ends it."""

    def access_token(self, token_hash: str) -> AccessToken | None: ...
    def live_token(self, token_hash: str) -> AccessToken | None:
        """Return one access token that is not revoked, as `access_token` does, but from memory where that is right."""

    def access_tokens(self, client_id: str, refresh_hash: str) -> list[AccessToken]:
        """Return those of a refresh token, or (empty) without one, not revoked and not expired, oldest first."""

    def access_tokens_since(self, client_id: str, refresh_hash: str, moment: int) -> int:
        """Return how many, alive or not, were given so after a moment."""

    def revoke_access_token(self, token_hash: str) -> None: ...
