"""What cannot be used as a database is refused in a sentence that says what to do, and left as it was."""

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import psycopg
import pytest

from kaizen.store import Database, StoreError, open_store
from kaizen.store.unit_of_work import Unit
from tests.store.working import added
from tests.support.stores import Clock, created, stub_book

pytestmark = pytest.mark.source("assumed: what people read says what, where, and what to do next")

SCHEMA = "kaizen"

#: Values of PRAGMA synchronous and of PRAGMA temp_store (https://sqlite.org/pragma.html).
OFF, FULL = 0, 2
MEMORY = 2


def opened(url: str, schema: str = SCHEMA) -> Database:
    return open_store(url, clock=Clock(), build_book=stub_book, schema=schema)


@pytest.mark.parametrize("content", [b"hello", b"Deal_Name,Amount\n" * 1_000, bytes(range(256)) * 40])
def test_a_file_that_is_no_database_is_refused_and_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(content)

    with pytest.raises(StoreError, match=r"deals\.csv.*not a database.*another file"):
        opened(f"sqlite:///{path}")

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE customer (id INTEGER)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(StoreError, match=r"other\.db.*another program.*another file"):
        opened(str(path))

    assert path.read_bytes() == before


def modes(folder: Path) -> dict[str, int]:
    """Return who may do what with the files of a folder."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


@pytest.fixture
def open_handed() -> Iterator[None]:
    """Let new files be readable by everybody unless somebody says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_handed")
def test_the_files_of_a_database_are_its_owners_alone(tmp_path: Path) -> None:
    store = opened(str(tmp_path / "kaizen.db"))
    try:
        assert modes(tmp_path) == dict.fromkeys(("kaizen.db", "kaizen.db-wal", "kaizen.db-shm"), 384)
    finally:
        store.close()


@pytest.mark.usefixtures("open_handed")
def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "kaizen.db"
    opened(str(path)).close()
    path.chmod(0o644)
    caplog.clear()

    store = opened(str(path))
    try:
        assert set(modes(tmp_path).values()) == {0o600}
        assert [(line.message, line.file) for line in caplog.records] == [("database.made_private", str(path))]  # type: ignore[attr-defined]  # a fact of the event
    finally:
        store.close()


def test_the_file_of_another_program_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_bytes(b"Deal_Name,Amount\n" * 1_000)
    path.chmod(0o644)

    with pytest.raises(StoreError):
        opened(str(path))

    assert modes(tmp_path) == {"deals.csv": 0o644}


def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "no" / "such" / "directory.db"):
        with pytest.raises(StoreError, match=r"cannot be used as a SQLite database"):
            opened(str(place))


