"""Which token store a configuration asks for."""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kaizen.sdk.errors import ConfigError
from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.warned import warn

if TYPE_CHECKING:
    from kaizen.sdk.config import Config

#: The file in the folder that `token_persistence_path` names. Not the seed's `zcrm_oauthtokens.txt`: that
#: one holds Ruby objects, and a program that still uses it is not to lose it.
FILE_NAME: Final = "kaizen_oauthtokens.jsonl"


def warn_of_several(config: Config) -> None:
    """Warn when a configuration names several places for tokens."""
    asked = [
        name
        for name, wanted in (
            ("a store of your own", config.store is not None or config.persistence_handler_class is not None),
            ("token_persistence_path", config.token_persistence_path is not None),
            ("MySQL (db_username, db_password, db_port)", config.wants_mysql),
        )
        if wanted
    ]
    if len(asked) > 1:
        warn(f"the configuration names {len(asked)} places for tokens; {asked[0]} is used, not {', '.join(asked[1:])}")


def choose(config: Config) -> TokenStore:
    """Make the store: the program's own before a file before MySQL, as in the seed; touches nothing yet.

    Each kind is imported when it is chosen: most clients have no use for databases.
    """
    if config.store is not None:
        return adapted(config.store)
    if config.persistence_handler_class is not None:
        return adapted(_make_handler(config.persistence_handler_class, config.persistence_handler_class_path))
    from kaizen.sdk.stores.file import FileStore

    if config.token_persistence_path is not None:
        return FileStore(token_file(config.token_persistence_path))
    if config.wants_mysql:
        from kaizen.sdk.stores.mysql import MySQLStore

        return MySQLStore(
            user=config.db_username or "root",
            password=config.db_password or "",
            host=config.db_address or "localhost",
            port=config.db_port or 3306,
        )
    return FileStore(state_folder() / FILE_NAME)


def token_file(path: str) -> Path:
    """Find the token file: in the folder that is named, or the very file when one is named."""
    named = Path(path).expanduser()
    if named.is_dir() or not named.suffix:
        return named / FILE_NAME
    return named


def state_folder() -> Path:
    """Return the folder for the state of programs; it does not depend on the current folder."""
    home = os.environ.get("XDG_STATE_HOME")
    return (Path(home) if home else Path.home() / ".local" / "state") / "kaizen"


def adapted(store: object) -> TokenStore:
    """Return the program's own store; one of another class is adapted."""
    if isinstance(store, TokenStore):
        return store
    from kaizen.sdk.stores.adapters import adapt

    return adapt(store)


def _make_handler(handler: object, path: str | None) -> object:
    if not isinstance(handler, str):
        return handler() if isinstance(handler, type) else handler
    if path is not None:
        return _class_in_file(handler, Path(path).expanduser())()
    module_name, _, class_name = handler.replace(":", ".").rpartition(".")
    if not module_name:
        raise ConfigError(
            f"persistence_handler_class is {handler!r}: name its file in persistence_handler_class_path, "
            "or write it with its module (package.module.Class)"
        )
    try:
        found = getattr(importlib.import_module(module_name), class_name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"persistence_handler_class {handler!r} cannot be loaded: {error}") from error
    return _checked(found, handler)()


def _class_in_file(class_name: str, path: Path) -> type:
    if not path.is_file():
        raise ConfigError(f"persistence_handler_class_path: there is no file {path}")
    spec = importlib.util.spec_from_file_location(f"kaizen_handler_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"persistence_handler_class_path: {path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ConfigError(f"persistence_handler_class_path: {path} fails to load: {error}") from error
    found = getattr(module, class_name, None)
    if found is None:
        raise ConfigError(f"persistence_handler_class: {path} has no class {class_name!r}")
    return _checked(found, class_name)


def _checked(found: object, name: str) -> type:
    if not isinstance(found, type):
        raise ConfigError(f"persistence_handler_class {name!r} is a {type(found).__name__}, not a class")
    return found
