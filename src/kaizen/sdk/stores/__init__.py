"""Where tokens are kept between runs: memory, a file, SQLite, MySQL, or the program's own store.

Each store is loaded when it is first asked for: most programs use one of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kaizen.sdk.stores.base import TokenStore
    from kaizen.sdk.stores.file import FileStore
    from kaizen.sdk.stores.memory import MemoryStore
    from kaizen.sdk.stores.mysql import MySQLStore
    from kaizen.sdk.stores.sqlite import SQLiteStore

__all__ = ["FileStore", "MemoryStore", "MySQLStore", "SQLiteStore", "TokenStore"]

_HOMES = {
    "FileStore": "file",
    "MemoryStore": "memory",
    "MySQLStore": "mysql",
    "SQLiteStore": "sqlite",
    "TokenStore": "base",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
