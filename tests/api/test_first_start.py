"""What a server makes of a database that holds no organisation yet."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from kaizen.accounts.secrets import Chance
from kaizen.server import app
from kaizen.server.app import build
from kaizen.server.first_start import FirstStart
from kaizen.server.settings import Settings
from tests.support.server import settings_for


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    return str(tmp_path / "new.db") if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.mark.source("assumed: two requests at once leave what one after the other would")
def test_two_servers_that_start_on_one_new_database_share_its_organisation(
    new_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2)

    def first_start(settings: Settings, chance: Chance) -> FirstStart:
        # Both have seen that there is no organisation yet.
        both.wait(60)
        return FirstStart(settings, chance)

    monkeypatch.setattr(app, "FirstStart", first_start)

    with ThreadPoolExecutor(2) as threads:
        servers = list(threads.map(lambda n: build(settings_for(new_database, seed=f"server {n}")), range(2)))

    found = [server.store.read_now(lambda unit: (unit.organisation.zgid, len(unit.users))) for server in servers]
    assert found[0] == found[1]
    assert sorted(server.created is None for server in servers) == [False, True]
    for server in servers:
        server.close()
