"""A MariaDB or MySQL database for tests: on its usual local port, or where the environment says."""

import os
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pymysql
import pytest

from tests.support.services import unavailable

MARIADB_URL = os.environ.get("KAIZEN_TEST_MARIADB", "mysql://root@127.0.0.1:3306")


@pytest.fixture
def mariadb() -> Iterator[dict[str, Any]]:
    """A database of the test's own, as the arguments of MySQLStore; dropped afterwards."""
    parts = urlsplit(MARIADB_URL)
    where: dict[str, Any] = {
        "host": parts.hostname or "127.0.0.1",
        "port": parts.port or 3306,
        "user": parts.username or "root",
        "password": parts.password or "",
    }
    try:
        admin = pymysql.connect(**where, autocommit=True, connect_timeout=3)
    except pymysql.Error as error:
        unavailable("MariaDB", MARIADB_URL, error)
        raise
    name = f"kaizen_test_{uuid4().hex[:12]}"
    with closing(admin), admin.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE `{name}`")
        try:
            yield {**where, "database": name}
        finally:
            cursor.execute(f"DROP DATABASE `{name}`")
