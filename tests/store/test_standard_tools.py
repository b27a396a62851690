"""A database of ours is read by the tools that everybody has, which know none of our functions."""

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import apsw
import apsw.shell
import pytest

from tests.support.server import Crm, settings_for

pytestmark = pytest.mark.source("assumed: a SQLite file is one that SQLite's own tools can read")


@pytest.fixture
def plain(crm: Crm) -> Iterator[sqlite3.Connection]:
    """The file of a server, which runs, in a plain connection."""
    deal = {"Deal_Name": "Engine", "Stage": "Qualification"}
    assert crm.post("Deals", {"data": [deal]}).codes() == ["SUCCESS"]
    connection = sqlite3.connect(crm.server.settings.database)
    yield connection
    connection.close()


def test_its_integrity_is_checked(plain: sqlite3.Connection) -> None:
    assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_it_is_dumped_and_read_again(plain: sqlite3.Connection, tmp_path: Path) -> None:
    # The shell of SQLite: the dump of Python's module does not know full-text tables.
    (file,) = (row[2] for row in plain.execute("PRAGMA database_list"))
    dumped = io.StringIO()
    apsw.shell.Shell(stdout=dumped, args=(file,)).process_command(".dump")
    again = apsw.Connection(str(tmp_path / "again.db"))
    apsw.shell.Shell(db=again, stdin=io.StringIO(dumped.getvalue())).cmdloop()
    assert again.execute("SELECT deal_name FROM m_deals").fetchall() == [("Engine",)]
    assert again.execute("SELECT COUNT(*) FROM kz_words WHERE kz_words MATCH 'engine'").fetchall() == [(1,)]
    again.close()


def test_it_is_vacuumed_into_a_copy_that_is_served(plain: sqlite3.Connection, tmp_path: Path) -> None:
    plain.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    copy = Crm(settings_for(str(tmp_path / "copy.db"), seed="copy"))
    assert [row["Deal_Name"] for row in copy.get("Deals", {"fields": "Deal_Name"}).json["data"]] == ["Engine"]
    copy.close()
