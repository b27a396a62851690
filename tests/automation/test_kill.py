"""`kill -9` in the middle of a run loses nothing and doubles nothing."""

import subprocess
import sys
from collections import Counter
from random import Random

import pytest

from tests.automation.conftest import open_shop
from tests.automation.crashing import DEALS
from tests.automation.seed_rules import FOLLOW_UP, TAGS

KILLED = -9
#: More steps than one transaction has, so that every life brings the work on, and few enough for many deaths.
FEWEST, MOST = 10, 30


@pytest.mark.source("reference: automation G.7, G.8")
@pytest.mark.parametrize("seed", [1, 2])
def test_each_effect_exists_exactly_once_however_often_the_process_dies(seed: int, database_url: str) -> None:
    random = Random(seed)
    deaths = 0
    while True:
        steps = random.randint(FEWEST, MOST)
        command = [sys.executable, "-m", "tests.automation.crashing", database_url, str(steps)]
        life = subprocess.run(command, check=False, capture_output=True, text=True)
        if life.returncode == 0:
            break
        assert life.returncode == KILLED, life.stderr
        deaths += 1

    assert deaths >= 5
    shop = open_shop(database_url)
    try:
        tags = shop.store.read_now(lambda uow: {tag.name: tag.id for tag in uow.tags["Deals"].values()})
        tasks = Counter(task["What_Id"] for task in shop.tasks())
        assert set(tasks.values()) == {2}  # at once, and after 30 business days
        assert len(tasks) == DEALS
        for deal in tasks:
            record = shop.record(deal)  # type: ignore[arg-type]  # an id
            assert record is not None
            assert record["Tag"] == (tags[TAGS[0]], tags[TAGS[1]])
        assert Counter(mail.record_id for mail in shop.mails()) == dict.fromkeys(tasks, 1)
        queued = shop.store.read_now(lambda uow: uow.queued(limit=1000))
        assert Counter((action.kind, action.state.value) for action in queued) == {
            ("tasks", "done"): DEALS,
            ("deliver_mail", "pending"): DEALS,
        }
        rules = {action.rule_id for action in queued if action.rule_id}
        (rule_id,) = rules
        counts = shop.store.read_now(lambda uow: uow.usage(rule_id, "2025-11-24", "2026-01-05"))
        assert {count.success for count in counts} == {DEALS}, FOLLOW_UP
        sets = shop.store.read_now(lambda uow: uow.session.rows("SELECT SUM(success) FROM kz_usage WHERE rule_id < 0"))
        assert sets == [(DEALS,)]
        # The trigger, the condition, three actions at once and one later.
        assert len(counts) == 6
    finally:
        shop.store.close()
