"""The file of credentials on the disk: whose it is, and how it is written and taken away."""

import json
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_PRIVATE: Final = 0o600
_PATIENCE: Final = 1.0  #: seconds that another server gets to take a connection

#: Stands in the file of a server whose database ends with it.
EPHEMERAL: Final = "ephemeral"


class CredentialsError(Exception):
    """The credentials cannot be written; the message says where and why."""


@dataclass(frozen=True, slots=True)
class CredentialsFile:
    """One file, which is only ever replaced for the organisation it belongs to."""

    path: Path

    def claim(self, org_id: str | None, database: str) -> None:
        """Make sure that the file may be written for an organisation, None being a new one; raises CredentialsError."""
        folder = self.path.parent
        if not folder.is_dir():
            raise CredentialsError(f"{self.path}: cannot be written (there is no folder {folder})")
        if not os.access(folder, os.W_OK):
            raise CredentialsError(f"{self.path}: cannot be written (the folder {folder} is not writable)")
        held = self.held()
        if not held or held["org_id"] == org_id:
            return
        other = f"belongs to organisation {held['org_id']}"
        if EPHEMERAL in held:
            if not _answers(held.get("api_domain", "")):
                return
            other = f"belongs to the server that listens at {held['api_domain']}"
        ours = "which is new" if org_id is None else f"which holds organisation {org_id}"
        raise CredentialsError(
            f"{self.path}: {other}, not to {database}, {ours}; "
            "name another file with --credentials, or remove this one if nothing needs it"
        )

    def held(self) -> Mapping[str, str]:
        """Return what an earlier server wrote, or nothing; raises CredentialsError when something else is in there."""
        try:
            text = self.path.read_text("utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError) as error:
            raise self._no_credentials() from error
        if not text.strip():
            return {}
        try:
            found = json.loads(text)
        except ValueError as error:
            raise self._no_credentials() from error
        if not isinstance(found, dict) or not all(isinstance(found.get(key), str) for key in ("org_id", "client_id")):
            raise self._no_credentials()
        return {name: value for name, value in found.items() if isinstance(value, str)}

    def write(self, contents: Mapping[str, str]) -> None:
        """Write so that no other user can read the file at any moment, and that it is never half written."""
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
            with os.fdopen(handle, "w", encoding="utf-8") as out:
                out.write(json.dumps(contents, indent=2) + "\n")
            draft.replace(self.path)
        except OSError as error:
            raise CredentialsError(f"{self.path}: cannot be written ({error.strerror})") from error

    def remove(self, client_id: str) -> None:
        """Take the file away if it still holds this client."""
        with suppress(OSError, CredentialsError):
            if self.held().get("client_id") == client_id:
                self.path.unlink()

    def _no_credentials(self) -> CredentialsError:
        return CredentialsError(
            f"{self.path}: is not a credentials file; name another file with --credentials, or remove it"
        )


def _answers(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with socket.create_connection((parts.hostname or "", port), _PATIENCE):
            return True
    except (OSError, ValueError):
        return False
