"""Every token store keeps the same promises."""

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymysql
import pytest

from kaizen.sdk.errors import ConfigError, StoreError
from kaizen.sdk.stores import FileStore, MemoryStore, MySQLStore, SQLiteStore, TokenStore
from kaizen.sdk.stores.adapters import StoredTokens, TokenArgument, adapt
from kaizen.sdk.tokens import Token, TokenKey

KEY = TokenKey("1000.X", "ada@example.com", "https://accounts.zoho.com")
TOKEN = Token(
    KEY,
    refresh_token="1000.refresh",
    access_token="1000.access",
    expires_at=1_700_000_000.0,
    issued_at=1_699_996_400.0,
    api_domain="https://www.zohoapis.com",
    scopes=("ZohoCRM.modules.ALL", "aaaserver.profile.READ"),
    refreshes=(1_699_996_400.0,),
)
OTHERS = [
    replace(TOKEN, key=replace(KEY, user="bob@example.com")),
    replace(TOKEN, key=replace(KEY, client_id="1000.Y")),
    replace(TOKEN, key=replace(KEY, accounts_url="https://accounts.zoho.eu")),
    replace(TOKEN, key=replace(KEY, environment="sandbox")),
]


class SeedHandler:
    """A store as the article describes it."""

    def __init__(self) -> None:
        self.rows: dict[str, StoredTokens] = {}

    def saveOAuthData(self, tokens: StoredTokens) -> None:  # noqa: N802 - the seed's name
        self.rows[tokens.user_identifier] = tokens

    def getOAuthTokens(self, user: str) -> StoredTokens | None:  # noqa: N802
        return self.rows.get(user)

    def deleteOAuthTokens(self, user: str) -> None:  # noqa: N802
        self.rows.pop(user, None)


