"""Every citation can be followed, and what checks it notices each way in which one cannot."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MARK = "@pytest.mark." + 'source("{}")\ndef test_it():\n    pass\n'
PAGE = """
| `platform A.5` | tokens | the documentation |
| `createUser examples` | users | examples |
"""


def check(root: Path) -> list[str]:
    """Run the check on a checkout and return what it says."""
    script = ROOT / "scripts" / "sources.py"
    run = subprocess.run([sys.executable, script, "--check", root], capture_output=True, text=True, check=False)
    assert run.returncode == bool(run.stdout), run.stderr
    return run.stdout.splitlines()


@pytest.mark.source("assumed: whoever reads a citation wants to know what it says and where")
def test_every_citation_is_on_the_page_and_nothing_else_is() -> None:
    assert check(ROOT) == []


@dataclass(frozen=True)
class Written:
    name: str
    mark: str
    code: str
    said: tuple[str, ...] = ()


WRITTEN = [
    Written("both rows", "reference: platform A.5: a remark on B.7", "# Why (docs: createUser examples)."),
    Written("in one mark", "reference: platform A.5; docs: createUser examples; that it is so is assumed", ""),
    Written("below a decision", "assumed: ours, as platform A.5 leaves it; docs: createUser examples", ""),
    Written("in a docstring", "docs: createUser examples", '"""Tokens (reference: platform\nA.5)."""'),
    Written("in a broken comment", "docs: createUser examples", "# Tokens (reference: platform\n# A.5)."),
    Written("a part of a section", "reference: platform A.5.2; docs: createUser examples", ""),
    Written(
        "what has no row",
        "reference: platform A.5, A.8; docs: createUser, updateUser examples",
        "",
        (
            "tests/test_a.py:1: `platform A.8` is cited and has no row; add it to the table of its document on",
            "tests/test_a.py:1: `updateUser examples` is cited and has no row; add it to the table of its document",
        ),
    ),
    Written(
        "what nothing cites",
        "reference: platform A.5",
        "",
        ("docs/reference/sources.md: nothing cites `createUser examples` any more; take its row out",),
    ),
    Written(
        "no document",
        "reference: platform A.5; docs: no answer is a 500",
        "# (docs: createUser examples) (reference: platform A.5) (reference: hearsay)",
        ("src/a.py:1: 'hearsay': `hearsay` names no", "tests/test_a.py:1: 'reference: platform A.5; docs: no answer"),
    ),
    Written(
        "a name of before",
        "reference: platform A.5; workflow rules G.1; docs: createUser examples",
        "# (docs: createUser examples) (reference: platform A.5)",
        ("tests/test_a.py:1: 'reference: platform A.5; workflow rules G.1; docs: createUser examples': the document",),
    ),
    Written(
        "no kind",
        "platform A.5; docs: createUser examples",
        "# (docs: createUser examples) (reference: platform A.5)",
        ("tests/test_a.py:1: 'platform A.5; docs: createUser examples': a mark begins with one of",),
    ),
]


@pytest.mark.source("assumed: whoever reads a citation wants to know what it says and where")
@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case.name)
def test_what_cannot_be_followed_is_told(case: Written, tmp_path: Path) -> None:
    for name, text in {
        "tests/test_a.py": MARK.format(case.mark),
        "src/a.py": case.code + "\n",
        "docs/reference/sources.md": PAGE,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    said = check(tmp_path)

    assert len(said) == len(case.said)
    assert all(line.startswith(expected) for line, expected in zip(said, case.said, strict=True)), said
