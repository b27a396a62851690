"""What both transports need: how an attempt fails, and one TLS context for the process."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from kaizen.sdk.errors import ConfigError, Timeout, TransportError
from kaizen.sdk.retry import Lost, NotSent

if TYPE_CHECKING:
    import ssl
    from http.cookiejar import CookieJar

    import httpx2

    from kaizen.sdk.config import Config


def failure(error: httpx2.RequestError | httpx2.InvalidURL, method: str, url: str) -> NotSent | Lost:
    """Return whether a request that failed can have arrived; raises ConfigError for an invalid one."""
    import httpx2

    where = url.partition("?")[0]
    if isinstance(error, httpx2.UnsupportedProtocol | httpx2.LocalProtocolError | httpx2.InvalidURL):
        raise ConfigError(f"{type(error).__name__}: {error}", method=method, url=where) from error
    kind = Timeout if isinstance(error, httpx2.TimeoutException) else TransportError
    ours = kind(f"no answer: {str(error) or type(error).__name__}", method=method, url=where)
    ours.__cause__ = error
    never_left = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
    return NotSent(ours) if isinstance(error, never_left) else Lost(ours)


def tls_context(config: Config) -> ssl.SSLContext:
    """Return the TLS context for a client's connections; the process creates each kind once.

    Reading the certificate authorities takes 50 ms. A client that talks plain HTTP to its own server gets a
    context that trusts no certificate authority instead of paying for that.
    """
    urls = (config.accounts_origin, config.api_origin)
    plain = all(url is not None and url.startswith("http://") for url in urls)
    return _trusting_nobody() if plain else _trusting_the_usual()


def no_cookies() -> CookieJar:
    """Return a jar that stays empty: the views of several users share one pool, and must not share a session."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy

    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


@functools.cache
def _trusting_the_usual() -> ssl.SSLContext:
    import httpx2

    return httpx2.create_ssl_context()


@functools.cache
def _trusting_nobody() -> ssl.SSLContext:
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
