"""OAuth clients, grants and tokens."""

from typing import Final

from kaizen.model.oauth import TOKENS, AccessToken, Grant, OAuthClient, RefreshToken
from kaizen.model.values import Id
from kaizen.store.dataclass_table import Shape
from kaizen.store.session import must_write
from kaizen.store.unit_settings import UnitSettings

_CLIENTS: Final = Shape(OAuthClient, "kz_client", key=("client_id",))
_GRANTS: Final = Shape(Grant, "kz_grant", key=("code_hash",))
_REFRESH_TOKENS: Final = Shape(RefreshToken, "kz_refresh_token", key=("token_hash",))
_ACCESS_TOKENS: Final = Shape(AccessToken, "kz_access_token", key=("token_hash",))

#: Written out, because the index of the tokens that are alive is partial.
_ALIVE: Final = "NOT revoked"

#: How many access tokens a process keeps in memory.
MOST_IN_MEMORY: Final = 10_000


class AccountsTables:
    """What accounts keep (accounts.ports.AccountsUnit)."""

    def __init__(self, settings: UnitSettings) -> None:
        self._settings = settings
        self._session = settings.session
        self._now = settings.now
        self._wrote = False  #: whether this unit sees tokens that may yet be rolled back

    def put_client(self, client: OAuthClient) -> None:
        """Insert or replace a client."""
        self._settings.audit("client", client.client_id, self.client(client.client_id), client)
        _CLIENTS.put(self._session, client)

    def client(self, client_id: str) -> OAuthClient | None:
        """Return one client."""
        return _CLIENTS.find(self._session, "client_id", client_id)

    def clients(self) -> list[OAuthClient]:
        """Return all clients, oldest first."""
        return _CLIENTS.items(self._session.rows(_CLIENTS.select + "ORDER BY number"))

    def drop_client(self, client_id: str) -> None:
        """Remove a client with its grants and tokens."""
        must_write(self._session)
        self._session.claim([TOKENS])
        self._settings.audit("client", client_id, self.client(client_id), None)
        for table in ("kz_access_token", "kz_refresh_token", "kz_grant", "kz_client"):
            self._session.run(f"DELETE FROM {table} WHERE client_id = ?", (client_id,))
        self._forget()

    def put_grant(self, grant: Grant) -> None:
        """Insert or replace a grant."""
        _GRANTS.put(self._session, grant)

    def grant(self, code_hash: str) -> Grant | None:
        """Return one grant, used or not."""
        return _GRANTS.find(self._session, "code_hash", code_hash)

    def grants_since(self, client_id: str, moment: int) -> int:
        """Return how many grants a client was given after a moment."""
        return self._count("kz_grant WHERE client_id = ? AND created_at > ?", client_id, moment)

    def use_grant(self, code_hash: str, made: str) -> bool:
        """Mark a grant used for a token, by its hash; False if it was used already or there is none."""
        must_write(self._session)
        use = "UPDATE kz_grant SET used = ?, made = ? WHERE code_hash = ? AND used = ?"
        return bool(self._session.run(use, (True, made, code_hash, False)))

    def put_refresh_token(self, token: RefreshToken) -> None:
        """Insert or replace a refresh token."""
        _REFRESH_TOKENS.put(self._session, token)

    def refresh_token(self, token_hash: str) -> RefreshToken | None:
        """Return one refresh token, revoked or not."""
        return _REFRESH_TOKENS.find(self._session, "token_hash", token_hash)

    def refresh_tokens(self, client_id: str, user_id: Id) -> list[RefreshToken]:
        """Return those not revoked, oldest first."""
        rows = self._session.rows(
            _REFRESH_TOKENS.select + "WHERE client_id = ? AND user_id = ? AND revoked = ? ORDER BY number",
            (client_id, user_id, False),
        )
        return _REFRESH_TOKENS.items(rows)

    def refresh_tokens_since(self, client_id: str, user_id: Id, moment: int) -> int:
        """Return how many, revoked or not, a user and client were given after a moment."""
        given = "kz_refresh_token WHERE client_id = ? AND user_id = ? AND created_at > ?"
        return self._count(given, client_id, user_id, moment)

    def revoke_refresh_token(self, token_hash: str) -> None:
        """Revoke a refresh token and its access tokens."""
        must_write(self._session)
        self._session.run("UPDATE kz_refresh_token SET revoked = ? WHERE token_hash = ?", (True, token_hash))
        revoke = f"UPDATE kz_access_token SET revoked = ? WHERE refresh_hash = ? AND {_ALIVE}"
        self._session.run(revoke, (True, token_hash))
        self._forget()

    def put_access_token(self, token: AccessToken) -> None:
        """Insert an access token; from then on it can only be revoked, or removed with its client."""
        self._wrote = True
        _ACCESS_TOKENS.put(self._session, token)

    def keep_in_memory(self, token: AccessToken) -> None:
        """Let `live_token` find an access token that is not written, until anything is revoked."""
        self._remember(token)

    def access_token(self, token_hash: str) -> AccessToken | None:
        """Return one access token, revoked, expired or not."""
        return _ACCESS_TOKENS.find(self._session, "token_hash", token_hash)

    def live_token(self, token_hash: str) -> AccessToken | None:
        """Return one access token that is not revoked, from memory where it was looked up before.

        What is in memory holds for one version of the accounts, which each revocation changes with it, in whichever
        process: a unit that begins after a revocation was committed reads another version, and looks again.
        """
        if self._wrote:
            return self._alive(token_hash)
        token = self._in_memory().get(token_hash)
        if token is None:
            token = self._alive(token_hash)
            if token is not None:
                self._remember(token)
        return token

    def access_tokens(self, client_id: str, refresh_hash: str) -> list[AccessToken]:
        """Return those of a refresh token, or (empty) without one, not revoked and not expired, oldest first."""
        alive = f"WHERE refresh_hash = ? AND client_id = ? AND {_ALIVE} AND expires_at > ? ORDER BY number"
        rows = self._session.rows(_ACCESS_TOKENS.select + alive, (refresh_hash, client_id, self._now))
        return _ACCESS_TOKENS.items(rows)

    def access_tokens_since(self, client_id: str, refresh_hash: str, moment: int) -> int:
        """Return how many, alive or not, were given so after a moment."""
        given = "kz_access_token WHERE refresh_hash = ? AND client_id = ? AND created_at > ?"
        return self._count(given, refresh_hash, client_id, moment)

    def revoke_access_token(self, token_hash: str) -> None:
        """Revoke one access token."""
        must_write(self._session)
        self._session.run("UPDATE kz_access_token SET revoked = ? WHERE token_hash = ?", (True, token_hash))
        self._forget()

    def _in_memory(self) -> dict[str, AccessToken]:
        return self._settings.snapshot("accounts", dict)

    def _remember(self, token: AccessToken) -> None:
        in_memory = self._in_memory()
        if len(in_memory) >= MOST_IN_MEMORY:
            in_memory.clear()
        in_memory[token.token_hash] = token

    def _alive(self, token_hash: str) -> AccessToken | None:
        token = self.access_token(token_hash)
        return None if token is None or token.revoked else token

    def _forget(self) -> None:
        """Let no process take a token from memory that it looked up before this."""
        self._wrote = True
        self._settings.next_version("accounts")

    def _count(self, rows: str, *values: object) -> int:
        return int(self._session.rows(f"SELECT COUNT(*) FROM {rows}", values)[0][0])
