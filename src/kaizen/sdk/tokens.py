"""How to get a usable token: the token, and the machine that decides when to refresh it.

The machine is a set of generators. They yield what they need done (hold this lock, read the store, send this
request) and are sent the result, so that one implementation serves threads and tasks and is tested without
either. Reference: SDK 5.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, TypeVar, cast

from kaizen.sdk import oauth
from kaizen.sdk.errors import AuthError, KaizenError, NoToken, OtherUser, RefreshLimitReached
from kaizen.sdk.logs import log
from kaizen.sdk.wire import Answer, Request

T = TypeVar("T")

#: Seconds before the end of a token from which one caller refreshes while the others go on with it.
ADVISORY: Final = 300.0
#: Seconds before its end from which it is not used any more.
MANDATORY: Final = 30.0
#: Seconds that an early refresh may take; it is sent once, for the call that waits for it has a usable token.
EARLY_DEADLINE: Final = 5.0
#: Seconds between two attempts at an early refresh.
EARLY_PAUSE: Final = 60.0
#: The time, in seconds, over which refreshes are counted (reference: platform A.8).
BUDGET_WINDOW: Final = 600.0


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Whose token it is: one user of one client at one accounts server in one environment."""

    client_id: str
    user: str  #: the e-mail address, in lower case
    accounts_url: str
    environment: str = "production"

    def __post_init__(self) -> None:
        object.__setattr__(self, "user", self.user.strip().lower())


@dataclass(frozen=True, slots=True)
class Token:
    """What was granted to a user, as it is kept."""

    key: TokenKey
    refresh_token: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None  #: seconds since the epoch; None when nobody said
    issued_at: float | None = None  #: seconds since the epoch
    api_domain: str | None = None
    scopes: tuple[str, ...] = ()
    refreshes: tuple[float, ...] = ()  #: when it was refreshed lately, in seconds since the epoch

    def usable(self, now: float) -> bool:
        """Return whether the access token can still be used for a call that starts now."""
        return self._lasts(now, MANDATORY, 10)

    def fresh(self, now: float) -> bool:
        """Return whether the access token can be used and need not be refreshed yet."""
        return self._lasts(now, ADVISORY, 4)

    def left(self, now: float) -> float:
        """Return how many seconds the access token has left; infinity if its end is unknown."""
        return math.inf if self.expires_at is None else self.expires_at - now

    def _lasts(self, now: float, margin: float, share: int) -> bool:
        if self.access_token is None:
            return False
        if self.expires_at is None:
            return True  # used until the service refuses it
        # A token that lives a minute would never be fresh by margins made for an hour.
        life = self.expires_at - self.issued_at if self.issued_at is not None else 3600.0
        return self.expires_at - now > min(margin, life / share)


@dataclass(frozen=True, slots=True)
class Postponed:
    """An early refresh that failed, and when the next one may be tried."""

    access_token: str | None  #: the token that was to be refreshed
    until: float  #: seconds since the epoch


@dataclass(frozen=True, slots=True)
class HoldHere:
    """Hold the lock of this key in this process; answered with whether it is held."""

    key: TokenKey
    wait: bool = True


@dataclass(frozen=True, slots=True)
class HoldStore:
    """Hold the store's lock, which other processes respect; answered with None."""

    key: TokenKey


@dataclass(frozen=True, slots=True)
class Find:
    """Read the store; answered with a Token or None."""

    key: TokenKey


