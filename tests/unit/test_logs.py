"""What a log line says."""

import json
import logging
from contextvars import copy_context

import pytest

from kaizen.server.logs import REQUEST_ID, Form, configure, formatter
from kaizen.server.refusal_log import RefusalLog


@pytest.mark.source("assumed: logs are an event and its facts")
def test_a_log_line_is_an_event_and_its_facts() -> None:
    record = logging.makeLogRecord({"msg": "webhook.sent", "levelname": "WARNING", "rule": 5, "status": 204})

    line = formatter("console").format(record)

    assert line.endswith(" WARNING webhook.sent rule=5 status=204")


@pytest.mark.source("assumed: a stranger who chose a fact must not begin log lines of his own")
def test_a_fact_stays_in_its_line() -> None:
    record = logging.makeLogRecord({"msg": "token.refused", "client_id": "1000.X\r\nERROR\x1b[2J\u2028 all is well"})

    line = formatter("console").format(record)

    assert line.endswith(r"token.refused client_id=1000.X\r\nERROR\x1b[2J\u2028 all is well")


@pytest.mark.source("assumed: a flood of refusals is no flood of lines")
def test_refusals_are_told_up_to_a_number_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    now = 100.0
    log = RefusalLog(lambda: now)
    for _ in range(100):
        log.tell("token.refused", client="192.0.2.9", token="", why="x" * 1000)
    now += 60
    log.tell("token.refused", client="192.0.2.9")

    facts = [record.__dict__ for record in caplog.records]
    assert len(facts) == 61
    assert (facts[0]["client"], facts[0]["why"], "token" in facts[0]) == ("192.0.2.9", "x" * 100, False)
    assert facts[-1]["untold"] == 40


@pytest.mark.source("assumed: logs are an event and its facts")
def test_a_log_line_brings_the_traceback() -> None:
    error = ValueError("deep inside")
    record = logging.makeLogRecord({"msg": "request.failed", "exc_info": (ValueError, error, None)})

    lines = formatter("console").format(record).splitlines()

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


@pytest.mark.source("assumed: no secret reaches a log")
@pytest.mark.parametrize("form", ["console", "json"])
def test_a_line_has_no_secret(form: Form) -> None:
    token = f"1000.{'a1' * 16}.{'b2' * 16}"
    facts = {"msg": "odd", "levelname": "ERROR", "path": f"/x/{token}", "password": "pa55word", "body": "private"}

    line = formatter(form).format(logging.makeLogRecord(facts))

    assert "1000.a1a1…" in line
    assert not any(secret in line for secret in (token, "b2b2", "pa55word", "private"))


@pytest.mark.source("assumed: a log can be read by a program")
def test_a_line_can_be_json() -> None:
    made = logging.makeLogRecord({"msg": "token.refused", "levelname": "WARNING", "created": 0.5, "why": "odd\n"})
    context = copy_context()
    context.run(REQUEST_ID.set, "1f2e-1")

    line = context.run(formatter("json").format, made)

    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.500+00:00",
        "level": "warning",
        "event": "token.refused",
        "why": "odd\n",
        "request_id": "1f2e-1",
    }
