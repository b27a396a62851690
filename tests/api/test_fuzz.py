"""Wrong requests to every operation, as `make fuzz` sends them, in a small number."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from bench.fuzz import Generator, Report, Sent, run, targets

from tests.support.server import Crm


@pytest.mark.source("assumed: no request is answered with 500")
def test_wrong_requests_are_refused_and_nothing_fails(crm_on: Crm) -> None:
    report = asyncio.run(run(crm_on.server, 300, seed=7))

    assert [(what, sent.curl()) for what, sent in report.failures] == []
    assert sum(report.statuses.values()) == 300
    assert {200, 400, 404} <= set(report.statuses)


@pytest.mark.source("assumed: no request is answered with 500")
def test_a_run_reports_what_fails(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> int:
        return 500

    monkeypatch.setattr("bench.fuzz.exchange", broken)
    report: Report = asyncio.run(run(crm.server, 3, seed=7))

    assert [what for what, _ in report.failures] == ["500"] * 3


@pytest.mark.source("assumed: a run can be repeated")
def test_a_seed_sends_the_same_requests_again() -> None:
    first, again = (Generator(3, ["1"]) for _ in range(2))

    assert [first.request() for _ in range(50)] == [again.request() for _ in range(50)]
    assert len(targets()) > 100


@pytest.mark.source("assumed: a run can be repeated")
def test_a_failing_request_is_shown_as_a_command_for_its_very_bytes(tmp_path: Path) -> None:
    (tmp_path / "curl").write_text("#!/bin/sh\ncat\n")
    (tmp_path / "curl").chmod(0o755)
    body = b"%s \\ ' \xff\x00\n"
    command = Sent("POST", "/crm/v8/a%2Fb", "word=%ED%A0%80", (), body).curl()
    shell = shutil.which("sh") or "/bin/sh"
    seen = subprocess.run(
        [shell, "-c", command], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, check=True
    )

    assert seen.stdout == body
