"""Both clients of the SDK behind one face, so that a test is written once and run with either."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from kaizen import AsyncClient, Client, Config, Page

_ASYNCHRONOUS = "kaizen.sdk._async"


class Waiting:
    """Something asynchronous, seen from synchronous code: whatever it answers is waited for."""

    def __init__(self, run: Callable[[Any], Any], thing: Any) -> None:
        self._run = run
        self._thing = thing

    def __getattr__(self, name: str) -> Any:
        return self._seen(getattr(self._thing, name))

    def __call__(self, *given: Any, **named: Any) -> Any:
        arguments = {name: _bare(value) for name, value in named.items()}
        return self._seen(self._thing(*map(_bare, given), **arguments))

    def __getitem__(self, key: Any) -> Any:
        return self._seen(self._thing[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        self._thing[key] = _bare(value)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._thing)

    def _seen(self, value: Any) -> Any:
        if inspect.iscoroutine(value):
            return self._seen(self._run(value))
        if isinstance(value, AsyncIterator):
            return self._each(value)
        if isinstance(value, Page):
            return Page([self._seen(item) for item in value], value.info)
        if callable(value) or type(value).__module__.startswith(_ASYNCHRONOUS):
            return Waiting(self._run, value)
        return value

    def _each(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(items)

        while True:
            try:
                item = self._run(following())
            except StopAsyncIteration:
                return
            yield self._seen(item)


def _bare(value: Any) -> Any:
    if isinstance(value, Waiting):
        return value._thing
    return [_bare(item) for item in value] if isinstance(value, list) else value


class Sdk:
    """The SDK in one of its two forms; the clients it opened are closed with it."""

    def __init__(self, asynchronous: bool) -> None:
        self._kind: Any = AsyncClient if asynchronous else Client
        self._runner = asyncio.Runner() if asynchronous else None
        self._opened: list[Any] = []

    def client(self, config: Config | Mapping[str, Any] | None = None, /, **options: Any) -> Any:
        """Open a client."""
        return self._seen(self._kind(config, **options))

    def from_config(self, mapping: Mapping[str, Any], /, **options: Any) -> Any:
        """Open a client from the seed's dictionary."""
        return self._seen(self._kind.from_config(mapping, **options))

    def from_credentials(self, path: str | Path, /, **options: Any) -> Any:
        """Open a client from a credentials file."""
        return self._seen(self._kind.from_credentials(path, **options))

    def close(self) -> None:
        """Close what was opened."""
        for client in self._opened:
            if self._runner is None:
                client.close()
            else:
                self._runner.run(client.aclose())
        if self._runner is not None:
            self._runner.close()

    def _seen(self, client: Any) -> Any:
        self._opened.append(client)
        return client if self._runner is None else Waiting(self._runner.run, client)
