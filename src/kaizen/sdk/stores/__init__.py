"""Where tokens are kept between runs: memory, a file, SQLite, MySQL, or whatever the program brings."""

from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.stores.file import FileStore
from kaizen.sdk.stores.memory import MemoryStore
from kaizen.sdk.stores.mysql import MySQLStore
from kaizen.sdk.stores.sqlite import SQLiteStore

__all__ = ["FileStore", "MemoryStore", "MySQLStore", "SQLiteStore", "TokenStore"]
