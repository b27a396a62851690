"""`kaizen backup`, `restore`, `check` and `migrate`: how a database is kept, beside a server or without one."""

import lzma
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from kaizen.cli.main import run
from kaizen.sdk.client import Client
from tests.support.server import Crm, KaizenProcess, settings_for
from tests.support.services import postgres_database

pytestmark = pytest.mark.source("assumed: the command line is ours")


@dataclass
class Operator:
    """Somebody with the command line and a database."""

    database: str
    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def backup(self) -> Path:
        return self.folder / "kept" / "backup"

    def run(self, *command: object, status: int = 0) -> str:
        """Run a command, and return what it says."""
        assert run([*map(str, command), "--database", self.database]) == status, self.capsys.readouterr()
        said = self.capsys.readouterr()
        return said.err if status == 2 else said.out


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that breaks no sentence."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(params=["sqlite", "postgresql"])
def operator(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Operator]:
    """An operator with a fresh organisation on each database."""
    (tmp_path / "kept").mkdir()
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        database = tmp_path / "data" / "kaizen.db"
        shutil.copy(request.getfixturevalue("organisation_file"), database)
        yield Operator(str(database), tmp_path, capsys)
        return
    with postgres_database(request.getfixturevalue("organisation_database")) as url:
        yield Operator(url, tmp_path, capsys)


@pytest.fixture
def serving(operator: Operator) -> Iterator[Crm]:
    """A server on the operator's database."""
    crm = Crm(settings_for(operator.database, seed="kept"))
    yield crm
    crm.close()


def deals(crm: Crm) -> list[str]:
    """The names of all deals."""
    reply = crm.get("Deals", {"fields": "Deal_Name"})
    return sorted(row["Deal_Name"] for row in reply.json["data"]) if reply.status == 200 else []


def make_deal(crm: Crm, name: str) -> None:
    deal = {"Deal_Name": name, "Stage": "Qualification", "Closing_Date": "2026-03-01"}
    assert crm.post("Deals", {"data": [deal]}).codes() == ["SUCCESS"]


def test_a_backup_beside_a_server_holds_one_moment_and_comes_back(operator: Operator, serving: Crm) -> None:
    make_deal(serving, "Engine")
    assert "a whole copy of " in operator.run("backup", operator.backup)
    make_deal(serving, "Later")

    assert "a server" in operator.run("restore", operator.backup, "--replace", status=2)
    serving.server.close()
    assert "--replace" in operator.run("restore", operator.backup, status=2)
    operator.run("restore", operator.backup, "--replace")

    again = Crm(settings_for(operator.database, seed="again"))
    try:
        assert deals(again) == ["Engine"]
        make_deal(again, "Wing")
    finally:
        again.close()
    operator.run("check")


def test_a_backup_is_its_owners_alone_and_replaces_no_file(operator: Operator) -> None:
    operator.run("backup", operator.backup)

    assert operator.backup.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in operator.backup.parent.iterdir()] == ["backup"]
    content = operator.backup.read_bytes()
    assert "there is such a file already" in operator.run("backup", operator.backup, status=2)
    assert operator.backup.read_bytes() == content


