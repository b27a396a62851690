"""`make audit` fails for an advisory, and for nothing else."""

import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.source("assumed: a machine without a network can build Kaizen, too")


def report(packages: list[dict[str, Any]]) -> int:
    status: int = runpy.run_path(str(ROOT / "scripts" / "audit.py"))["report"](packages)
    return status


def test_an_advisory_is_named_with_the_version_that_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    flaw = {"id": "PYSEC-2026-1", "fix_versions": ["2.1"], "aliases": [], "description": "..."}
    packages = [{"name": "shaky", "version": "2.0", "vulns": [flaw]}, {"name": "sound", "version": "1.0", "vulns": []}]

    assert report(packages) == 1

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "shaky 2.0: PYSEC-2026-1, mended in 2.1"
    assert said[1] == "2 packages were looked up among known advisories, 1 were found"


def test_packages_that_no_index_knows_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = {"name": "ours", "skip_reason": "not found"}
    assert report([unknown, {"name": "sound", "version": "1.0", "vulns": []}]) == 0
    assert "1 are not in the index" in capsys.readouterr().out


def test_without_an_index_it_says_so_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([{"name": "ours", "skip_reason": "not found"}]) == 0
    assert capsys.readouterr().out == "Advisories were not looked up: no index of them can be reached\n"


def names(lock: str) -> dict[str, str]:
    """The packages of a lock with their versions."""
    lines = (ROOT / lock).read_text("utf-8").splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if "==" in line and line[0].isalnum())  # type: ignore[misc]  # two parts each


def test_a_server_needs_no_tools_of_developers_and_both_locks_agree() -> None:
    runtime, everything = names("requirements.lock"), names("requirements-dev.lock")
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]
    tools = {each.split("=")[0].split(">")[0] for each in groups["dev"] if isinstance(each, str)}

    assert not tools & runtime.keys()
    assert tools <= everything.keys()
    assert runtime.items() <= everything.items()
