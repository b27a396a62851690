"""The file that lets any program talk to a server at once: a client, its tokens, and where to send them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kaizen.accounts.grants import NewClient, create_grant, create_self_client
from kaizen.accounts.secrets import matches
from kaizen.server.app import Server
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.scopes import EVERYTHING

_GRANT_MINUTES: Final = 10
_PRIVATE: Final = 0o600


class CredentialsError(Exception):
    """The credentials cannot be written; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Writes the file, under the address the server has."""

    server: Server
    url: str

    def write(self, file: Path) -> None:
        """Issue fresh tokens with all scopes and write them with mode 0600; raises CredentialsError."""
        known = _read(file)
        contents = self.server.store.write_now(lambda unit: self._issue(unit, known))
        _write(file, json.dumps(contents, indent=2) + "\n")

    def _issue(self, unit: Unit, known: dict[str, str]) -> dict[str, str]:
        chance, desk = self.server.chance, self.server.desk
        owner = next(iter(unit.users.values()))
        made = self._client_of(unit, known) or create_self_client(unit, owner.id, chance)
        user = unit.users[made.client.owner_id]
        refresh, access = desk.issue(unit, made.client, user, EVERYTHING)
        return {
            "api_domain": self.url,
            "accounts_url": self.url,
            "org_id": unit.organisation.zgid,
            "user_id": str(user.id),
            "user_email": user.email,
            "client_id": made.client.client_id,
            "client_secret": made.secret,
            "grant_token": create_grant(unit, made.client, EVERYTHING, chance, minutes=_GRANT_MINUTES),
            "refresh_token": refresh,
            "access_token": access,
        }

    def _client_of(self, unit: Unit, known: dict[str, str]) -> NewClient | None:
        """Return a client whose secret is known: the one just created, or the one of an earlier file."""
        if self.server.created is not None:
            return self.server.created
        client = unit.client(known.get("client_id", ""))
        secret = known.get("client_secret", "")
        return NewClient(client, secret) if client is not None and matches(secret, client.secret_hash) else None


def _read(file: Path) -> dict[str, str]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)} if isinstance(found, dict) else {}


def _write(file: Path, text: str) -> None:
    """Write to a file that nobody else can read, not even for a moment, and that is never half written."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        draft.replace(file)
    except OSError as error:
        raise CredentialsError(f"{file}: cannot be written ({error.strerror})") from error
