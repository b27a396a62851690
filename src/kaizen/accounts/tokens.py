"""The token endpoint: grants, refresh tokens and client credentials in, access tokens out; and their revocation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kaizen.accounts.clients import SELF_CLIENT
from kaizen.accounts.grants import BadScopeError, checked
from kaizen.accounts.limits import Limits
from kaizen.accounts.ports import AccountsUnit
from kaizen.accounts.secrets import Chance, hashed, matches, new_token
from kaizen.model.oauth import TOKENS, AccessToken, Grant, OAuthClient, RefreshToken
from kaizen.model.people import User
from kaizen.model.values import Json

#: The service says most refusals with status 200 (reference: platform A.5).
REFUSED: Final = 200
THROTTLED: Final = 400

#: What each grant type takes beside the client's id and secret.
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "authorization_code": ("code",),
    "refresh_token": ("refresh_token",),
    "client_credentials": ("scope", "soid"),
}


@dataclass(frozen=True, slots=True)
class OAuthAnswer:
    """What the accounts server sends."""

    status: int
    body: Mapping[str, Json]
    why: str = ""  #: what the log says beyond the answer


@dataclass(frozen=True, slots=True)
class TokenService:
    """Issues and revokes tokens, within given limits."""

    limits: Limits
    chance: Chance

    def token(self, unit: AccountsUnit, given: Mapping[str, str], api_domain: str) -> OAuthAnswer:
        """Answer a token request, whatever its grant type; `given` holds its parameters."""
        client = _client(unit, given)
        if isinstance(client, OAuthAnswer):
            return client
        unit.claim([TOKENS])
        if given["grant_type"] == "authorization_code":
            return self._exchange(unit, client, given["code"], given.get("redirect_uri", ""), api_domain)
        if given["grant_type"] == "refresh_token":
            return self._refresh(unit, client, given["refresh_token"], api_domain)
        return self._to_client(unit, client, given["scope"], given["soid"], api_domain)

    def refresh_in_memory(self, unit: AccountsUnit, given: Mapping[str, str], api_domain: str) -> OAuthAnswer | None:
        """Answer a refresh while nothing can be written, with an access token that only this process knows.

        None: it is not a refresh. Any revocation ends such a token, as does the end of the process.
        """
        if given.get("grant_type") != "refresh_token":
            return None
        client = _client(unit, given)
        if isinstance(client, OAuthAnswer):
            return client
        refresh = self._refreshable(unit, client, given["refresh_token"])
        if isinstance(refresh, OAuthAnswer):
            return refresh
        token, expires = new_token(self.chance), unit.now + self.limits.access_life
        of = refresh.token_hash, client.client_id, refresh.user_id, refresh.scopes
        unit.keep_in_memory(AccessToken(hashed(token), *of, unit.now, expires))
        return OAuthAnswer(200, self._shown(token, refresh.scopes, api_domain))

    def issue(self, unit: AccountsUnit, client: OAuthClient, user: User, scopes: Sequence[str]) -> tuple[str, str]:
        """Issue a refresh token and an access token without a grant; for the first start of a server."""
        refresh = self._new_refresh(unit, client.client_id, user, tuple(scopes))
        return refresh, self._new_access(unit, client.client_id, user, tuple(scopes), refresh)

    def renew(
        self, unit: AccountsUnit, client: OAuthClient, user: User, scopes: Sequence[str], refresh: str, access: str
    ) -> tuple[str, str] | None:
        """Return tokens issued before, the access token a new one after half of its life; None if they are invalid."""
        unit.claim([TOKENS])
        kept = unit.refresh_token(hashed(refresh))
        if kept is None or kept.revoked or (kept.client_id, kept.user_id) != (client.client_id, user.id):
            return None
        if not set(scopes) <= set(kept.scopes):
            return None
        found = unit.access_token(hashed(access))
        alive = found is not None and not found.revoked and found.refresh_hash == kept.token_hash
        if found is not None and alive and found.expires_at - unit.now > self.limits.access_life // 2:
            return refresh, access
        return refresh, self._new_access(unit, client.client_id, user, kept.scopes, refresh)

    def revoke(self, unit: AccountsUnit, token: str) -> OAuthAnswer:
        """Revoke a refresh token with its access tokens, or one access token."""
        kept = hashed(token)
        refresh = unit.refresh_token(kept)
        if refresh is not None and not refresh.revoked:
            # No access token may be made of it meanwhile.
            unit.claim([TOKENS])
            unit.revoke_refresh_token(kept)
            return OAuthAnswer(200, {"status": "success"})
        access = unit.access_token(kept)
        if access is not None and not access.revoked:
            unit.revoke_access_token(kept)
            return OAuthAnswer(200, {"status": "success"})
        return OAuthAnswer(400, {"error": "invalid_token"})

    def _exchange(
        self, unit: AccountsUnit, client: OAuthClient, code: str, redirect_uri: str, api_domain: str
    ) -> OAuthAnswer:
        grant = unit.grant(hashed(code))
        if grant is None or grant.client_id != client.client_id:
            return _refused("invalid_code")
        if grant.used:
            self._take_back(unit, grant)
            return _refused("invalid_code", "a grant came again; its tokens are revoked")
        if grant.expires_at <= unit.now:
            return _refused("invalid_code")
        # Self clients have no redirect URI; the oldest SDKs send one all the same.
        if grant.redirect_uri and grant.redirect_uri != redirect_uri:
            return _refused("invalid_redirect_uri")
        user = _user(unit, grant)
        if user is None:
            return _refused("access_denied")
        if grant.offline and self._too_many_refresh(unit, client.client_id, user):
            return _throttled()
        made = new_token(self.chance)
        if not unit.use_grant(grant.code_hash, hashed(made)):
            return _refused("invalid_code")
        if not grant.offline:
            access = self._new_access(unit, client.client_id, user, grant.scopes, "", made)
            return OAuthAnswer(200, self._shown(access, grant.scopes, api_domain))
        self._new_refresh(unit, client.client_id, user, grant.scopes, made)
        access = self._new_access(unit, client.client_id, user, grant.scopes, made)
        return OAuthAnswer(200, {**self._shown(access, grant.scopes, api_domain), "refresh_token": made})

    def _take_back(self, unit: AccountsUnit, grant: Grant) -> None:
        """Revoke what a grant was exchanged for: if it is used again, one of the two users has stolen it."""
        if unit.refresh_token(grant.made) is not None:
            unit.revoke_refresh_token(grant.made)
        else:
            unit.revoke_access_token(grant.made)

    def _refresh(self, unit: AccountsUnit, client: OAuthClient, token: str, api_domain: str) -> OAuthAnswer:
        kept = self._refreshable(unit, client, token)
        if isinstance(kept, OAuthAnswer):
            return kept
        access = self._new_access(unit, client.client_id, unit.users[kept.user_id], kept.scopes, token)
        return OAuthAnswer(200, self._shown(access, kept.scopes, api_domain))

    def _refreshable(self, unit: AccountsUnit, client: OAuthClient, token: str) -> RefreshToken | OAuthAnswer:
        """Return a refresh token that an access token may be issued for, or why none may."""
        kept = unit.refresh_token(hashed(token))
        if kept is None or kept.revoked or kept.client_id != client.client_id:
            return _refused("invalid_code")
        if _user(unit, kept) is None:
            return _refused("access_denied")
        if self._too_many_access(unit, client, kept.token_hash):
            return _throttled()
        return kept

    def _to_client(
        self, unit: AccountsUnit, client: OAuthClient, scope: str, soid: str, api_domain: str
    ) -> OAuthAnswer:
        """Issue a token to a self client for its owner, without a grant and without a refresh token."""
        if client.kind != SELF_CLIENT:
            return _refused("invalid_client")
        try:
            scopes = checked([scope])
        except BadScopeError:
            return _refused("invalid_scope")
        user = unit.users.get(client.owner_id)
        if user is None or user.status != "active" or soid.lower() != f"zohocrm.{unit.organisation.zgid}":
            return _refused("access_denied")
        if self._too_many_access(unit, client, ""):
            return _throttled()
        access = self._new_access(unit, client.client_id, user, scopes, "")
        return OAuthAnswer(200, self._shown(access, scopes, api_domain))

    def _new_refresh(
        self, unit: AccountsUnit, client_id: str, user: User, scopes: tuple[str, ...], token: str = ""
    ) -> str:
        active = unit.refresh_tokens(client_id, user.id)
        for oldest in active[: max(0, len(active) + 1 - self.limits.refresh_tokens)]:
            unit.revoke_refresh_token(oldest.token_hash)
        token = token or new_token(self.chance)
        unit.put_refresh_token(RefreshToken(hashed(token), client_id, user.id, scopes, unit.now))
        return token

    def _new_access(
        self, unit: AccountsUnit, client_id: str, user: User, scopes: tuple[str, ...], refresh: str, token: str = ""
    ) -> str:
        refresh_hash = hashed(refresh) if refresh else ""
        active = unit.access_tokens(client_id, refresh_hash)
        for oldest in active[: max(0, len(active) + 1 - self.limits.active_access_tokens)]:
            unit.revoke_access_token(oldest.token_hash)
        token = token or new_token(self.chance)
        expires = unit.now + self.limits.access_life
        unit.put_access_token(AccessToken(hashed(token), refresh_hash, client_id, user.id, scopes, unit.now, expires))
        return token

    def _shown(self, access: str, scopes: Sequence[str], api_domain: str) -> dict[str, Json]:
        return {
            "access_token": access,
            "scope": ",".join(scopes),
            "api_domain": api_domain,
            "token_type": "Bearer",
            "expires_in": self.limits.access_token_seconds,
        }

    def _too_many_access(self, unit: AccountsUnit, client: OAuthClient, refresh_hash: str) -> bool:
        allowed = self.limits.access_tokens_per_window
        since = self._window(unit)
        return allowed is not None and unit.access_tokens_since(client.client_id, refresh_hash, since) >= allowed

    def _too_many_refresh(self, unit: AccountsUnit, client_id: str, user: User) -> bool:
        allowed = self.limits.refresh_tokens_per_window
        return allowed is not None and unit.refresh_tokens_since(client_id, user.id, self._window(unit)) >= allowed

    def _window(self, unit: AccountsUnit) -> int:
        return unit.now - self.limits.window_seconds


def user_info(user: User) -> dict[str, Json]:
    """Show the owner of a token; SDKs read exactly these keys."""
    return {
        "First_Name": user.first_name or "",
        "Last_Name": user.last_name,
        "Email": user.email,
        "Display_Name": user.full_name,
        "ZUID": int(user.zuid) if user.zuid.isdecimal() else user.zuid,
    }


def _client(unit: AccountsUnit, given: Mapping[str, str]) -> OAuthClient | OAuthAnswer:
    """Return who asks for a token, or why the request is refused."""
    grant_type = given.get("grant_type")
    if not grant_type:
        return _refused("general_error")
    needed = _NEEDED.get(grant_type)
    if needed is None:
        return _refused("unsupported_grant_type")
    if not all(given.get(name) for name in (*needed, "client_id", "client_secret")):
        return _refused("general_error")
    client = unit.client(given["client_id"])
    if client is None:
        return _refused("invalid_client")
    if not matches(given["client_secret"], client.secret_hash):
        return _refused("invalid_client_secret")
    return client


def _user(unit: AccountsUnit, token: Grant | RefreshToken) -> User | None:
    user = unit.users.get(token.user_id)
    return user if user is not None and user.status == "active" else None


def _refused(error: str, why: str = "") -> OAuthAnswer:
    return OAuthAnswer(REFUSED, {"error": error}, why)


def _throttled() -> OAuthAnswer:
    return OAuthAnswer(
        THROTTLED,
        {
            "error_description": "You have made too many requests continuously. Please try again after some time.",
            "error": "Access Denied",
            "status": "failure",
        },
    )
