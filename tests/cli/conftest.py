"""A folder, a server, and the command line between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kaizen import Client
from kaizen.cli.main import run
from tests.support.server import KaizenProcess, StartKaizen


@dataclass(frozen=True)
class Desk:
    """A folder with files, a server, and what the command line says."""

    folder: Path
    server: KaizenProcess
    capture: pytest.CaptureFixture[str]

    def kaizen(self, *arguments: str) -> tuple[int, str]:
        """Run one command; return its status and all that it said."""
        credentials = str(self.server.database.with_name("credentials.json"))
        status = run([*arguments, "--credentials", credentials])
        said = self.capture.readouterr()
        return status, said.out + said.err

    def load(self, *more: str) -> tuple[int, str]:
        """Import the folder."""
        return self.kaizen("import", str(self.folder), "--mapping", str(self.folder / "mapping.toml"), *more)

    @property
    def client(self) -> Client:
        """A client of the server."""
        return Client.from_credentials(self.server.database.with_name("credentials.json"))


@pytest.fixture
def desk(
    tmp_path: Path,
    start_kaizen: StartKaizen,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    folder = tmp_path / "data"
    folder.mkdir()
    yield Desk(folder, start_kaizen("--clock", "2017-01-01T00:00:00Z"), capsys)
