"""Who a request comes from: the access token in its Authorization header."""

from kaizen.accounts.ports import AccountsUnit
from kaizen.accounts.secrets import hashed
from kaizen.model.people import Actor
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.vocabulary.codes import Code

#: Why a token is refused that was good until its time was over.
EXPIRED = "expired"

_SCHEMES = ("zoho-oauthtoken ", "bearer ")


class TokenRefusedError(RequestRefusedError):
    """An access token that does not let anybody in; the caller is not told why, the log is."""

    def __init__(self, token: str, why: str) -> None:
        super().__init__(Problem(Code.INVALID_TOKEN))
        self.token = token
        self.why = why


def authenticate(unit: AccountsUnit, authorization: str) -> Actor:
    """Return the caller, or refuse: no token, a token that is not valid any more, an inactive user."""
    token = access_token_in(authorization)
    if token is None:
        raise RequestRefusedError(Problem(Code.AUTHENTICATION_FAILURE))
    key = hashed(token)
    kept = unit.live_token(key)
    if kept is None:
        raise TokenRefusedError(token, "unknown" if unit.access_token(key) is None else "revoked")
    if kept.expires_at <= unit.now:
        raise TokenRefusedError(token, EXPIRED)
    user = unit.users.get(kept.user_id)
    if user is None or user.status == "deleted":
        raise TokenRefusedError(token, "its user is deleted")
    if user.status != "active":
        raise RequestRefusedError(Problem(Code.INACTIVE_USER))
    return Actor(user, frozenset(kept.scopes), kept.client_id)


def access_token_in(authorization: str) -> str | None:
    """Read the token of an Authorization header; None when the header is missing or has another scheme."""
    lowered = authorization[:16].lower()
    for scheme in _SCHEMES:
        if lowered.startswith(scheme):
            return authorization[len(scheme) :].strip() or None
    return None
