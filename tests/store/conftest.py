"""The small organisation on each of the two databases; PostgreSQL has one database a process, emptied for each test."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.support.services import postgres_database
from tests.support.stores import any_store, clock, opening

__all__ = ["any_store", "clock", "opening"]

#: What a kill of our own process cannot lose need not reach the disk.
_QUICKLY = "?options=-csynchronous_commit%3Doff"


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[str]:
    """A PostgreSQL database for all tests of this process."""
    with postgres_database() as url:
        yield url + _QUICKLY


@pytest.fixture
def empty_postgres(shared_postgres: str) -> Iterator[str]:
    """The address of a PostgreSQL database without a schema of ours."""
    yield shared_postgres
    with psycopg.connect(shared_postgres, autocommit=True) as connection:
        # To drop it would wait for the disk.
        if connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'kaizen'").fetchone():
            connection.execute(SQL("ALTER SCHEMA kaizen RENAME TO {}").format(Identifier(f"done_{uuid4().hex}")))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database on each of the two servers."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/kaizen.db"
    url: str = request.getfixturevalue("empty_postgres")
    return url
