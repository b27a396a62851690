"""What can be set about a server: by command line, environment or file, in this order of precedence."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kaizen.automation.engine.react import DEEPEST
from kaizen.fields.email_address import can_get_mail
from kaizen.model.passwords import HIDDEN, without_password
from kaizen.server.clock import ClockError, read_moment
from kaizen.server.public_address import networks

PREFIX: Final = "KAIZEN_"
_MOST_DAYS: Final = 36_500
TABLE: Final = "server"  #: in a file that the SDK reads, too
SDK_TABLE: Final = "kaizen"
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
    #: tls: from the start; starttls: always; auto: when the server offers it, and always with a user name; none: never
    security: Literal["auto", "starttls", "tls", "none"] = "auto"
    sender: str = ""  #: envelope sender; empty: the sender of each mail
    timeout: float = 30.0  #: seconds

    def __repr__(self) -> str:
        return repr_of(self, password=HIDDEN if self.password else "")


class TokenLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lifetimes and numbers of tokens; see accounts.limits for what they mean."""

    access_token_seconds: int = 3600  #: the lifetime that clients are told
    #: how long the server accepts one; empty: as told to clients, with a virtual clock for ever
    honoured_seconds: int | None = None
    active_access_tokens: int = 15  #: of one refresh token; one more replaces the oldest
    refresh_tokens: int = 20  #: of one user and client; one more replaces the oldest
    #: the service's throttles; empty: on, except with a virtual clock, --ephemeral, or a database older than them
    throttled: bool | None = None
    grants_per_window: int | None = None  #: grant tokens of a client in ten minutes; empty: 10 where throttled
    access_tokens_per_window: int | None = None  #: of a refresh token in ten minutes; empty: 10 where throttled
    refresh_tokens_per_window: int | None = None  #: of a user and client in ten minutes; empty: 20 where throttled


class HttpLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of connections; those beyond are refused, and a line in the log says how many were."""

    connections: int = 1000  #: open at the same time
    header_bytes: int = 64 * 1024  #: of one request, including its address
    header_seconds: float = 20.0  #: for the headers of one request
    body_seconds: float = 30.0  #: for the body of one request; it is extended while bytes arrive
    body_bytes_per_second: int = 1000  #: this many bytes extend the time for the body by one second
    write_seconds: float = 60.0  #: for a client that does not read its answer
    idle_seconds: int = 5  #: between two requests


class Keeping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how many days what is done is kept, by system time; 0: for ever. With a virtual clock nothing is removed."""

    tokens: int = 1  #: days for which access tokens and grants are kept after their end
    actions: int = 90  #: days for which actions are kept that are done or cancelled; failed ones stay
    mails: int = 90  #: days for which mails are kept that were sent; others stay
    bin: int = 60  #: days for which deleted records are kept in the recycle bin
    deleted_ids: int = 120  #: days for which it is known that a record was deleted
    history: int = 0  #: days for which changes are kept after the last one of their record; 0: for ever


class LogSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is written to standard error, and how."""

    format: Literal["console", "json"] = "console"  #: a line of text, or a JSON object in a line
    requests: bool = True  #: a line for each request


class MetricsSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may read the numbers of the server."""

    token: str = ""  #: bearer token for /metrics; empty: only programs on the server's machine read them

    def __repr__(self) -> str:
        return repr_of(self, token=HIDDEN if self.token else "")


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set about a server."""

    host: str = "127.0.0.1"
    port: int = 8700  #: 0: a free one
    database: str = "kaizen.db"  #: a path, or postgresql://user@host/name
    ephemeral: bool = False  #: a temporary database
    clock: str = ""  #: ISO 8601 time at which a virtual clock starts; empty: system time
    credentials: str = ""  #: file to write a client and tokens to, as JSON
    public_url: str = ""  #: how clients reach the server; empty: as requests, or known proxies, say
    #: addresses and networks of reverse proxies, with commas between: what they say of a request's origin is believed
    proxies: str = ""
    org_name: str = "Kaizen"
    admin_email: str = "admin@example.com"
    admin_name: str = "Administrator"
    time_zone: str = "UTC"
    business_hours: bool = True  #: whether the organisation that the first start creates has business hours
    cascade: int = 0  #: how many times in a row edits made by workflow rules can trigger rules again, 0 to 10
    read_seconds: float = 10.0  #: that one request may read from the database; what takes longer is stopped
    body_limit: int = 10 * 1024 * 1024  #: bytes
    seed: str = ""  #: make ids and tokens reproducible; for tests only
    smtp: Smtp | None = None
    tokens: TokenLimits = TokenLimits()
    http: HttpLimits = HttpLimits()
    keep: Keeping = Keeping()
    log: LogSettings = LogSettings()
    metrics: MetricsSettings = MetricsSettings()

    @property
    def database_shown(self) -> str:
        """The database as messages name it, without a password."""
        return without_password(self.database)

    def __repr__(self) -> str:
        return repr_of(self, database=self.database_shown, seed=HIDDEN if self.seed else "")


def repr_of(struct: msgspec.Struct, **instead: object) -> str:
    """Show a struct with other values for some of its fields, so that no traceback or log has a secret."""
    shown = ((name, instead.get(name, getattr(struct, name))) for name in struct.__struct_fields__)
    return f"{type(struct).__name__}({', '.join(f'{name}={value!r}' for name, value in shown)})"


#: Settings that are tables of settings.
TABLES: Final[Mapping[str, type[msgspec.Struct]]] = {
    "smtp": Smtp,
    "tokens": TokenLimits,
    "http": HttpLimits,
    "keep": Keeping,
    "log": LogSettings,
    "metrics": MetricsSettings,
}


def read_settings(given: Mapping[str, Any], environment: Mapping[str, str], file: Path | None = None) -> Settings:
    """Put the settings together; raises SettingsError.

    `given` is what the command line says, None meaning nothing; nested settings are mappings.
    """
    sources = [
        Source(_from_environment(environment), lambda key: PREFIX + key.replace(".", "_").upper()),
        Source(_said(given), lambda key: "--" + key.partition(".")[0].replace("_", "-")),
    ]
    if file is not None:
        sources.insert(0, Source(_from_file(file), lambda key: f"{file}: {key}"))
    merged: dict[str, Any] = {}
    for source in sources:
        _merge(merged, source.found)
    try:
        settings = msgspec.convert(merged, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(_complaint(str(error), sources)) from error
    for key, problem in _problems(settings):
        place = _place(key, sources)
        raise SettingsError(f"{place}: {problem}" if place else problem)
    return settings


@dataclass(frozen=True, slots=True)
class Source:
    """Settings from one place, and what a setting is called there."""

    found: Mapping[str, Any]
    name: Callable[[str], str]

    def says(self, key: str) -> bool:
        """Return whether a setting, or a table of them, is given here."""
        inner: Any = self.found
        for part in key.split("."):
            if not isinstance(inner, Mapping) or part not in inner:
                return False
            inner = inner[part]
        return True


def _problems(settings: Settings) -> Iterator[tuple[str, str]]:
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield "time_zone", f"time zone {settings.time_zone!r} is unknown; use a name like Europe/Berlin"
    if not 0 <= settings.port <= 65535:
        yield "port", f"port {settings.port} does not exist; use 1 to 65535, or 0 for any free one"
    if not 0 <= settings.cascade <= DEEPEST:
        yield "cascade", f"cascade is {settings.cascade}; use 0 (rules do not wake rules) to {DEEPEST}"
    if not can_get_mail(settings.admin_email):
        yield "admin_email", f"admin e-mail {settings.admin_email!r} is not a valid address"
    if settings.public_url and not _is_address(settings.public_url):
        yield "public_url", f"{settings.public_url!r} is not a valid URL; write it like https://crm.example.com"
    try:
        networks(settings.proxies)
    except ValueError as error:
        yield "proxies", str(error)
    if not settings.read_seconds > 0:
        yield "read_seconds", f"read_seconds is {settings.read_seconds}; use a number above 0"
    for name in HttpLimits.__struct_fields__:
        if getattr(settings.http, name) <= 0:
            yield f"http.{name}", f"http.{name} is {getattr(settings.http, name)}; use a number above 0"
    for name in Keeping.__struct_fields__:
        if not 0 <= getattr(settings.keep, name) <= _MOST_DAYS:
            days = getattr(settings.keep, name)
            yield f"keep.{name}", f"keep.{name} is {days}; use a number of days up to {_MOST_DAYS}, or 0 for ever"
    if settings.clock:
        try:
            read_moment(settings.clock)
        except ClockError as error:
            yield "clock", str(error)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and not parts.query
    except ValueError:
        return False


def _complaint(said: str, sources: Sequence[Source]) -> str:
    """Return where a setting is invalid, from the message of msgspec."""
    said, _, at = said.partition(" - at `$.")
    key = at.rstrip("`")
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", said)
    if unknown is None:
        return f"{_place(key, sources)}: {said}; `kaizen serve --help` lists the settings"
    name = unknown[1]
    kind = TABLES.get(key, Settings)
    near = get_close_matches(name, kind.__struct_fields__, n=1)
    hint = f'did you mean "{near[0]}"?' if near else "`kaizen serve --help` lists the settings"
    return f"{_place(f'{key}.{name}' if key else name, sources)}: there is no such setting; {hint}"


def _place(key: str, sources: Sequence[Source]) -> str:
    return next((source.name(key) for source in reversed(sources) if source.says(key)), "")


def _from_file(file: Path) -> Mapping[str, Any]:
    """Read the table of the server, or a file that has no such table as a whole, but for the table of the SDK."""
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read ({error.strerror}); name another with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: is not valid TOML: {error}") from error
    found.pop(SDK_TABLE, None)
    own = found.pop(TABLE, None)
    if own is None:
        return found
    if not isinstance(own, dict):
        raise SettingsError(f"{file}: {TABLE} is not a table; write [{TABLE}]")
    if found:
        raise SettingsError(f"{file}: {next(iter(found))} is outside [{TABLE}]; move it into the table")
    return own


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        if name in NOT_IN_ENVIRONMENT:
            continue
        key = PREFIX + name.upper()
        nested = TABLES.get(name)
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
