"""Tokens in a file of JSON lines, safe among processes and against a kill at any moment."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from kaizen.sdk.errors import ConfigError, StoreError
from kaizen.sdk.stores import rows
from kaizen.sdk.stores.base import TokenStore
from kaizen.sdk.tokens import Token, TokenKey


class FileStore(TokenStore):
    """Keeps tokens in one file, readable by its owner only; `<file>.lock` beside it is the lock.

    A save writes a second file, flushes it to the disk and puts it in the place of the first in one step: at
    every moment the file is whole, the old or the new.
    """

    def __init__(self, path: str | Path) -> None:
        if sys.platform == "win32":
            raise ConfigError("the file store needs POSIX file locks; on Windows use SQLiteStore(path)")
        self.path = Path(path).expanduser()

    def find(self, key: TokenKey) -> Token | None:
        """Return the token of a key, or None."""
        return self._read().get(key)

    def save(self, token: Token) -> None:
        """Keep a token."""
        with self.lock(token.key) as held:
            held.save(token)

    def delete(self, key: TokenKey) -> None:
        """Remove the token of a key, if there is one."""
        with self.lock(key) as held:
            held.delete(key)

    @contextmanager
    def lock(self, key: TokenKey) -> Iterator[TokenStore]:
        """Hold the lock file; the system releases it when the process dies."""
        import fcntl

        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Each holder opens the file again: the lock belongs to the opening, so it also separates threads.
            descriptor = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"cannot lock the token file {self.path}: {error}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield _Held(self)
        finally:
            os.close(descriptor)

    def tokens(self) -> list[Token]:
        """Return all tokens."""
        return list(self._read().values())

    def __repr__(self) -> str:
        return f"FileStore({str(self.path)!r})"

    def _read(self) -> dict[TokenKey, Token]:
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise StoreError(f"cannot read the token file {self.path}: {error}") from error
        found: dict[TokenKey, Token] = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                token = rows.load(line)
            except ValueError as error:
                raise StoreError(
                    f"{self.path}:{number}: this is not a token file of this library ({error}), so it is not changed; "
                    "name another file in token_persistence_path"
                ) from error
            found[token.key] = token
        return found

    def _change(self, change: Callable[[dict[TokenKey, Token]], object]) -> None:
        tokens = self._read()
        change(tokens)
        content = b"".join(rows.dump(token) + b"\n" for token in tokens.values())
        # One name for the second file will do: only the holder of the lock writes it, and what a killed
        # process left there is overwritten.
        temporary = Path(f"{self.path}.new")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                os.fchmod(descriptor, 0o600)
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            temporary.replace(self.path)
            _flush_folder(self.path.parent)
        except OSError as error:
            raise StoreError(f"cannot write the token file {self.path}: {error}") from error


class _Held(TokenStore):
    """The file store while its lock is held: it writes without asking for the lock again."""

    def __init__(self, store: FileStore) -> None:
        self._store = store

    def find(self, key: TokenKey) -> Token | None:
        return self._store.find(key)

    def save(self, token: Token) -> None:
        self._store._change(lambda tokens: tokens.update({token.key: token}))

    def delete(self, key: TokenKey) -> None:
        self._store._change(lambda tokens: tokens.pop(key, None))

    @contextmanager
    def lock(self, key: TokenKey) -> Iterator[TokenStore]:
        yield self

    def tokens(self) -> list[Token]:
        return self._store.tokens()


def _flush_folder(folder: Path) -> None:
    # The rename itself is durable only when the folder is.
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
