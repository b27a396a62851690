"""What a log line says."""

import logging

import pytest

from kaizen.server.logs import FactsFormatter, configure


@pytest.mark.source("assumed: logs are an event and its facts")
def test_a_log_line_is_an_event_and_its_facts() -> None:
    record = logging.makeLogRecord({"msg": "webhook.sent", "levelname": "WARNING", "rule": 5, "status": 204})

    line = FactsFormatter().format(record)

    assert line.endswith(" WARNING webhook.sent rule=5 status=204")


@pytest.mark.source("assumed: logs are an event and its facts")
def test_a_log_line_brings_the_traceback() -> None:
    error = ValueError("deep inside")
    record = logging.makeLogRecord({"msg": "request.failed", "exc_info": (ValueError, error, None)})

    lines = FactsFormatter().format(record).splitlines()

    assert lines[0].endswith("request.failed")
    assert lines[-1] == "ValueError: deep inside"


@pytest.mark.source("assumed: a write that is tried again is no warning to anybody")
@pytest.mark.parametrize(
    ("logger", "level"),
    [("kaizen.server", logging.WARNING), ("psycopg", logging.ERROR), ("psycopg.pool", logging.WARNING)],
)
def test_the_driver_speaks_of_errors_only(logger: str, level: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("psycopg", "psycopg.pool"):
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)

    configure()

    assert logging.getLogger(logger).getEffectiveLevel() == level