class GemHandler:
    """A store as the Ruby gem wants it; it raises for what is not there and gives a mapping."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}

    def save_oauth_tokens(self, tokens: StoredTokens) -> None:
        self.rows[tokens.user_identifier] = {
            "refresh_token": tokens.refresh_token,
            "access_token": tokens.access_token,
            "expiry_time": tokens.expiry_time,
        }

    def get_oauth_tokens(self, user: str) -> Mapping[str, Any]:
        return self.rows[user]

    def delete_oauth_tokens(self, user: str) -> None:
        self.rows.pop(user, None)


class PythonV2Handler:
    """A store for the Python v2 SDK; it gives a list, and other attribute names."""

    def __init__(self) -> None:
        self.rows: list[StoredTokens] = []

    def save_oauthtokens(self, tokens: StoredTokens) -> None:
        self.delete_oauthtokens(tokens.userEmail)
        self.rows.append(tokens)

    def get_oauthtokens(self, user: str) -> list[StoredTokens]:
        return [row for row in self.rows if row.userEmail == user]

    def delete_oauthtokens(self, user: str) -> None:
        self.rows = [row for row in self.rows if row.userEmail != user]


class V8Handler:
    """A store for the SDKs since v3: it is handed the token to look for."""

    def __init__(self) -> None:
        self.rows: dict[str, TokenArgument] = {}

    def find_token(self, token: TokenArgument) -> TokenArgument | None:
        found = self.rows.get(token.get_user_signature().get_name())
        if found is None:
            return None
        for name in ("refresh_token", "access_token", "expires_in", "api_domain", "id"):
            getattr(token, f"set_{name}")(getattr(found, f"get_{name}")())
        return token

    def save_token(self, token: TokenArgument) -> None:
        self.rows[token.get_user_signature().get_name()] = token

    def delete_token(self, token_id: str) -> None:
        self.rows = {name: row for name, row in self.rows.items() if row.get_id() != token_id}


KINDS = ["memory", "file", "sqlite", "mysql", "seed", "gem", "python v2", "v8"]
#: These keep everything that is known of a token; the others have no place for some of it.
WHOLE = {"memory", "file", "sqlite"}
HANDLERS = {"seed": SeedHandler, "gem": GemHandler, "python v2": PythonV2Handler, "v8": V8Handler}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> TokenStore:
    match kind:
        case "memory":
            return MemoryStore()
        case "file":
            return FileStore(tmp_path / "tokens.jsonl")
        case "sqlite":
            return SQLiteStore(tmp_path / "tokens.sqlite")
        case "mysql":
            return MySQLStore(**request.getfixturevalue("mariadb"))
        case _:
            return adapt(HANDLERS[kind]())


def essence(token: Token | None) -> object:
    """Give what every store must keep."""
    return token and (token.key, token.refresh_token, token.access_token, token.expires_at)


@pytest.mark.source("docs: Kaizen 18, token persistence; reference: SDK 5.3, stores")
def test_what_is_saved_is_found_and_what_is_deleted_is_not(store: TokenStore, kind: str) -> None:
    assert store.find(KEY) is None
    store.delete(KEY)

    store.save(TOKEN)
    found = store.find(KEY)
    assert essence(found) == essence(TOKEN)
    if kind in WHOLE:
        assert found == TOKEN
        assert store.tokens() == [TOKEN]

    store.save(replace(TOKEN, access_token="1000.second"))
    assert (found := store.find(KEY)) is not None
    assert found.access_token == "1000.second"

    store.delete(KEY)
    assert store.find(KEY) is None


@pytest.mark.source("reference: SDK 5.3: the key is client, user, data centre and environment")
def test_tokens_of_others_stay_as_they_are(store: TokenStore, kind: str) -> None:
    others = OTHERS if kind in WHOLE else OTHERS[:1]
    for token in [TOKEN, *others]:
        store.save(token)

    store.delete(KEY)

    assert store.find(KEY) is None
    assert [essence(store.find(token.key)) for token in others] == [essence(token) for token in others]


@pytest.mark.source("reference: SDK 5.3, stores")
def test_the_lock_admits_one_at_a_time_and_leaves_what_was_saved(store: TokenStore) -> None:
    inside: list[int] = []
    most: list[int] = []

    def count_up() -> None:
        for _ in range(4):
            with store.lock(KEY) as held:
                inside.append(1)
                most.append(len(inside))
                found = held.find(KEY)
                number = int(found.access_token or "0") if found else 0
                held.save(replace(TOKEN, access_token=str(number + 1)))
                inside.pop()

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(most) == 1
    assert (found := store.find(KEY)) is not None
    assert found.access_token == "16"


@pytest.mark.source("assumed: what was saved before a failure is the only token that works")
def test_a_failure_under_the_lock_keeps_what_was_saved(store: TokenStore) -> None:
    with pytest.raises(ZeroDivisionError), store.lock(KEY) as held:
        held.save(TOKEN)
        raise ZeroDivisionError

    assert essence(store.find(KEY)) == essence(TOKEN)


@pytest.mark.source("reference: SDK 5.3: mode 0600")
@pytest.mark.parametrize("make", [FileStore, SQLiteStore])
def test_files_are_readable_by_their_owner_only(make: type[FileStore | SQLiteStore], tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "tokens"
    old_mask = os.umask(0)
    try:
        make(path).save(TOKEN)
    finally:
        os.umask(old_mask)

    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.source("assumed: a file that is not ours is not to be lost")
@pytest.mark.parametrize("content", [b"\x04\x08[\x06o:", b'{"user": "x"}\n', b'{"format": 2}\n', b"id,user_name\n"])
def test_a_foreign_file_is_told_and_left_alone(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "zcrm_oauthtokens.txt"
    file.write_bytes(content)
    store = FileStore(file)

    with pytest.raises(StoreError, match=r"zcrm_oauthtokens.txt:1: this is not a token file"):
        store.find(KEY)
    with pytest.raises(StoreError):
        store.save(TOKEN)
    assert file.read_bytes() == content


@pytest.mark.source("assumed: a file that is not ours is not to be lost")
def test_a_foreign_database_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "tokens.sqlite"
    file.write_bytes(b"no database" * 100)

    with pytest.raises(StoreError, match="not a database"):
        SQLiteStore(file).find(KEY)
    assert file.read_bytes() == b"no database" * 100


@pytest.mark.source("assumed: a store that cannot be written says so")
@pytest.mark.parametrize("make", [FileStore, SQLiteStore])
def test_a_folder_in_the_place_of_the_file_is_told(make: type[FileStore | SQLiteStore], tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        make(tmp_path).save(TOKEN)


SAVER = """
import sys
from kaizen.sdk.stores import FileStore, SQLiteStore
from kaizen.sdk.tokens import Token, TokenKey
store = {"file": FileStore, "sqlite": SQLiteStore}[sys.argv[1]](sys.argv[2])
number = 0
while True:
    for user in ("ada@example.com", "bob@example.com"):
        key = TokenKey("1000.X", user, "https://accounts.zoho.com")
        store.save(Token(key, refresh_token="R" * 2000, access_token=str(number)))
    number += 1
    print(number, flush=True)
