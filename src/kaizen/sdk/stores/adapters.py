"""Stores of other libraries, by the method names of four generations of SDKs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from kaizen.sdk.errors import ConfigError, KaizenError, StoreError
from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.tokens import Token, TokenKey

#: (get, save, delete) of the stores that know a token by its user.
_BY_USER: Final = (
    ("get_oauth_tokens", "save_oauth_tokens", "delete_oauth_tokens"),  # the Ruby gem, and ours
    ("getOAuthTokens", "saveOAuthData", "deleteOAuthTokens"),  # the seed's article
    ("get_oauthtokens", "save_oauthtokens", "delete_oauthtokens"),  # Python v2
)
#: (find, save, delete) of the stores that are handed the token to look for.
_BY_TOKEN: Final = ("find_token", "save_token", "delete_token")  # v3 to v8

_REFRESH: Final = ("refresh_token", "refreshToken", "refreshtoken")
_ACCESS: Final = ("access_token", "accessToken", "accesstoken")
_EXPIRY: Final = ("expiry_time", "expiryTime", "expirytime", "expires_in")
_CLIENT: Final = ("client_id", "clientId")
_DOMAIN: Final = ("api_domain", "apiDomain")


def adapt(store: object) -> TokenStore:
    """Make any object with the methods of a known generation usable; raises ConfigError for others."""
    if isinstance(store, TokenStore):
        return store
    for names in _BY_USER:
        if _has(store, names):
            return UserStoreAdapter(store, *names)
    if _has(store, _BY_TOKEN):
        return TokenArgumentAdapter(store)
    wanted = "; ".join("/".join(names) for names in (*_BY_USER, _BY_TOKEN))
    raise ConfigError(f"{type(store).__name__} is not a token store: it has none of these sets of methods: {wanted}")


class StoredTokens:
    """A token as the older SDKs hand it to a store, under the attribute names of all of them.

    `expiry_time` is in milliseconds since the epoch.
    """

    def __init__(self, token: Token) -> None:
        self.user_identifier = self.userEmail = self.user_mail = token.key.user
        self.client_id = token.key.client_id
        self.refresh_token = self.refreshToken = token.refresh_token
        self.access_token = self.accessToken = token.access_token
        self.expiry_time = self.expiryTime = None if token.expires_at is None else int(token.expires_at * 1000)
        self.api_domain = token.api_domain

    def __repr__(self) -> str:
        return f"StoredTokens({self.user_identifier!r})"


class TokenArgument:
    """A token as the SDKs since v3 hand it to a store: getters and setters."""

    def __init__(self, token: Token) -> None:
        self._values: dict[str, Any] = {
            "id": f"{token.key.client_id}:{token.key.user}",
            "client_id": token.key.client_id,
            "client_secret": None,  # never handed out; it is in the configuration
            "refresh_token": token.refresh_token,
            "access_token": token.access_token,
            "grant_token": None,
            "expires_in": None if token.expires_at is None else str(int(token.expires_at * 1000)),
            "redirect_url": None,
            "api_domain": token.api_domain,
            "user_signature": _Signature(token.key.user),
            "user_mail": token.key.user,
        }

    def __getattr__(self, name: str) -> Callable[..., Any]:
        values = self.__dict__.get("_values", {})
        verb, _, field = name.partition("_")
        if verb == "get" and field in values:
            return lambda: values[field]
        if verb == "set" and field in values:
            return lambda value: values.__setitem__(field, value)
        raise AttributeError(name)

    def __repr__(self) -> str:
        return f"TokenArgument({self._values['user_mail']!r})"


class _Signature:
    def __init__(self, name: str) -> None:
        self._name = name

    def get_name(self) -> str:
        return self._name


class _Adapter(TokenStore):
    """What the adapters share: the lock, and the translation of errors.

    Without a `lock(user)` of the store's own, the lock holds within this process only.
    """

    def __init__(self, store: Any) -> None:
        self._store = store
        self._lock = threading.Lock()

    @contextmanager
    def lock(self, key: TokenKey) -> Iterator[TokenStore]:
        own = getattr(self._store, "lock", None)
        held: AbstractContextManager[Any] = own(key.user) if callable(own) else self._lock
        with held:
            yield self

    def tokens(self) -> list[Token]:
        raise StoreError(f"{type(self._store).__name__} cannot list its tokens; ask for one user")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({type(self._store).__name__})"

    def _ask(self, method: str, argument: object) -> Any:
        try:
            return getattr(self._store, method)(argument)
        except KaizenError:
            raise
        except Exception as error:
            raise StoreError(f"{type(self._store).__name__}.{method}: {type(error).__name__}: {error}") from error


class UserStoreAdapter(_Adapter):
    """A store that keeps a token under its user's e-mail address."""

    def __init__(self, store: object, get: str, save: str, delete: str) -> None:
        super().__init__(store)
        self._get, self._save, self._delete = get, save, delete

    def find(self, key: TokenKey) -> Token | None:
        """Return the token of a key, or None."""
        try:
            found = self._ask(self._get, key.user)
        except StoreError as error:
            # A dictionary raises KeyError if there is none.
            if isinstance(error.__cause__, LookupError):
                return None
            raise
        if isinstance(found, Sequence) and not isinstance(found, str):
            found = found[0] if found else None
        return None if found is None else _token(key, lambda names: _pick(found, names))

    def save(self, token: Token) -> None:
        """Keep a token."""
        self._ask(self._save, StoredTokens(token))

    def delete(self, key: TokenKey) -> None:
        """Remove the token of a key."""
        self._ask(self._delete, key.user)


class TokenArgumentAdapter(_Adapter):
    """A store that is handed a token and fills in what it knows of it."""

    def find(self, key: TokenKey) -> Token | None:
        """Return the token of a key, or None."""
        found = self._ask("find_token", TokenArgument(Token(key)))
        if found is None:
            return None
        token = _token(key, lambda names: _call(found, names))
        return token if token is not None and (token.refresh_token or token.access_token) else None

    def save(self, token: Token) -> None:
        """Keep a token."""
        self._ask("save_token", TokenArgument(token))

    def delete(self, key: TokenKey) -> None:
        """Remove the token of a key."""
        found = self._ask("find_token", TokenArgument(Token(key)))
        if found is not None:
            self._ask("delete_token", _call(found, ("id",)))


def _has(store: object, names: Sequence[str]) -> bool:
    return all(callable(getattr(store, name, None)) for name in names)


def _token(key: TokenKey, value: Callable[[Sequence[str]], Any]) -> Token | None:
    client = value(_CLIENT)
    if client and client != key.client_id:
        return None  # another client's token under the same user
    expiry = value(_EXPIRY)
    return Token(
        key,
        refresh_token=value(_REFRESH) or None,
        access_token=value(_ACCESS) or None,
        expires_at=int(expiry) / 1000 if expiry else None,
        api_domain=value(_DOMAIN) or None,
    )


def _pick(found: object, names: Sequence[str]) -> Any:
    for name in names:
        value = found.get(name) if isinstance(found, Mapping) else getattr(found, name, None)
        if value is not None and not callable(value):
            return value
    return None


def _call(found: object, names: Sequence[str]) -> Any:
    for name in names:
        getter = getattr(found, f"get_{name}", None)
        value = getter() if callable(getter) else None
        if value is not None:
            return value
    return None
