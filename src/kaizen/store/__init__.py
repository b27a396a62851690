"""The only SQL: SQLite and PostgreSQL behind one protocol."""

from kaizen.store.errors import StoreError
from kaizen.store.opening import EPHEMERAL, Database, open_store

__all__ = ["EPHEMERAL", "Database", "StoreError", "open_store"]
