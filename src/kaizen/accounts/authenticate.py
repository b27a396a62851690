"""Who a request comes from: the access token in its Authorization header."""

from kaizen.accounts.ports import AccountsUnit
from kaizen.accounts.secrets import hashed
from kaizen.model.people import Actor
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.vocabulary.codes import Code

_SCHEMES = ("zoho-oauthtoken ", "bearer ")


def authenticate(unit: AccountsUnit, authorization: str) -> Actor:
    """Return the caller, or refuse: no token, a token that is not valid any more, an inactive user."""
    token = access_token_in(authorization)
    if token is None:
        raise RequestRefusedError(Problem(Code.AUTHENTICATION_FAILURE))
    kept = unit.access_token(hashed(token))
    if kept is None or kept.revoked or kept.expires_at <= unit.now:
        raise RequestRefusedError(Problem(Code.INVALID_TOKEN))
    user = unit.users.get(kept.user_id)
    if user is None or user.status == "deleted":
        raise RequestRefusedError(Problem(Code.INVALID_TOKEN))
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
