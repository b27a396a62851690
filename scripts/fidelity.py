"""Write docs/reference/fidelity.md: what each test of the service's behaviour rests on. `--check` compares only."""

import ast
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "fidelity.md"
HEAD = """<!-- Written by scripts/fidelity.py (make fix); do not edit. -->
# How faithful is it, and how do we know?

Every test of the service's behaviour says where its expectation comes from.
`reference` is the published description of the API and our specification drawn from it, `docs` the service's prose,
`recorded` an exchange we hold, and `assumed` our own decision where nothing public says what happens.
"""


def sources(path: Path) -> list[tuple[str, str, str]]:
    """List (kind, what, test) for every marked test of a file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.source":
                for said in mark.args:
                    if isinstance(said, ast.Constant):
                        kind, _, what = str(said.value).partition(":")
                        found.append((kind.strip(), what.strip(), f"{path.stem}.{node.name}"))
    return found


def page() -> str:
    """Build the page."""
    kinds: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for kind, what, test in sources(path):
            kinds[kind].append((what, test))
    lines = [HEAD, "| source | tests |", "|---|---|"]
    lines += [f"| {kind} | {len(kinds[kind])} |" for kind in sorted(kinds)]
    lines += ["", "## Assumed", "", "| what | test |", "|---|---|"]
    lines += [f"| {what.replace('|', chr(92) + '|')} | `{test}` |" for what, test in sorted(kinds["assumed"])]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the page."""
    text = page()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            print(f"{PAGE.relative_to(ROOT)} is out of date; run `make fix`")
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
