"""Real services for tests: PostgreSQL and MariaDB on their usual local ports, or where the environment says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest

POSTGRES_URL = os.environ.get("KAIZEN_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
REQUIRED = os.environ.get("KAIZEN_TEST_SERVICES") == "required"


def unavailable(service: str, url: str, error: Exception) -> None:
    """Skip with a clear message, or fail where services are required."""
    said = f"no {service} answers at {url}: {error}"
    if REQUIRED:
        pytest.fail(said)
    pytest.skip(said)


@contextmanager
def postgres_database(template: str = "template1") -> Iterator[str]:
    """Create a PostgreSQL database, perhaps as a copy of another, and drop it afterwards."""
    try:
        admin = psycopg.connect(POSTGRES_URL, autocommit=True, connect_timeout=3)
    except psycopg.OperationalError as error:
        unavailable("PostgreSQL", POSTGRES_URL, error)
        raise
    name = f"kaizen_test_{uuid4().hex[:12]}"
    with admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield POSTGRES_URL.rsplit("/", 1)[0] + "/" + name
        finally:
            admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL database of the test's own, dropped afterwards."""
    with postgres_database() as url:
        yield url
