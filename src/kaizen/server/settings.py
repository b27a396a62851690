"""What can be set about a server: by command line, environment or file, in this order of precedence."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

PREFIX: Final = "KAIZEN_"
#: Settings that the environment does not have: KAIZEN_CREDENTIALS names the file that clients read.
NOT_IN_ENVIRONMENT: Final = frozenset({"credentials"})


class SettingsError(ValueError):
    """A setting that cannot be used; the message says which, where it came from and what would do."""


class Smtp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail server that the outbox is delivered to."""

    host: str
    port: int = 25
    username: str = ""
    password: str = ""
    #: tls: from the start; starttls: always; auto: when the server offers it; none: never
    security: Literal["auto", "starttls", "tls", "none"] = "auto"
    sender: str = ""  #: envelope sender; empty: the sender of each mail
    timeout: float = 30.0  #: seconds


class TokenLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lifetimes and numbers of tokens; see accounts.limits for what they mean."""

    access_token_seconds: int = 3600  #: what clients are told
    #: how long the server honours one; empty: as told to clients, with a virtual clock without end
    honoured_seconds: int | None = None
    active_access_tokens: int = 15  #: for one refresh token; one more displaces the oldest
    refresh_tokens: int = 20  #: for one user and client; one more displaces the oldest
    grants_per_window: int | None = None  #: grant tokens in ten minutes; empty: any number, the service has 10
    access_tokens_per_window: int | None = None  #: in ten minutes; empty: any number, the service has 10
    refresh_tokens_per_window: int | None = None  #: in ten minutes; empty: any number, the service has 20


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set about a server."""

    host: str = "127.0.0.1"
    port: int = 8700  #: 0: any free one
    database: str = "kaizen.db"  #: a path, or postgresql://user@host/name
    ephemeral: bool = False  #: a throw-away database
    clock: str = ""  #: ISO 8601: start a virtual clock there; empty: the machine's time
    credentials: str = ""  #: where to write what a client needs, as JSON
    public_url: str = ""  #: how clients reach the server; empty: as they say in their requests
    org_name: str = "Kaizen"
    admin_email: str = "admin@example.com"
    admin_name: str = "Administrator"
    time_zone: str = "UTC"
    cascade: int = 0  #: how many steps of workflow-made writes may wake rules again
    body_limit: int = 10 * 1024 * 1024  #: bytes
    seed: str = ""  #: make ids and tokens reproducible; for tests only
    smtp: Smtp | None = None
    tokens: TokenLimits = TokenLimits()


def read_settings(given: Mapping[str, Any], environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Put the settings together; raises SettingsError.

    `given` is what the command line says, None meaning nothing; nested settings are mappings.
    """
    merged: dict[str, Any] = _from_file(file) if file else {}
    _merge(merged, _from_environment(environment))
    _merge(merged, _said(given))
    try:
        settings = msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"settings: {error}; `kaizen serve --help` lists them") from error
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"time zone {settings.time_zone!r} is unknown; use a name like Europe/Berlin") from error
    if not 0 <= settings.port <= 65535:
        raise SettingsError(f"port {settings.port} does not exist; use 1 to 65535, or 0 for any free one")
    if settings.cascade < 0:
        raise SettingsError(f"cascade is {settings.cascade}; use 0 (rules do not wake rules) or more")
    if "@" not in settings.admin_email:
        raise SettingsError(f"admin e-mail {settings.admin_email!r} is no address")


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror}); name another with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: is no TOML: {error}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        if name in NOT_IN_ENVIRONMENT:
            continue
        key = PREFIX + name.upper()
        nested = {"smtp": Smtp, "tokens": TokenLimits}.get(name)
        if nested is None:
            if key in environment:
                found[name] = environment[key]
            continue
        inner = {
            f: environment[f"{key}_{f.upper()}"]
            for f in nested.__struct_fields__
            if f"{key}_{f.upper()}" in environment
        }
        if inner:
            found[name] = inner
    return found


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    said = {}
    for name, value in given.items():
        kept = _said(value) if isinstance(value, Mapping) else value
        if kept is not None and kept != {}:
            said[name] = kept
    return said


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), dict):
            _merge(into[name], value)
        else:
            into[name] = value