"""


@pytest.mark.source("reference: SDK 5.5: the store is intact after kill -9")
@pytest.mark.parametrize("kind", ["file", "sqlite"])
@pytest.mark.parametrize("saves", [1, 5, 17])
def test_a_process_killed_while_saving_leaves_a_whole_store(kind: str, saves: int, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    with _python(SAVER, kind, str(path)) as process:
        assert process.stdout is not None
        told = 0
        while told < saves:
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.wait()

    store: TokenStore = FileStore(path) if kind == "file" else SQLiteStore(path)
    kept = {token.key.user: int(token.access_token or 0) for token in store.tokens()}
    assert kept.keys() == {"ada@example.com", "bob@example.com"}
    assert all(number >= told - 1 for number in kept.values())
    store.save(TOKEN)
    assert store.find(KEY) == TOKEN


DIER = """
import resource, signal, sys
from kaizen.sdk.stores import FileStore, SQLiteStore
from kaizen.sdk.tokens import Token, TokenKey
store = {"file": FileStore, "sqlite": SQLiteStore}[sys.argv[1]](sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
key = TokenKey("1000.X", "bob@example.com", "https://accounts.zoho.com")
print("saving", flush=True)
store.save(Token(key, refresh_token="R" * 100_000, access_token="new"))
print("saved", flush=True)
"""


@pytest.mark.source("reference: SDK 5.5: the store is intact after kill -9")
@pytest.mark.parametrize("kind", ["file", "sqlite"])
def test_a_process_killed_in_the_middle_of_a_write_leaves_a_whole_store(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    store: TokenStore = FileStore(path) if kind == "file" else SQLiteStore(path)
    store.save(TOKEN)

    with _python(DIER, kind, str(path)) as process:  # the kernel kills it at the 30,000th byte of any file
        said, _ = process.communicate(timeout=60)

    assert (said, process.returncode) == ("saving\n", -signal.SIGXFSZ)
    assert store.tokens() == [TOKEN]
    store.save(OTHERS[0])
    assert store.find(OTHERS[0].key) == OTHERS[0]


HOLDER = """
import sys
from kaizen.sdk.stores import FileStore, SQLiteStore, MySQLStore
from kaizen.sdk.tokens import TokenKey
import json
store = {"file": FileStore, "sqlite": SQLiteStore, "mysql": MySQLStore}[sys.argv[1]](**json.loads(sys.argv[2]))
with store.lock(TokenKey("1000.X", "ada@example.com", "https://accounts.zoho.com")):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.source("reference: SDK 5.3: the lock of the store is known to other processes, and ends with them")
@pytest.mark.parametrize("kind", ["file", "sqlite", "mysql"])
def test_the_lock_of_a_killed_process_is_free(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    where: dict[str, Any] = {"path": str(tmp_path / "tokens")}
    if kind == "mysql":
        where = request.getfixturevalue("mariadb")
    made: dict[str, Any] = {"file": FileStore, "sqlite": SQLiteStore, "mysql": MySQLStore}
    store: TokenStore = made[kind](**where)
    killed = threading.Event()
    entered: list[bool] = []

    def wait_for_lock() -> None:
        with store.lock(KEY):
            entered.append(killed.is_set())

    with _python(HOLDER, kind, json.dumps(where)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        waiting = threading.Thread(target=wait_for_lock)
        waiting.start()
        killed.set()
        process.send_signal(signal.SIGKILL)
        waiting.join(timeout=60)

    assert entered == [True]


@pytest.mark.source("docs: Kaizen 18: table oauthtokens, expirytime in milliseconds")
def test_the_older_sdks_and_ours_read_the_same_rows(mariadb: dict[str, Any]) -> None:
    row = ("ada@example.com", "1000.theirs", "1000.refresh", 1_700_000_000_123)
    with pymysql.connect(**mariadb, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE oauthtokens (useridentifier varchar(100), accesstoken varchar(100), "
            "refreshtoken varchar(100), expirytime bigint)"
        )
        cursor.execute("INSERT INTO oauthtokens VALUES (%s, %s, %s, %s)", row)
        store = MySQLStore(**mariadb)

        assert essence(store.find(KEY)) == (KEY, "1000.refresh", "1000.theirs", 1_700_000_000.123)
        store.save(TOKEN)
        cursor.execute("SELECT * FROM oauthtokens")
        assert cursor.fetchall() == (("ada@example.com", "1000.access", "1000.refresh", 1_700_000_000_000),)


@pytest.mark.source("assumed: a database that does not answer is told as the store's failure")
def test_a_database_that_is_not_there(mariadb: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match=r"MySQLStore\(root@"):
        MySQLStore(**{**mariadb, "database": "kaizen_no_such_database"}).find(KEY)


@pytest.mark.source("reference: SDK 5.3, stores")
def test_a_store_of_ones_own_that_fails_is_told_with_its_reason() -> None:
    class Broken(SeedHandler):
        def getOAuthTokens(self, user: str) -> StoredTokens | None:  # noqa: N802
            raise RuntimeError("no connection")

    with pytest.raises(StoreError, match=r"Broken.getOAuthTokens: RuntimeError: no connection"):
        adapt(Broken()).find(KEY)


@pytest.mark.source("reference: SDK 5.3, stores")
def test_a_lock_of_ones_own_is_used() -> None:
    class Locked(SeedHandler):
        def __init__(self) -> None:
            super().__init__()
            self.held: list[str] = []

        @contextmanager
        def lock(self, user: str) -> Iterator[None]:
            self.held.append(user)
            yield

    own = Locked()
    with adapt(own).lock(KEY):
        assert own.held == ["ada@example.com"]


@pytest.mark.source("reference: SDK 5.3, stores")
def test_another_clients_token_under_the_same_user_is_none() -> None:
    own = adapt(SeedHandler())
    own.save(TOKEN)

    assert own.find(replace(KEY, client_id="1000.Y")) is None


@pytest.mark.source("assumed: what is no store is told before the first call")
def test_what_is_no_store_is_told() -> None:
    with pytest.raises(ConfigError, match="int is not a token store"):
        adapt(3)


@contextmanager
def _python(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()
