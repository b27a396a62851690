"""What lets any program talk to a server at once: a client, its tokens, and where to send them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kaizen.accounts.clients import NewClient, create_self_client
from kaizen.accounts.grants import create_grant
from kaizen.accounts.secrets import matches
from kaizen.server.app import Server
from kaizen.server.credentials_file import EPHEMERAL, CredentialsFile
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.scopes import EVERYTHING

_GRANT_MINUTES: Final = 10


@dataclass(frozen=True, slots=True)
class Credentials:
    """Writes the file, under the address the server has."""

    server: Server
    url: str

    def write(self, path: Path) -> None:
        """Write tokens with all scopes, those of an earlier file while they serve; raises CredentialsError."""
        file = CredentialsFile(path)
        known = file.held()
        file.write(self.server.store.write_now(lambda unit: self._issue(unit, known)))

    def withdraw(self, path: Path) -> None:
        """Remove the file, because its credentials are no longer valid."""
        if self.server.created is not None:
            CredentialsFile(path).remove(self.server.created.client.client_id)

    def _issue(self, unit: Unit, known: Mapping[str, str]) -> dict[str, str]:
        chance, tokens = self.server.chance, self.server.tokens
        owner = next(iter(unit.users.values()))
        made = self._client_of(unit, known) or create_self_client(unit, owner.id, chance)
        user = unit.users[made.client.owner_id]
        earlier = known.get("refresh_token", ""), known.get("access_token", "")
        refresh, access = tokens.renew(unit, made.client, user, EVERYTHING, *earlier) or tokens.issue(
            unit, made.client, user, EVERYTHING
        )
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
            **({EPHEMERAL: "true"} if self.server.settings.ephemeral else {}),
        }

    def _client_of(self, unit: Unit, known: Mapping[str, str]) -> NewClient | None:
        """Return a client whose secret is known: the one just created, or the one of an earlier file."""
        if self.server.created is not None:
            return self.server.created
        client = unit.client(known.get("client_id", ""))
        secret = known.get("client_secret", "")
        return NewClient(client, secret) if client is not None and matches(secret, client.secret_hash) else None
