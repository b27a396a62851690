"""The journal of a SQLite file: a copy without it is told at the start, and one that only grows is warned of."""

import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from kaizen.store import Database, open_store
from kaizen.store.sqlite.journal import JournalWatch
from tests.store.test_serving_lock import SERVES
from tests.store.working import added, query, selected
from tests.support.stores import Clock, created, stub_book

pytestmark = pytest.mark.source("assumed: what may be missing is told before anybody relies on it")

MISSING = "database.journal_missing"
GROWS = "database.journal_grows"


def opened(path: Path, *, serving: bool = True) -> Database:
    return open_store(str(path), clock=Clock(), build_book=stub_book, serving=serving)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the events of the journal in the log since the last look."""
    found = [line.message for line in caplog.records if line.message.startswith("database.journal")]
    caplog.clear()
    return found


def test_a_file_that_was_copied_without_its_journal_is_told_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = created(opened(tmp_path / "kaizen.db"))
    added(store, "Deals", {"Deal_Name": "Engine"})
    shutil.copy(tmp_path / "kaizen.db", tmp_path / "copy.db")
    shutil.copy(tmp_path / "kaizen.db", tmp_path / "whole.db")
    shutil.copy(tmp_path / "kaizen.db-wal", tmp_path / "whole.db-wal")
    store.close()

    opened(tmp_path / "copy.db").close()
    assert told(caplog) == [MISSING]

    whole = opened(tmp_path / "whole.db")
    assert told(caplog) == []
    assert [deal["Deal_Name"] for deal in selected(whole, query("Deals", "Deal_Name"))] == ["Engine"]
    whole.close()


def test_a_file_that_was_closed_needs_no_journal(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    created(opened(tmp_path / "kaizen.db")).close()
    shutil.copy(tmp_path / "kaizen.db", tmp_path / "copy.db")

    opened(tmp_path / "copy.db").close()

    assert told(caplog) == []


@pytest.mark.parametrize("beside", [False, True])
def test_a_killed_server_leaves_its_journal_and_nothing_is_missing(
    beside: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "kaizen.db"
    created(opened(path)).close()
    with subprocess.Popen(
        [sys.executable, "-c", SERVES, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serves\n"
        process.send_signal(signal.SIGKILL)
    assert Path(f"{path}-wal").exists()

    if beside:
        # A command between the two servers puts the journal into the file.
        opened(path, serving=False).close()
        assert not Path(f"{path}-wal").exists()
    opened(path).close()

    assert told(caplog) == []


def test_a_copy_by_sqlite_itself_is_whole(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = created(opened(tmp_path / "kaizen.db"))
    with sqlite3.connect(tmp_path / "kaizen.db") as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    connection.close()
    store.close()

    opened(tmp_path / "copy.db").close()

    assert told(caplog) == []


def test_a_journal_that_somebody_keeps_from_being_emptied_is_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = str(tmp_path / "kaizen.db")
    writer, reader = apsw.Connection(path), apsw.Connection(path)
    writer.execute("PRAGMA journal_mode = WAL").fetchall()
    writer.execute("CREATE TABLE t (x); INSERT INTO t VALUES (0)")
    watch = JournalWatch(path, limit=20)

    def write() -> None:
        for _ in range(30):
            writer.execute("UPDATE t SET x = randomblob(9000)")
            watch.look(writer)

    write()
    assert told(caplog) == []  # long for a moment, and emptied
    reader.execute("BEGIN; SELECT * FROM t").fetchall()
    write()
    assert told(caplog) == [GROWS]
    assert watch.grows
    reader.execute("COMMIT")
    write()
    assert not watch.grows
    assert told(caplog) == []
    reader.close()
    writer.close()