@dataclass(frozen=True, slots=True)
class Save:
    """Write to the store; answered with None."""

    token: Token


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove from the store; answered with None."""

    key: TokenKey


@dataclass(frozen=True, slots=True)
class Send:
    """Send to the accounts server; answered with an Answer."""

    request: Request


Step: TypeAlias = HoldHere | HoldStore | Find | Save | Delete | Send
#: Locks are let go when the generator ends, however it ends.
Steps: TypeAlias = Generator[Step, object, T]


@dataclass(slots=True)
class TokenMachine:
    """Everything that is done with tokens; `memory` has the tokens that this process knows."""

    credentials: oauth.Credentials
    clock: Callable[[], float]
    budget: int | None  #: refreshes in ten minutes; None: any number
    memory: MutableMapping[TokenKey, Token] = field(default_factory=dict)
    postponed: dict[TokenKey, Postponed] = field(default_factory=dict)

    def obtain(self, key: TokenKey) -> Steps[Token]:
        """Return a token that can be used now, refreshing it if necessary or if it is time."""
        token = self.memory.get(key)
        if token is not None and token.fresh(self.clock()):
            return token
        if token is not None and token.usable(self.clock()):
            return (yield from self._ahead_of_time(token))
        yield HoldHere(key)
        return (yield from self._renew(key, lambda found: found.usable(self.clock())))

    def renew(self, key: TokenKey, refused: str | None) -> Steps[Token]:
        """Return another token than the one that the service refused; another caller may have fetched it already."""

        def another(found: Token) -> bool:
            return found.access_token != refused and found.usable(self.clock())

        yield HoldHere(key)
        return (yield from self._renew(key, another))

    def exchange(self, grant: str, key: TokenKey, redirect_uri: str | None) -> Steps[Token]:
        """Turn a grant token into a kept token of the user who gave it.

        The user is whom the accounts server names; the key's own user is used if it names none.
        """
        answer = yield from self._send(oauth.exchange_request(self.credentials, grant, redirect_uri))
        token = granted_token(Token(key), oauth.exchanged(answer), self.clock())
        user = yield from self._owner_of(token)
        if user is None and not key.user:
            raise AuthError(
                "the token was granted, but the accounts server does not say whose it is (that takes the scope "
                "aaaserver.profile.READ); ask for that scope too, or set current_user_email",
                code="OAUTH_SCOPE_MISMATCH",
            )
        return (yield from self._keep(replace(token, key=replace(key, user=user or key.user))))

    def adopt(self, refresh_token: str, key: TokenKey) -> Steps[Token]:
        """Take over a refresh token from elsewhere, proving it by using it."""
        answer = yield from self._send(oauth.refresh_request(self.credentials, refresh_token))
        token = granted_token(Token(key, refresh_token=refresh_token), oauth.refreshed(answer), self.clock())
        return (yield from self._keep(token))

    def revoke(self, key: TokenKey) -> Steps[bool]:
        """Revoke the user's token at the accounts server and remove it here; returns whether it was still valid."""
        yield HoldHere(key)
        found = yield from self._find(key)
        if found is None:
            raise _no_token(key)
        worth = found.refresh_token or found.access_token or ""
        answer = yield from self._send(oauth.revoke_request(worth))
        alive = oauth.revoked(answer)
        yield from self._forget(key)
        return alive

    def forget(self, key: TokenKey) -> Steps[None]:
        """Remove the user's token here, without revoking it at the accounts server."""
        yield HoldHere(key)
        yield from self._forget(key)

    def find(self, key: TokenKey) -> Steps[Token | None]:
        """Read the store."""
        return (yield from self._find(key))

    def forgive(self, key: TokenKey) -> Steps[None]:
        """Forget the past refreshes, because the service's clock was changed, which resets its limit."""
        token = self.memory.get(key)
        if token is None or not token.refreshes:
            return
        yield HoldHere(key)
        yield HoldStore(key)
        stored = yield from self._find(key)
        if stored is not None:
            yield Save(replace(stored, refreshes=()))
        self.memory[key] = replace(token, refreshes=())

    def _ahead_of_time(self, token: Token) -> Steps[Token]:
        # Whoever gets the lock refreshes; the others, and the one itself if it fails, have time left.
        if not (yield HoldHere(token.key, wait=False)):
            return token
        earlier = self.postponed.get(token.key)
        if earlier is not None and earlier.access_token == token.access_token and self.clock() < earlier.until:
            return token
        try:
            deadline = min(EARLY_DEADLINE, token.left(self.clock()) / 2)
            return (yield from self._renew(token.key, lambda found: found.fresh(self.clock()), deadline))
        except KaizenError as error:
            if token.left(self.clock()) <= 0:
                raise
            self._postpone(token, error)
            # A refresh that only the store failed to keep has left its token here.
            return self.memory.get(token.key, token)

    def _postpone(self, token: Token, error: KaizenError) -> None:
        earlier = self.postponed.get(token.key)
        if earlier is None or earlier.access_token != token.access_token:
            facts = {"user": token.key.user, "error": str(error), "kind": type(error).__name__}
            log.warning("token.early_refresh_failed", extra=facts)
        now = self.clock()
        self.postponed[token.key] = Postponed(token.access_token, now + min(EARLY_PAUSE, token.left(now) / 2))

    def _renew(self, key: TokenKey, good: Callable[[Token], bool], deadline: float | None = None) -> Steps[Token]:
        """Refresh, unless a good token turns up at one of the places where another may have left it."""
        known = self.memory.get(key)
        if known is not None and good(known):
            return known
        stored = yield from self._find(key)
        if stored is not None and good(stored):
            return self._remember(stored)
        if stored is None or stored.refresh_token is None:
            raise _no_token(key) if stored is None else _no_refresh_token(key)
        yield HoldStore(key)
        stored = yield from self._find(key)
        if stored is not None and good(stored):
            return self._remember(stored)
        if stored is None or stored.refresh_token is None:
            raise _no_token(key)
        recent = self._recent(stored, known)
        request = oauth.refresh_request(self.credentials, stored.refresh_token)
        answer = yield from self._send(replace(request, deadline=deadline))
        token = granted_token(stored, oauth.refreshed(answer), self.clock())
        token = replace(token, refreshes=(*recent, self.clock()))
        self._remember(token)
        yield Save(token)
        return token

    def _recent(self, stored: Token, known: Token | None) -> tuple[float, ...]:
        since = self.clock() - BUDGET_WINDOW
        # A store of someone else's making may not keep them; then those of this process count.
        past = max(stored.refreshes, known.refreshes if known else (), key=len)
        recent = tuple(moment for moment in past if moment > since)
        if self.budget is not None and len(recent) >= self.budget:
            raise RefreshLimitReached(
                f"{len(recent)} refreshes for {stored.key.user} in ten minutes, and the service allows 10 before it "
                f"locks the client out; check why valid tokens are not reused (refresh_budget={self.budget})"
            )
        return recent

    def _owner_of(self, token: Token) -> Steps[str | None]:
        try:
            return oauth.email_of((yield from self._send(oauth.user_info_request(token.access_token or ""))))
        except KaizenError:
            # The grant is used up by now; failing here would throw away what it gave.
            return None

    def _keep(self, token: Token) -> Steps[Token]:
        yield HoldHere(token.key)
        yield HoldStore(token.key)
        # In memory first: if the store cannot be written, this process at least does not lose the grant.
        self._remember(token)
        yield Save(token)
        return token

    def _forget(self, key: TokenKey) -> Steps[None]:
        yield HoldStore(key)
        self.memory.pop(key, None)
        yield Delete(key)

    def _find(self, key: TokenKey) -> Steps[Token | None]:
        return cast("Token | None", (yield Find(key)))

    def _send(self, request: Request) -> Steps[Answer]:
        return cast("Answer", (yield Send(request)))

    def _remember(self, token: Token) -> Token:
        self.memory[token.key] = token
        return token


