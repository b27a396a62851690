"""OAuth clients, grants and tokens as they are kept: secrets only as hashes."""

from dataclasses import dataclass
from typing import Final

from kaizen.model.claim import Claim
from kaizen.model.values import Id

#: The claim to count, issue and take back grants and tokens.
TOKENS: Final = Claim("tokens")


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """One registered client."""

    client_id: str
    secret_hash: str
    kind: str  #: self_client, server_based (with the consent page), ...
    name: str
    redirect_uris: tuple[str, ...]
    owner_id: Id
    created_at: int


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant token; single use."""

    code_hash: str
    client_id: str
    user_id: Id
    scopes: tuple[str, ...]
    redirect_uri: str
    offline: bool
    expires_at: int
    used: bool = False
    created_at: int = 0
    made: str = ""  #: once used: the hash of the refresh token it was exchanged for, or of the access token alone


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One refresh token; valid until revoked or displaced."""

    token_hash: str
    client_id: str
    user_id: Id
    scopes: tuple[str, ...]
    created_at: int
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class AccessToken:
    """One access token; its refresh token's end is its own."""

    token_hash: str
    refresh_hash: str  #: empty: issued without one
    client_id: str
    user_id: Id
    scopes: tuple[str, ...]
    created_at: int
    expires_at: int
    revoked: bool = False
