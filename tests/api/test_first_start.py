"""What a server makes of a database that holds no organisation yet."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kaizen.accounts.secrets import Chance
from kaizen.server import app
from kaizen.server.app import Server, build
from kaizen.server.first_start import FirstStart
from kaizen.server.settings import Settings
from tests.support.server import settings_for


@pytest.mark.source("assumed: two requests at once leave what one after the other would")
def test_two_servers_that_start_on_one_new_database_share_its_organisation(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = Barrier(2)

    def first_start(settings: Settings, chance: Chance) -> FirstStart:
        # Both have seen that there is no organisation yet.
        both.wait(60)
        return FirstStart(settings, chance)

    monkeypatch.setattr(app, "FirstStart", first_start)

    with ThreadPoolExecutor(2) as threads:
        servers = list(threads.map(lambda n: build(settings_for(postgres_url, seed=f"server {n}")), range(2)))

    found = [server.store.read_now(lambda unit: (unit.organisation.zgid, len(unit.users))) for server in servers]
    assert found[0] == found[1]
    assert sorted(server.created is None for server in servers) == [False, True]
    for server in servers:
        server.close()


@pytest.mark.source("assumed: a new organisation is written once, whoever comes first")
def test_two_servers_that_open_one_empty_postgres_both_come_up(postgres_url: str) -> None:
    both = Barrier(2)

    def start(number: int) -> Server:
        both.wait(60)
        return build(settings_for(postgres_url, seed=f"server {number}"))

    with ThreadPoolExecutor(2) as threads:
        servers = list(threads.map(start, range(2)))

    assert sorted(server.created is None for server in servers) == [False, True]
    for server in servers:
        server.close()