def granted_token(base: Token, grant: Mapping[str, Any], now: float) -> Token:
    """Put what the accounts server granted onto what is known already."""
    scopes = grant.get("scope")
    return replace(
        base,
        access_token=str(grant["access_token"]),
        refresh_token=grant.get("refresh_token") or base.refresh_token,
        issued_at=now,
        expires_at=now + oauth.lifetime(grant),
        api_domain=grant.get("api_domain") or base.api_domain,
        scopes=oauth.scopes_of(scopes) if isinstance(scopes, str) else base.scopes,
    )


def other_user(giver: TokenKey, expected: TokenKey) -> KaizenError:
    """Make the exception for a grant token of another user."""
    return OtherUser(
        f"the grant token was given by {giver.user}, where {expected.user} was expected; its tokens are kept under "
        f"{giver.user}: go on as that user with crm.as_user({giver.user!r}) or current_user_email, "
        f"or exchange a grant token that {expected.user} gave"
    )


def _no_token(key: TokenKey) -> KaizenError:
    return NoToken(
        f"there is no token for {key.user or 'the user'} of client {key.client_id} in the store; "
        "exchange a grant token first: crm.auth.exchange(grant_token)"
    )


def _no_refresh_token(key: TokenKey) -> KaizenError:
    return NoToken(
        f"the access token of {key.user} has expired and came without a refresh token (access_type online); "
        "exchange another grant token"
    )
