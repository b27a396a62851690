"""The files below deploy/ ask for what is there."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.server import StartKaizen

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


def instructions() -> list[tuple[str, str]]:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    pairs = [line.split(" ", 1) for line in lines if line and not line.startswith("#")]
    return [(name, rest) for name, rest in pairs]


def check_options(command: list[str]) -> None:
    """Assert that `kaizen serve` takes every option of a command."""
    shown = subprocess.run(
        [sys.executable, "-m", "kaizen.cli.main", "serve", "--help"], capture_output=True, text=True, check=True
    )
    asked = {word for word in command if word.startswith("--")}
    assert command[1] == "serve"
    assert asked <= set(re.findall(r"--[a-z-]+", shown.stdout))


@pytest.mark.source("assumed: the files for hosting are linted")
def test_the_containerfile_copies_what_exists_and_does_not_run_as_root() -> None:
    found = instructions()
    copied = [name for kind, rest in found if kind == "COPY" for name in rest.split()[:-1]]
    included = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    forced = {name.split("/")[0] for name in included["force-include"]}

    assert forced <= set(copied)  # without them the package cannot be built
    assert {kind for kind, _ in found} <= KNOWN
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [rest for kind, rest in found if kind == "USER"][-1] not in ("root", "0")
    check_options(json.loads(found[-1][1]))


@pytest.mark.source("assumed: the files for hosting are linted")
def test_the_health_check_of_the_container_tells_a_server_from_none(start_kaizen: StartKaizen) -> None:
    health = next(rest for kind, rest in instructions() if kind == "HEALTHCHECK")
    program = json.loads(health[health.index("CMD ") + 4 :])[2]
    server = start_kaizen()
    asks = [sys.executable, "-c", program.replace("http://127.0.0.1:8700", server.url.rstrip("/"))]

    assert subprocess.run(asks, check=False).returncode == 0
    server.stop()
    assert subprocess.run(asks, check=False, stderr=subprocess.DEVNULL).returncode != 0


@pytest.mark.source("assumed: the files for hosting are linted")
def test_the_systemd_unit_starts_a_server(tmp_path: Path) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep the case of names
    text = (DEPLOY / "kaizen.service").read_text()
    unit.read_string(text)
    command = unit["Service"]["ExecStart"]
    check_options(shlex.split(command))

    if (analyze := shutil.which("systemd-analyze")) is not None:
        # The program of the unit must exist where it is verified.
        copy = tmp_path / "kaizen.service"
        copy.write_text(text.replace("/opt/kaizen/bin/kaizen", sys.executable))
        verified = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, check=False)
        assert "kaizen.service" not in verified.stderr
