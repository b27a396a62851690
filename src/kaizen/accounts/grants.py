"""Grant tokens: what the API console creates, and what a client exchanges for tokens."""

import re
from collections.abc import Iterable
from typing import Final

from kaizen.accounts.limits import GRANT_MINUTES, Limits
from kaizen.accounts.ports import AccountsUnit
from kaizen.accounts.secrets import Chance, hashed, new_token
from kaizen.model.oauth import TOKENS, Grant, OAuthClient
from kaizen.model.people import User
from kaizen.vocabulary.scopes import OPERATIONS

#: Operations that scopes end with beside the usual ones.
_RARE: Final = ("CUSTOM",)
_SCOPE: Final = re.compile(r"[A-Za-z]+(\.[A-Za-z_$][A-Za-z0-9_$]*){1,3}\.[A-Za-z]+")


class BadScopeError(ValueError):
    """Text that is not a scope of the service."""


class BadLifetimeError(ValueError):
    """A lifetime that a grant token cannot have."""


class TooManyGrantsError(ValueError):
    """A client has reached its limit of grant tokens for now."""


def create_grant(
    unit: AccountsUnit,
    client: OAuthClient,
    scopes: Iterable[str],
    chance: Chance,
    *,
    user: User | None = None,
    minutes: int = 3,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> str:
    """Issue a grant token that works once, for a user, or else for the owner of the client."""
    if minutes not in GRANT_MINUTES:
        raise BadLifetimeError(f"a grant token is valid for 3, 5, 7 or 10 minutes, not {minutes}")
    allowed = limits.grants_per_window
    unit.claim([TOKENS])
    if allowed is not None and unit.grants_since(client.client_id, unit.now - limits.window_seconds) >= allowed:
        raise TooManyGrantsError(
            f"client {client.client_id} has reached tokens.grants_per_window, {allowed} in "
            f"{limits.window_seconds // 60} minutes; wait, or raise it"
        )
    code = new_token(chance)
    unit.put_grant(
        Grant(
            code_hash=hashed(code),
            client_id=client.client_id,
            user_id=user.id if user is not None else client.owner_id,
            scopes=checked(scopes),
            redirect_uri="",
            offline=True,
            expires_at=unit.now + minutes * 60,
            created_at=unit.now,
        )
    )
    return code


def checked(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return scopes without blanks and repetitions; raises BadScopeError for anything else."""
    kept = tuple(dict.fromkeys(scope for each in scopes for scope in re.split(r"[,\s]+", each) if scope))
    if not kept:
        raise BadScopeError("a grant token needs at least one scope")
    for scope in kept:
        if not _SCOPE.fullmatch(scope) or scope.rpartition(".")[2].upper() not in (*OPERATIONS, *_RARE):
            raise BadScopeError(f"{scope!r} is not a scope; a scope looks like ZohoCRM.modules.leads.READ")
    return kept
