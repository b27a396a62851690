"""What is logged, and what never is."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaizen import Client, Config, errors
from kaizen.sdk import logs
from kaizen.sdk.logs import RedactingFormatter, redact
from tests.support.scripted_server import Reply, ScriptedServer

SECRETS = [
    "1000.0123456789abcdef0123456789abcdef.fedcba9876543210fedcba9876543210",
    "Authorization: Zoho-oauthtoken sometokenvalue",
    "https://accounts/oauth/v2/token?client_secret=0123456789abcdef&code=abcdefgh",
    '{"refresh_token": "abcdefghijkl"}',
    "{'client_secret': 'abcdefghijkl'}",
    "password=hunter2hunter2",
]


@pytest.fixture
def handlers() -> Iterator[None]:
    """Give the logger back as it was."""
    before, level, attached = list(logs.log.handlers), logs.log.level, set(logs._attached)
    yield
    for handler in set(logs.log.handlers) - set(before):
        logs.log.removeHandler(handler)
        handler.close()
    logs.log.setLevel(level)
    logs._attached.clear()
    logs._attached.update(attached)


@pytest.mark.source("reference: SDK 5.3: tokens and secrets are redacted in one place")
@pytest.mark.parametrize("text", SECRETS)
def test_secrets_are_taken_out(text: str) -> None:
    redacted = redact(text)

    assert "***" in redacted
    for secret in ("0123456789abcdef", "sometokenvalue", "abcdefgh", "hunter2"):
        assert secret not in redacted


@pytest.mark.source("assumed: what is no secret stays readable")
@pytest.mark.parametrize("text", ["GET http://crm/Leads/1 -> 401 INVALID_TOKEN", "status code: 400", "amount=1000.50"])
def test_the_rest_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.source("reference: SDK 5.3: tokens and secrets are redacted in one place")
def test_facts_and_exceptions_are_redacted_too() -> None:
    error = ValueError(SECRETS[0])
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "event", None, (ValueError, error, None))
    record.header = SECRETS[1]

    line = RedactingFormatter().format(record)

    assert "event" in line
    assert "0123456789abcdef" not in line
    assert "sometokenvalue" not in line


@pytest.mark.source("docs: Kaizen 18: application_log_file_path; reference: SDK 2, pain 19: one handler, once")
@pytest.mark.usefixtures("handlers")
def test_the_log_file_of_the_seed(server: ScriptedServer, config: Config, tmp_path: Path) -> None:
    file = tmp_path / "log.log"
    refusal = {"code": "INVALID_MODULE", "message": "no", "status": "error"}
    server.on("GET", "/crm/v8/Nothing/1", Reply(400, refusal))

    for _ in range(3):
        with (
            Client(config.with_options(application_log_file_path=str(file))) as crm,
            pytest.raises(errors.BadRequest),
        ):
            crm["Nothing"].get(1)

    lines = file.read_text().splitlines()
    assert len(lines) == 3
    assert all("call.refused" in line and "INVALID_MODULE" in line for line in lines)


@pytest.mark.source("docs: Kaizen 18: log_in_console")
@pytest.mark.usefixtures("handlers")
def test_the_console(server: ScriptedServer, config: Config, capsys: pytest.CaptureFixture[str]) -> None:
    server.on("GET", "/crm/v8/Leads/1", Reply(403, {"code": "NO_PERMISSION", "message": "no"}))

    for _ in range(2):
        with (
            Client(config.with_options(log_in_console=True)) as crm,
            pytest.raises(errors.Permission),
        ):
            crm.leads.get(1)

    assert capsys.readouterr().err.count("NO_PERMISSION") == 2


@pytest.mark.source("reference: SDK 5.3: NullHandler only, unless asked")
def test_without_asking_nothing_is_written(
    server: ScriptedServer, crm: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    server.on("GET", "/crm/v8/Leads/1", Reply(403, {"code": "NO_PERMISSION", "message": "no"}))

    with pytest.raises(errors.Permission):
        crm.leads.get(1)

    assert capsys.readouterr() == ("", "")
