"""The programs in `examples/` run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import KaizenProcess

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.source("docs: Kaizen 18, step 4")
def test_the_sample_of_the_seed(kaizen_process: KaizenProcess, tmp_path: Path) -> None:
    credentials = kaizen_process.database.with_name("credentials.json")
    command = [sys.executable, str(EXAMPLES / "seed_sample.py"), str(credentials)]
    for _ in range(2):  # the second run finds the token that the first one kept; the grant works once
        ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        assert (ran.stdout, ran.stderr) == (f"Administrator <{kaizen_process.credentials['user_email']}>, CEO\n", "")
    told = subprocess.run(command[:-1], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (told.returncode, told.stderr.split()[0]) == (1, "usage:")
    assert (tmp_path / "tokens" / "kaizen_oauthtokens.jsonl").exists()
