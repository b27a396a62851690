"""The package as a whole: what is generated, what importing costs, what the types say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import kaizen

ROOT = Path(__file__).resolve().parents[2]


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def modules_after(program: str) -> set[str]:
    """Give the names of the modules that a program in a fresh interpreter loads beyond the interpreter's own."""
    done = python(
        "-c", f"import sys, json; old = set(sys.modules)\n{program}\nprint(json.dumps(sorted(set(sys.modules) - old)))"
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


@pytest.mark.source("reference: SDK 5.3, sync and async: generated, and a drift fails")
def test_the_client_for_threads_is_what_the_script_writes() -> None:
    done = python("scripts/generate_sync.py", "--check")

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.source("reference: SDK 5.5: import at most 60 modules, nothing heavy")
def test_importing_costs_next_to_nothing() -> None:
    loaded = modules_after("import kaizen")

    assert len(loaded) <= 60
    assert {name.partition(".")[0] for name in loaded} & {"httpx2", "msgspec", "anyio", "ssl"} == set()


@pytest.mark.source("reference: SDK 5.5: the server's packages are never loaded, the HTTP library only for a call")
def test_a_client_loads_neither_the_server_nor_http() -> None:
    loaded = modules_after("from kaizen import Client\nClient(client_id='a', client_secret='b', environ={}).close()")

    tops = {name.partition(".")[0] for name in loaded}
    assert tops & {"sqlite3", "pymysql", "email", "http", "ssl", "socket", "tomllib", "concurrent"} == set()
    unused = {f"kaizen.sdk.stores.{name}" for name in ("sqlite", "mysql", "adapters")}
    assert loaded & {"urllib.request", *unused} == set()
    assert tops & {"starlette", "uvicorn", "apsw", "psycopg", "cyclopts", "rich", "jinja2", "anyio", "httpx2"} == set()
    assert not any(name.startswith(("kaizen.server", "kaizen.store", "kaizen.model", "kaizen.cli")) for name in loaded)


@pytest.mark.source("reference: SDK 5.1, packaging: lazy")
def test_every_name_is_there_and_no_other() -> None:
    for name in kaizen.__all__:
        assert getattr(kaizen, name) is not None
    assert set(kaizen.__all__) <= set(dir(kaizen))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = kaizen.Nothing


@pytest.mark.source("reference: SDK 5.5: typed")
def test_the_typing_examples_hold(tmp_path: Path) -> None:
    done = python(
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(tmp_path),
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "tests/typing/api.py",
    )

    assert done.returncode == 0, done.stdout
    assert (ROOT / "src/kaizen/py.typed").exists()
