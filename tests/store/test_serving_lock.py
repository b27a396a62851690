"""A SQLite file has one serving process; commands work beside it, and however it ends, the next one can start."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kaizen.store import Database, StoreError, open_store
from kaizen.store.sqlite.serving_lock import ENDING, is_served
from tests.store.working import add, added
from tests.support.stores import Clock, created, stub_book

pytestmark = pytest.mark.source("assumed: two serving processes on one SQLite file would miss each other's writes")

REFUSED = "a server .* runs on this database already.* PostgreSQL"

#: Serves a database until it is killed.
SERVES = (
    "import sys\n"
    "from kaizen.store import open_store\n"
    "from tests.support.stores import Clock, stub_book\n"
    "store = open_store(sys.argv[1], clock=Clock(), build_book=stub_book, serving=True)\n"
    "print('serves', flush=True)\n"
    "sys.stdin.read()\n"
)


def opened(path: Path, *, serving: bool = True) -> Database:
    return open_store(str(path), clock=Clock(), build_book=stub_book, serving=serving)


def test_a_second_server_is_refused_with_the_way_out(tmp_path: Path) -> None:
    store = created(opened(tmp_path / "kaizen.db"))
    try:
        with pytest.raises(StoreError, match=rf"\(process {os.getpid()}\).*PostgreSQL"):
            opened(tmp_path / "kaizen.db")
        # Another name of the same file is the same database.
        (tmp_path / "link.db").symlink_to(tmp_path / "kaizen.db")
        with pytest.raises(StoreError, match=REFUSED):
            opened(tmp_path / "link.db")
        added(store, "Deals", {"Deal_Name": "Engine"})
    finally:
        store.close()


def test_commands_work_beside_a_server(tmp_path: Path) -> None:
    store = created(opened(tmp_path / "kaizen.db"))
    beside = opened(tmp_path / "kaizen.db", serving=False)

    beside.write_now(lambda unit: add(unit, "Deals", {"Deal_Name": "Engine"}))

    beside.close()
    store.close()


def test_the_next_server_starts_once_the_last_has_ended(tmp_path: Path) -> None:
    created(opened(tmp_path / "kaizen.db")).close()

    assert not is_served(tmp_path / "kaizen.db")
    assert not Path(f"{tmp_path / 'kaizen.db'}{ENDING}").exists()
    opened(tmp_path / "kaizen.db").close()


def test_the_lock_dies_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVES, str(tmp_path / "kaizen.db")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "serves\n"
        with pytest.raises(StoreError, match=rf"\(process {process.pid}\)"):
            opened(tmp_path / "kaizen.db")
        assert is_served(tmp_path / "kaizen.db")
        process.send_signal(signal.SIGKILL)

    assert not is_served(tmp_path / "kaizen.db")
    opened(tmp_path / "kaizen.db").close()


def test_a_server_that_failed_to_start_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "kaizen.db").write_bytes(b"Deal_Name,Amount\n" * 1_000)

    with pytest.raises(StoreError, match="cannot be used as a SQLite database"):
        opened(tmp_path / "kaizen.db")

    assert not is_served(tmp_path / "kaizen.db")


def test_a_place_without_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used as a SQLite database"):
        opened(tmp_path / "no" / "kaizen.db")