def test_a_backup_that_was_cut_off_is_refused_and_nothing_is_replaced(operator: Operator, serving: Crm) -> None:
    make_deal(serving, "Engine")
    operator.run("backup", operator.backup)
    serving.server.close()
    content = operator.backup.read_bytes()
    operator.backup.write_bytes(content[: len(content) * 9 // 10])

    operator.run("restore", operator.backup, "--replace", status=2)

    again = Crm(settings_for(operator.database, seed="again"))
    try:
        assert deals(again) == ["Engine"]
    finally:
        again.close()


def test_what_is_no_backup_is_refused(operator: Operator) -> None:
    operator.backup.write_text("Deal_Name,Amount\n" * 1000)
    operator.run("restore", operator.backup, "--replace", status=2)
    operator.run("restore", operator.folder / "no such file", status=2)
    operator.run("check")


def broken(operator: Operator) -> Callable[[str], None]:
    """Return what changes the database behind its back."""

    def sqlite(statement: str) -> None:
        with sqlite3.connect(operator.database) as connection:
            connection.execute(statement)
        connection.close()

    def postgres(statement: str) -> None:
        with psycopg.connect(operator.database, options="-csearch_path=kaizen") as connection:
            connection.execute(statement.encode())

    return postgres if operator.database.startswith("postgresql://") else sqlite


ANY_CHANGE = "INSERT INTO kz_change (id, module, record_id, event, at, actor_id, book_version, after) VALUES "


@pytest.mark.parametrize(
    ("statement", "part", "said"),
    [
        ("UPDATE m_deals SET account_name = 5", "lookups", "Account_Name of Deals"),
        ("UPDATE m_deals SET owner = 5", "lookups", "Owner of Deals"),
        (
            (
                "INSERT INTO kz_recycle_bin (id, module, body, deleted_at, deleted_by) "
                "SELECT id, 'Deals', '', 1, 1 FROM m_deals"
            ),
            "records",
            "is in the recycle bin, too",
        ),
        ("UPDATE kz_change SET after = '[99,1]'", "history", "cannot be read"),
        ("UPDATE kz_change SET after = '{\"\":7}'", "history", "cannot be read"),
        ("UPDATE kz_change SET book_version = 1000000", "history", "which is to come"),
        ("DELETE FROM kz_refresh_token", "tokens", "has lost its refresh token"),
        ("DELETE FROM kz_client", "tokens", "belongs to a client that does not exist"),
        ("UPDATE m_deals SET id = (id / 1000000000) * 1000000000 + 999999999", "ids", "would give again"),
        ("DROP TABLE m_deals", "tables of the modules", "Deals: table m_deals has no column"),
    ],
)
def test_a_check_names_what_is_wrong_and_no_backup_is_taken_of_it(
    statement: str, part: str, said: str, operator: Operator, serving: Crm
) -> None:
    make_deal(serving, "Engine")
    serving.server.close()
    broken(operator)(statement)

    shown = operator.run("check", status=1)

    assert said in shown
    assert [line.split("  ")[0] for line in shown.splitlines() if " wrong" in line] == [part]
    assert part in operator.run("backup", operator.backup, status=2)
    assert not operator.backup.exists()


def test_a_damaged_page_is_found(organisation_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = bytearray(organisation_file.read_bytes())
    (tmp_path / "kaizen.db").write_bytes(content[:8192] + bytes(len(content) - 8192))
    status = run(["check", "--database", str(tmp_path / "kaizen.db")])

    assert status in (1, 2)
    assert "damaged" in (said := "".join(capsys.readouterr())) or "wrong" in said


@pytest.fixture(params=["sqlite", "postgresql"])
def older(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Operator]:
    """An operator with a database of an earlier version."""
    kept = Path(__file__).parents[1] / "upgrades" / "9f1a1a5"
    if request.param == "sqlite":
        database = tmp_path / "kaizen.db"
        database.write_bytes(lzma.decompress((kept / "sqlite.db.xz").read_bytes()))
        yield Operator(str(database), tmp_path, capsys)
        return
    with postgres_database() as url:
        with psycopg.connect(url) as connection:
            connection.execute(lzma.decompress((kept / "postgresql.sql.xz").read_bytes()))
        yield Operator(url, tmp_path, capsys)


def test_a_migration_is_shown_before_it_is_done(older: Operator) -> None:
    for _ in range(2):
        shown = older.run("migrate", "--dry-run")
        assert "these steps would be done" in shown
        assert "keep numbers exactly" in shown
    assert "its structure is older" in older.run("check")
    assert "keep numbers exactly" in older.run("migrate")
    assert "it is up to date" in older.run("migrate")
    assert "its structure is older" not in older.run("check")


def test_a_backup_of_an_older_database_comes_back(older: Operator) -> None:
    older.run("backup", older.folder / "older")
    older.run("migrate")
    older.run("restore", older.folder / "older", "--replace")
    assert "keep numbers exactly" in older.run("migrate")
    older.run("check")


def test_a_database_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["check"], ["backup", str(tmp_path / "b")], ["migrate"]):
        assert run([*command, "--database", str(tmp_path / "no.db")]) == 2
        assert "there is no such database" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_destroyed_folder_comes_back_with_all_that_the_backup_held(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    process = KaizenProcess(data)
    try:
        with Client.from_credentials(str(data / "credentials.json")) as crm:
            crm.deals.create({"Deal_Name": "Engine", "Stage": "Qualification"})
        shutil.copy(data / "credentials.json", tmp_path / "credentials.json")
        assert run(["backup", str(tmp_path / "backup.db"), "--database", str(process.database)]) == 0
        process.kill()
        shutil.rmtree(data)
        data.mkdir()
        assert run(["restore", str(tmp_path / "backup.db"), "--database", str(process.database)]) == 0
        shutil.copy(tmp_path / "credentials.json", data / "credentials.json")
        process.restart()
        with Client.from_credentials(str(data / "credentials.json")) as crm:
            assert [deal["Deal_Name"] for deal in crm.deals.list(fields=["Deal_Name"])] == ["Engine"]
        assert run(["check", "--database", str(process.database)]) == 0
    finally:
        process.close()
