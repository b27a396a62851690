"""Kaizen CRM.

The client library is reached from here (`from kaizen import Client`). Its parts are loaded when they are first
asked for, so that `import kaizen` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kaizen.sdk import errors, payloads, stores
    from kaizen.sdk._async.client import AsyncClient
    from kaizen.sdk._async.record import AsyncRecord
    from kaizen.sdk._sync.client import Client
    from kaizen.sdk._sync.record import Record
    from kaizen.sdk.batches import BatchResult
    from kaizen.sdk.config import Config
    from kaizen.sdk.criteria import F, Field
    from kaizen.sdk.entity import Entity, Page

__all__ = [
    "AsyncClient",
    "AsyncRecord",
    "BatchResult",
    "Client",
    "Config",
    "Entity",
    "F",
    "Field",
    "Page",
    "Record",
    "errors",
    "payloads",
    "stores",
]

#: Where each name lives: a module, or a module and a name in it.
_HOMES = {
    "AsyncClient": "kaizen.sdk._async.client:AsyncClient",
    "AsyncRecord": "kaizen.sdk._async.record:AsyncRecord",
    "BatchResult": "kaizen.sdk.batches:BatchResult",
    "Client": "kaizen.sdk._sync.client:Client",
    "Config": "kaizen.sdk.config:Config",
    "Entity": "kaizen.sdk.entity:Entity",
    "F": "kaizen.sdk.criteria:F",
    "Field": "kaizen.sdk.criteria:Field",
    "Page": "kaizen.sdk.entity:Page",
    "Record": "kaizen.sdk._sync.record:Record",
    "errors": "kaizen.sdk.errors",
    "payloads": "kaizen.sdk.payloads",
    "stores": "kaizen.sdk.stores",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'kaizen' has no attribute {name!r}")
    module, _, attribute = home.partition(":")
    found = import_module(module)
    if attribute:
        found = getattr(found, attribute)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