@pytest.mark.parametrize("url", ["mysql://root@127.0.0.1/crm", "http://x", "sqlite+x:///y"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"sqlite:///PATH, postgresql://"):
        opened(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", ":memory:"])
def test_an_ephemeral_database_is_gone_when_it_is_closed(url: str) -> None:
    store = created(opened(url))
    added(store, "Deals", {})
    store.close()

    again = opened(url)
    assert again.is_new
    again.close()


@pytest.mark.parametrize(
    ("ephemeral", "name", "reader", "writer"),
    [
        (False, "journal_mode", "wal", "wal"),
        (True, "journal_mode", "wal", "wal"),
        (False, "synchronous", FULL, FULL),
        (True, "synchronous", OFF, OFF),
        (False, "temp_store", MEMORY, MEMORY),
        (False, "query_only", 1, 0),
        (False, "wal_autocheckpoint", 1_000, 4_000),
        (False, "cache_size", -2_000, -65_536),
    ],
)
def test_each_connection_of_sqlite_has_its_settings(
    ephemeral: bool, name: str, reader: str | int, writer: str | int, tmp_path: Path
) -> None:
    store = created(opened(":memory:" if ephemeral else str(tmp_path / "kaizen.db")))

    def setting(unit: Unit) -> str | int:
        ((value,),) = unit.session.rows(f"PRAGMA {name}")
        assert isinstance(value, str | int)
        return value

    assert store.read_now(setting) == reader
    assert store.write_now(setting) == writer
    store.close()


def test_a_postgres_that_does_not_answer_is_named() -> None:
    with pytest.raises(StoreError, match=r"PostgreSQL database cannot be opened: .*127\.0\.0\.1.*address"):
        opened("postgresql://postgres@127.0.0.1:1/kaizen?connect_timeout=2")


def test_an_address_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(StoreError, match="PostgreSQL database cannot be opened"):
        opened("postgresql://postgres@127.0.0.1:5432/postgres?no_such_option=1")


def test_a_database_that_does_not_exist_is_named(shared_postgres: str) -> None:
    server = shared_postgres.partition("?")[0].rpartition("/")[0]
    with pytest.raises(StoreError, match=r"PostgreSQL database cannot be opened: .*no_such_database"):
        opened(f"{server}/no_such_database")


@pytest.fixture
def guest_url(empty_postgres: str) -> Iterator[str]:
    """The address of a PostgreSQL database for a role that may do nothing in it."""
    role = f"kaizen_guest_{os.getpid()}"
    with psycopg.connect(empty_postgres, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN")
        yield empty_postgres.replace("postgres@", f"{role}@", 1)
        admin.execute(f"DROP OWNED BY {role} CASCADE")
        admin.execute(f"DROP ROLE {role}")


def allow(url: str, *statements: str) -> None:
    role = f"kaizen_guest_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as admin:
        for statement in statements:
            admin.execute(statement.format(role=role))  # type: ignore[arg-type]  # not a literal


def test_a_missing_right_to_create_the_schema_is_named(guest_url: str, empty_postgres: str) -> None:
    with pytest.raises(StoreError, match=r"may not create the schema .*GRANT CREATE ON DATABASE"):
        opened(guest_url)

    allow(
        empty_postgres, "DO $$ BEGIN EXECUTE 'GRANT CREATE ON DATABASE ' || current_database() || ' TO {role}'; END $$"
    )
    created(opened(guest_url)).close()


def test_a_missing_right_to_create_tables_is_named(guest_url: str, empty_postgres: str) -> None:
    allow(empty_postgres, f"CREATE SCHEMA {SCHEMA}")
    with pytest.raises(StoreError, match=r"may not create tables in the schema .*GRANT USAGE, CREATE ON SCHEMA"):
        opened(guest_url)

    allow(empty_postgres, f"GRANT USAGE ON SCHEMA {SCHEMA} TO {{role}}")
    with pytest.raises(StoreError, match=r"may not create tables in the schema"):
        opened(guest_url)

    # Whoever may create tables in a schema that is there needs no right to create schemas.
    allow(empty_postgres, f"GRANT CREATE ON SCHEMA {SCHEMA} TO {{role}}")
    created(opened(guest_url)).close()


def test_tables_of_another_role_are_named(guest_url: str, empty_postgres: str) -> None:
    created(opened(empty_postgres)).close()
    allow(empty_postgres, f"GRANT USAGE, CREATE ON SCHEMA {SCHEMA} TO {{role}}")

    with pytest.raises(StoreError, match=r"may not use the tables .*owner"):
        opened(guest_url)


def test_a_postgres_database_in_another_encoding_is_refused(shared_postgres: str) -> None:
    name = f"kaizen_latin_{os.getpid()}"
    with psycopg.connect(shared_postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
        try:
            with pytest.raises(StoreError, match=r"LATIN1.*UTF8"):
                opened(f"{shared_postgres.partition('?')[0].rpartition('/')[0]}/{name}")
        finally:
            admin.execute(f"DROP DATABASE {name}")


def test_postgres_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kaizen.store.postgres.store", None)

    with pytest.raises(StoreError, match=r"pip install 'kaizen-crm\[postgres\]'"):
        opened("postgresql://postgres@127.0.0.1/kaizen")
