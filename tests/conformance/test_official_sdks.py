"""The unmodified official SDKs against a real server: exchange a grant, create, read, update, search, delete a Lead.

They live in environments of their own (`make vendor`), since their dependencies are not ours.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import KaizenProcess

ROOT = Path(__file__).parents[2]
WANTED = os.environ.get("KAIZEN_TEST_VENDOR_SDKS") == "1"

pytestmark = [
    pytest.mark.vendor_sdk,
    pytest.mark.skipif(not WANTED, reason="opt-in: `make vendor`, then KAIZEN_TEST_VENDOR_SDKS=1 make test"),
]

READ = ["Lovelace", "Analytical Engines", True]
FOUND = [["Difference Engines", True]]

SEEN = {
    "v8": {
        "created": [201, "SUCCESS"],
        "read": READ,
        "updated": [200, "SUCCESS"],
        "found": FOUND,
        "deleted": [200, "SUCCESS"],
        "gone": 204,
    },
    "v3": {
        "created": [201, "SUCCESS"],
        "read": READ,
        "updated": [200, "SUCCESS"],
        "found": FOUND,
        "deleted": [200, "SUCCESS"],
        "gone": 204,
    },
    "v2": {
        "user": True,
        "created": [201, "SUCCESS"],
        "read": READ,
        "updated": [200, "SUCCESS"],
        "found": FOUND,
        "deleted": [200, "SUCCESS"],
        "gone": 204,
    },
}


def run_sdk(name: str, server: KaizenProcess, folder: Path) -> Any:
    """Run one SDK's script with the interpreter of its own environment."""
    python = ROOT / ".venv-vendor" / name / "bin" / "python"
    assert python.exists(), "the official SDKs are not installed; run `make vendor`"
    credentials = server.database.with_name("credentials.json")
    ran = subprocess.run(
        [python, ROOT / "tests" / "conformance" / "vendor" / f"lead_with_{name}.py", credentials, folder],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


@pytest.mark.source("recorded: official SDKs, what those of v8 and v2 make of our answers")
@pytest.mark.parametrize("name", SEEN)
def test_an_unmodified_sdk_works_with_a_lead(name: str, kaizen_process: KaizenProcess, tmp_path: Path) -> None:
    assert run_sdk(name, kaizen_process, tmp_path) == SEEN[name]
