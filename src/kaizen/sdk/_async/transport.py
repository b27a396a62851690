"""The only module that sends anything: requests out, answers back, over one pool of connections."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from kaizen.sdk.config import Config
from kaizen.sdk.errors import ClientClosed, ConfigError
from kaizen.sdk.retry import Lost, NotSent
from kaizen.sdk.sending import failure, no_cookies, tls_context
from kaizen.sdk.wire import Answer

if TYPE_CHECKING:
    import httpx2


class AsyncTransport:
    """The connections of a client; opened by the first call, not before."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._http: httpx2.AsyncClient | None = None
        self._process = 0
        self._closed = False
        self._guard = threading.Lock()

    async def send(
        self, method: str, url: str, *, headers: dict[str, str], content: bytes | None, timeout: float, connect: float
    ) -> Answer | NotSent | Lost:
        """Send once; without an answer, return whether the request can have arrived."""
        import httpx2

        http = self._open()
        try:
            limits = httpx2.Timeout(timeout, connect=connect)
            response = await http.request(method, url, headers=headers, content=content, timeout=limits)
        except (httpx2.RequestError, httpx2.InvalidURL) as error:
            return failure(error, method, url)
        return Answer(
            status=response.status_code,
            content=response.content,
            headers=response.headers,
            method=method,
            url=url.partition("?")[0],
            received_at=self._config.surroundings.clock(),
        )

    async def aclose(self) -> None:
        """Close the connections for good."""
        self._closed = True
        if self._http is not None:
            await self._http.aclose()

    def _open(self) -> httpx2.AsyncClient:
        if self._closed:
            raise ClientClosed("this client is closed")
        with self._guard:
            # After a fork both processes would read answers from the same sockets.
            if self._http is None or self._process != os.getpid():
                self._http = self._connect()
                self._process = os.getpid()
            return self._http

    def _connect(self) -> httpx2.AsyncClient:
        import httpx2

        given = self._config.transport
        if given is not None:
            if not isinstance(given, httpx2.AsyncBaseTransport):
                raise ConfigError(f"transport is of type {type(given).__name__}, not AsyncBaseTransport")
            return httpx2.AsyncClient(transport=given, cookies=no_cookies())
        return httpx2.AsyncClient(verify=tls_context(self._config), cookies=no_cookies())
