"""Clients: programs that may ask for tokens, as the API console registers them."""

from dataclasses import dataclass, replace
from typing import Final

from kaizen.accounts.ports import AccountsUnit
from kaizen.accounts.secrets import Chance, hashed, new_client_id, new_client_secret
from kaizen.model.oauth import OAuthClient
from kaizen.model.values import Id

SELF_CLIENT: Final = "self_client"


@dataclass(frozen=True, slots=True)
class NewClient:
    """A client just created; its secret is known only now."""

    client: OAuthClient
    secret: str


def create_self_client(unit: AccountsUnit, owner: Id, chance: Chance, name: str = "Self Client") -> NewClient:
    """Register a self client: it has no redirect URI and no consent page."""
    secret = new_client_secret(chance)
    client = OAuthClient(
        client_id=new_client_id(chance),
        secret_hash=hashed(secret),
        kind=SELF_CLIENT,
        name=name,
        redirect_uris=(),
        owner_id=owner,
        created_at=unit.now,
    )
    unit.put_client(client)
    return NewClient(client, secret)


def renew_secret(unit: AccountsUnit, client: OAuthClient, chance: Chance) -> NewClient:
    """Replace the secret of a client; the old one is invalid from now on, its tokens remain valid."""
    secret = new_client_secret(chance)
    renewed = replace(client, secret_hash=hashed(secret))
    unit.put_client(renewed)
    return NewClient(renewed, secret)
