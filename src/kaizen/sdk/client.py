"""Both clients in one place: the hand-written one for tasks and the generated one for threads."""

from kaizen.sdk._async.client import AsyncClient
from kaizen.sdk._sync.client import Client

__all__ = ["AsyncClient", "Client"]
