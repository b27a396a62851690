"""Where a configuration comes from, and under which names its keys are known there."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kaizen.sdk.errors import ConfigError
from kaizen.sdk.stores.memory import MemoryStore
from kaizen.sdk.stores.selection import choose
from kaizen.sdk.tokens import Token
from kaizen.sdk.warned import warn

if TYPE_CHECKING:
    from kaizen.sdk.config import Config

#: Other spellings: of Python v2, of the seed's prose, of the credentials file.
ALIASES: Final = {
    "apiBaseUrl": "api_base_url",
    "apiVersion": "api_version",
    "currentUserEmail": "current_user_email",
    "applicationLogFilePath": "application_log_file_path",
    "persistence_handler_path": "persistence_handler_class_path",
    "mysql_username": "db_username",
    "mysql_password": "db_password",
    "mysql_port": "db_port",
    "mysql_host": "db_address",
    "iam_url": "accounts_url",
    "api_domain": "api_base_url",
    "user_email": "current_user_email",
}
#: The tables of a file that this library and the server share.
TABLE: Final = "kaizen"
SERVER_TABLE: Final = "server"
#: Keys that become another one.
_SANDBOX: Final = "sandbox"
#: What the credentials file holds besides the configuration.
_CREDENTIALS: Final = ("client_id", "client_secret", "accounts_url", "api_domain", "user_email")

_BOOLEANS: Final = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_FLAGS: Final = frozenset({"log_in_console", _SANDBOX})
_NUMBERS: Final = {
    "timeout": float,
    "connect_timeout": float,
    "timeout_total": float,
    "retries": int,
    "refresh_budget": int,
    "db_port": int,
}
_TEXTS: Final = frozenset(
    {
        "client_id",
        "client_secret",
        "redirect_uri",
        "current_user_email",
        "access_type",
        "dc",
        "environment",
        "accounts_url",
        "api_base_url",
        "api_version",
        "token_persistence_path",
        "persistence_handler_class_path",
        "db_username",
        "db_password",
        "db_address",
        "application_log_file_path",
    }
)
#: Keys that only a program can give.
_OBJECTS: Final = frozenset({"store", "transport", "surroundings"})


def gather(
    kind: type[Config],
    mapping: Mapping[str, Any] | None,
    *,
    file: str | Path | None,
    environ: Mapping[str, str] | None,
    env_prefix: str,
    keywords: Mapping[str, Any],
) -> Config:
    """Lay the sources over each other and name what is missing, or where a value stands that cannot be."""
    from kaizen.sdk.config import missing

    environment = os.environ if environ is None else environ
    path = file if file is not None else environment.get(f"{env_prefix}CONFIG")
    in_file = canonical(_read_file(Path(path)), str(path)) if path else {}
    around = _from_environment(environment, env_prefix)
    given = canonical(mapping or {}, "the configuration dictionary") | from_keywords(keywords)
    merged = in_file | around | given
    for name in ("client_id", "client_secret"):
        if name not in merged:
            raise ConfigError(missing(name))
    try:
        return kind(**merged)
    except ConfigError as error:
        name = error.message.partition(" ")[0]
        if name in given or name not in merged:
            raise
        place = f"{env_prefix}{name.upper()}" if name in around else str(path)
        raise ConfigError(f"{place}: {error.message}") from None


def canonical(mapping: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Bring keys to their one name and values to their type; empty ones count as not given.

    An unknown key is a warning and no error: dictionaries written for older SDKs have more of them.
    """
    found: dict[str, Any] = {}
    for given, value in mapping.items():
        name = ALIASES.get(str(given), str(given))
        if value is None or value == "":
            continue
        if name != _SANDBOX and name not in known_keys():
            close = difflib.get_close_matches(name, [*known_keys(), _SANDBOX, *ALIASES], n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            warn(f"{where}: unknown key {given!r}{hint}")
            continue
        found[name] = _typed(name, value, where)
    return _with_environment(found)


def known_keys() -> frozenset[str]:
    """Return the names of all keys except `sandbox`, which is another way to write `environment`."""
    from kaizen.sdk.config import Config

    return frozenset(field.name for field in fields(Config))


def from_credentials(kind: type[Config], path: Path, keywords: Mapping[str, Any]) -> Config:
    """Read a credentials file into a configuration whose store holds the tokens of the file."""
    try:
        found = json.loads(path.expanduser().read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"the credentials file {path} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise ConfigError(f"the credentials file {path} holds a JSON {type(found).__name__}, not an object")
    for name in (*_CREDENTIALS, "refresh_token"):
        if not isinstance(found.get(name), str) or not found[name]:
            raise ConfigError(f"the credentials file {path} has no {name}")
    given = from_keywords(keywords)
    asks_for_store = bool(given.keys() & {"store", "token_persistence_path", "persistence_handler_class"})
    if not asks_for_store:
        given["store"] = MemoryStore()
    config = kind(**(canonical({name: found[name] for name in _CREDENTIALS}, str(path)) | given))
    key = config.token_key(found["user_email"])
    store = choose(config)
    if store.find(key) is None:
        token = Token(
            key,
            refresh_token=found["refresh_token"],
            access_token=found.get("access_token"),
            api_domain=found["api_domain"],
        )
        store.save(token)
    return config


def _from_environment(environment: Mapping[str, str], prefix: str) -> dict[str, Any]:
    names = [*sorted(known_keys() - _OBJECTS), _SANDBOX]
    found: dict[str, Any] = {}
    for name in names:
        variable = f"{prefix}{name.upper()}"
        if variable in environment:
            # What stands there already comes first: `environment` before `sandbox`.
            found = canonical({name: environment[variable]}, variable) | found
    return found


def from_keywords(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Check options given in a call, where an unknown one is a mistake."""
    for name in keywords:
        if name != _SANDBOX and name not in known_keys():
            close = difflib.get_close_matches(name, known_keys(), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ConfigError(f"unknown option {name!r}{hint}")
    given = {name: _typed(name, value, "the call") for name, value in keywords.items()}
    return _with_environment(given)


def _with_environment(found: dict[str, Any]) -> dict[str, Any]:
    sandbox = found.pop(_SANDBOX, None)
    if sandbox is not None:
        found.setdefault("environment", "sandbox" if sandbox else "production")
    return found


def _read_file(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        found = tomllib.loads(path.expanduser().read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"the configuration file {path} cannot be read: {error}") from error
    # A file of its own, or a table in a file that the server reads, too.
    inner = found.get(TABLE)
    return inner if isinstance(inner, dict) else {key: value for key, value in found.items() if key != SERVER_TABLE}


def _typed(name: str, value: Any, where: str) -> Any:
    if name in _FLAGS and isinstance(value, str):
        flag = _BOOLEANS.get(value.strip().lower())
        if flag is None:
            raise ConfigError(f"{where}: {name} is {value!r}; it must be 'true' or 'false'")
        return flag
    if name in _NUMBERS and isinstance(value, str):
        if name == "refresh_budget" and value.strip().lower() == "none":
            return None
        try:
            return _NUMBERS[name](value)
        except ValueError:
            raise ConfigError(f"{where}: {name} is {value!r}, which is not a number") from None
    if isinstance(value, Path):
        return str(value)
    if name in _TEXTS and value is not None and not isinstance(value, str):
        raise ConfigError(f"{where}: {name} is of type {type(value).__name__}; it must be text")
    if name in _NUMBERS and value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ConfigError(f"{where}: {name} is of type {type(value).__name__}; it must be a number")
    if name in _FLAGS and not isinstance(value, bool):
        raise ConfigError(f"{where}: {name} is {value!r}; it must be true or false")
    return value
