"""What a client must know, once and for all: a frozen value that hides its secrets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from kaizen.sdk import data_centres
from kaizen.sdk.errors import ConfigError
from kaizen.sdk.oauth import Credentials
from kaizen.sdk.retry import RetryPolicy
from kaizen.sdk.surroundings import REAL, Surroundings
from kaizen.sdk.tokens import TokenKey

_SECRET: Final = frozenset({"client_secret", "db_password"})


@dataclass(frozen=True, kw_only=True, repr=False)
class Config:
    """The configuration of a client; docs/reference/sdk.md explains every key.

    Build it with `Config.load` (dictionary, environment, file) or directly with keywords. Raises ConfigError
    naming the key that cannot be.
    """

    client_id: str
    client_secret: str
    redirect_uri: str | None = None
    current_user_email: str | None = None
    access_type: str = "offline"

    dc: str | None = None  #: a data centre of the table: us, eu, in, au, cn, jp, ca, sa
    environment: str = "production"  #: or sandbox, developer
    accounts_url: str | None = None  #: None: by dc, else by api_base_url, else the US
    api_base_url: str | None = None  #: None: by the accounts server
    api_version: str = "v8"

    store: object | None = None
    token_persistence_path: str | None = None
    persistence_handler_class: object | None = None
    persistence_handler_class_path: str | None = None
    db_username: str | None = None
    db_password: str | None = None
    db_port: int | None = None
    db_address: str | None = None

    application_log_file_path: str | None = None
    log_in_console: bool = False

    timeout: float = 30.0  #: seconds for sending and for each wait for data
    connect_timeout: float = 10.0  #: seconds
    timeout_total: float = 120.0  #: seconds for a call with all its repetitions
    retries: int = 4  #: repetitions of a call that may be repeated
    refresh_budget: int | None = 8  #: token refreshes in ten minutes; None: any number
    transport: object | None = None  #: any httpx2 transport
    surroundings: Surroundings = REAL

    def __post_init__(self) -> None:
        for name in ("client_id", "client_secret"):
            if not getattr(self, name):
                raise ConfigError(missing(name))
        if self.access_type != "offline":
            raise ConfigError(
                f"access_type is {self.access_type!r}; it must be 'offline': other types have no refresh token"
            )
        if self.environment not in data_centres.ENVIRONMENTS:
            known = ", ".join(data_centres.ENVIRONMENTS)
            raise ConfigError(f"environment is {self.environment!r}; it must be one of {known}")
        if self.dc is not None and self.dc.lower() not in data_centres.DATA_CENTRES:
            raise ConfigError(f"dc is {self.dc!r}; it must be one of {', '.join(data_centres.DATA_CENTRES)}")
        if not re.fullmatch(r"v\d+(\.\d+)?", self.api_version):
            raise ConfigError(f"api_version is {self.api_version!r}; it must look like 'v8' or 'v2.1'")
        if self.persistence_handler_class_path is not None and self.persistence_handler_class is None:
            raise ConfigError(missing("persistence_handler_class"))
        for name in ("timeout", "connect_timeout", "timeout_total"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name} is {getattr(self, name)}; it must be more than 0 seconds")
        if self.retries < 0:
            raise ConfigError(f"retries is {self.retries}; it must be 0 or more")
        # Computed here so that an invalid address is reported now and not at the first call.
        _ = self.accounts_origin, self.api_origin

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{field.name}={'***' if field.name in _SECRET else repr(value)}"
            for field in fields(self)
            if (value := getattr(self, field.name)) != field.default
        )
        return f"Config({shown})"

    @classmethod
    def load(
        cls,
        mapping: Mapping[str, Any] | None = None,
        /,
        *,
        file: str | Path | None = None,
        environ: Mapping[str, str] | None = None,
        env_prefix: str = "KAIZEN_",
        **keywords: Any,
    ) -> Config:
        """Put a configuration together: keywords before the dictionary before the environment before the file.

        The dictionary may use the keys of the Ruby and Python v2 SDKs in either spelling. `environ` is the
        process's environment unless given; the TOML file is the one named here or in `KAIZEN_CONFIG`.
        """
        from kaizen.sdk.config_sources import gather

        return gather(cls, mapping, file=file, environ=environ, env_prefix=env_prefix, keywords=keywords)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], /, **keywords: Any) -> Config:
        """Read the configuration dictionary of the older SDKs, requiring their mandatory keys."""
        from kaizen.sdk.config_sources import canonical, from_keywords

        given = canonical(mapping, "the configuration dictionary") | from_keywords(keywords)
        for name in ("client_id", "client_secret", "redirect_uri"):
            if not given.get(name):
                raise ConfigError(
                    f"{name} is missing: give it in the configuration dictionary or as a keyword; "
                    "this form reads neither the environment nor a file, as Client(...) does"
                )
        return cls(**given)

    @classmethod
    def from_credentials(cls, path: str | Path, /, **keywords: Any) -> Config:
        """Read the file that `kaizen serve --credentials FILE` writes; tokens are kept in memory by default."""
        from kaizen.sdk.config_sources import from_credentials

        return from_credentials(cls, Path(path), keywords)

    def with_options(self, **changes: Any) -> Config:
        """Return a copy with other values."""
        from kaizen.sdk.config_sources import from_keywords

        return replace(self, **from_keywords(changes)) if changes else self

    @cached_property
    def api_origin(self) -> str | None:
        """The configured address of the API; None when the token answer is to name it."""
        if not self.api_base_url:
            return None
        origin = _origin("api_base_url", self.api_base_url)
        centre = data_centres.of_api_url(origin)
        # As in the seed: the sandbox key turns the data centre's own address into that of its sandbox.
        if centre and origin == centre.api_url("production"):
            return centre.api_url(self.environment)
        return origin

    @cached_property
    def accounts_origin(self) -> str:
        """The address of the accounts server."""
        if self.accounts_url:
            return _origin("accounts_url", self.accounts_url)
        if self.dc is not None:
            return data_centres.DATA_CENTRES[self.dc.lower()].accounts_url
        if self.api_origin is None:
            return data_centres.DATA_CENTRES["us"].accounts_url
        centre = data_centres.of_api_url(self.api_origin)
        # A server of one's own serves both at one address unless it says otherwise.
        return centre.accounts_url if centre else self.api_origin

    @property
    def credentials(self) -> Credentials:
        """The client's identity."""
        return Credentials(self.client_id, self.client_secret)

    @property
    def wants_mysql(self) -> bool:
        """Whether any of the MySQL keys is given."""
        given = (self.db_username, self.db_password, self.db_port, self.db_address)
        return any(value is not None for value in given)

    @property
    def retry_policy(self) -> RetryPolicy:
        """How often and how long to try."""
        return RetryPolicy(retries=self.retries, total=self.timeout_total)

    @property
    def version(self) -> float:
        """The API version as a number: 8.0 for v8."""
        return float(self.api_version[1:])

    def token_key(self, user: str | None = None) -> TokenKey:
        """Return the key of a user's token; by default of the configured user."""
        return self._key if user is None else self.key_of(user)

    def key_of(self, user: str) -> TokenKey:
        """Return the key of a user's token; with an empty name, of a user that is not known yet."""
        return TokenKey(self.client_id, user, self.accounts_origin, self.environment)

    @cached_property
    def _key(self) -> TokenKey:
        if not self.current_user_email:
            raise ConfigError(
                "current_user_email is missing: it names the user whose token is used. "
                "Set it, or take a client for one user: crm.as_user('ada@example.com')"
            )
        return self.key_of(self.current_user_email)

    def api_url(self, api_domain: str | None = None) -> str:
        """Return the origin of the API: the configured one, else the one in the token answer, if it is trusted."""
        if self.api_origin is not None:
            return self.api_origin
        accounts = self.accounts_origin
        centre = data_centres.of_accounts_url(accounts)
        # The answer always names the production host, so another environment goes by the table.
        if centre is not None and self.environment != "production":
            return centre.api_url(self.environment)
        if api_domain is not None and data_centres.same_family(accounts, api_domain):
            return api_domain.rstrip("/")
        if centre is not None:
            return centre.api_url(self.environment)
        named = f"the accounts server names {api_domain}, which is elsewhere" if api_domain else "no token names it"
        raise ConfigError(f"api_base_url is missing: where is the API of {accounts}? ({named})")


def missing(name: str) -> str:
    """Return the message for a missing key, with where it can be given."""
    return (
        f"{name} is missing: give it as a keyword, in the configuration dictionary, "
        f"as KAIZEN_{name.upper()} in the environment, or in the configuration file"
    )


def _origin(name: str, url: str) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigError(f"{name} is {url!r}; it must look like 'https://host' or 'http://host:port'")
    if parts.username or parts.password:
        raise ConfigError(f"{name} must not contain a user name or password")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
