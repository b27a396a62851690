"""Every command and program in the README and the docs does what the page says."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kaizen import Client
from kaizen.cli.sample_data import write_sample_data
from tests.support.services import REQUIRED
from tests.support.snippets import RUNNABLE, WIDTH, Reader, Snippet, agrees, snippets

ROOT = Path(__file__).parents[2]
#: Run by tests/sdk/test_docs.py, against a service that knows their calls.
ELSEWHERE = {"docs/reference/sdk.md", "docs/how-to/tokens.md"}
#: A store of one's own is shown there without types.
UNTYPED = {"docs/how-to/tokens.md"}
#: Languages that are read and not run.
OTHERS = {"text", "json", "toml", "diff", "{toctree}"}
#: What a snippet that is not run may begin with, unless it needs another machine.
INSTALLS = ("make", "pip ", "python -m pip ", "apt ", "apt-get ")
OTHER_MACHINE = "needs another machine"
#: The id that pages name where they mean "the id of your deal".
A_DEAL = "4876876000100000123"

PAGES = {
    name: snippets(path, name)
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if "_build" not in path.parts and (name := str(path.relative_to(ROOT))) not in ELSEWHERE
}


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    """Somebody with a checkout, the sample data, and nothing running."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    sample = write_sample_data(tmp_path / "data")
    found = Reader(tmp_path, {" DATA": lambda _: f" {sample}", A_DEAL: lambda names: names["deal"].id})
    yield found
    found.close()


def get_ready(reader: Reader, page: list[Snippet]) -> None:
    """Start a server where the page takes one for granted, and make the deal that it speaks of."""
    if any("kaizen serve" in snippet.body for snippet in page):
        return
    reader.type("kaizen serve --ephemeral --clock 2026-01-05T09:00:00Z --credentials kaizen-credentials.json")
    with Client.from_credentials("kaizen-credentials.json") as crm:
        reader.names["deal"] = crm.deals.create({"Deal_Name": "Engine", "Stage": "Qualification"})


@pytest.mark.source("assumed: every snippet in the docs is run by the tests")
@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if any(s.language in RUNNABLE for s in page)])
def test_a_page_does_what_it_says(name: str, reader: Reader) -> None:
    page = PAGES[name]
    if any("curl" in snippet.body for snippet in page) and shutil.which("curl") is None and not REQUIRED:
        pytest.skip("this page uses curl, which is not installed")

    get_ready(reader, page)
    reader.read(page)


@pytest.mark.source("assumed: every snippet in the docs is run by the tests")
@pytest.mark.parametrize("snippet", [s for page in PAGES.values() for s in page], ids=lambda snippet: snippet.place)
def test_only_what_cannot_run_is_left_out(snippet: Snippet) -> None:
    assert snippet.language in {*RUNNABLE, *OTHERS}
    if snippet.not_run and not snippet.not_run.startswith(OTHER_MACHINE):
        assert all(command.startswith(INSTALLS) for command, _ in snippet.commands())


@pytest.mark.source("assumed: the programs on the pages hold what the types promise")
def test_the_programs_agree_with_the_types(tmp_path: Path) -> None:
    for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        programs = [snippet.body for snippet in snippets(path, path.name) if snippet.language == "python"]
        if programs and str(path.relative_to(ROOT)) not in UNTYPED:
            (tmp_path / f"{path.stem.replace('-', '_')}.py").write_text("\n".join(programs))
    pages = sorted(str(program) for program in tmp_path.glob("*.py"))
    options = ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path / "cache")]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *pages], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert checked.returncode == 0, checked.stdout
    assert len(pages) >= 5


@pytest.mark.source("assumed: nobody scrolls sideways to read a command")
@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda path: path.name
)
def test_no_line_of_a_code_block_is_wider_than_a_laptop(path: Path) -> None:
    if "_build" in path.parts:
        return
    # The reference shows whole answers, and patches show sources as they are; the page wraps both.
    wrapped = ("console", "json", "text") if "reference" in path.parts else ("diff",)
    lines = [line for s in snippets(path, path.name) if s.language not in wrapped for line in s.body.splitlines()]

    assert [line for line in lines if len(line) > WIDTH] == []


PAGE = """
```console
$ echo one; echo two
one
...
$ printf '%s\\n' \\
  three
```

```python
print(f"{1 + 1} things")
```

```text
2 things
```
"""
WRONG = {
    "another output": "```console\n$ echo two\none\n```\n",
    "a command that fails": "```console\n$ false\n```\n",
    "a server that does not start": "```console\n$ kaizen serve --port 70000\n```\n",
    "a program that prints something else": "```python\nprint(1)\n```\n\n```text\n2\n```\n",
    "a program that fails": "```python\nassert False\n```\n",
}


def written(text: str, folder: Path) -> list[Snippet]:
    (folder / "page.md").write_text(text)
    return snippets(folder / "page.md", "page.md")


@pytest.mark.source("assumed: every snippet in the docs is run by the tests")
def test_the_reader_does_what_is_right(reader: Reader) -> None:
    reader.read(written(PAGE, reader.folder))
    reader.read(written("<!-- not run: reason -->\n```console\n$ false\n```\n", reader.folder))


@pytest.mark.source("assumed: every snippet in the docs is run by the tests")
@pytest.mark.parametrize("text", WRONG.values(), ids=list(WRONG))
def test_the_reader_notices_what_is_wrong(text: str, reader: Reader) -> None:
    with pytest.raises(AssertionError):
        reader.read(written(text, reader.folder))


@pytest.mark.source("assumed: `...` on a page stands for anything")
def test_what_a_page_shows_agrees_with_what_is_seen() -> None:
    assert agrees('{"id": "...", "a": 1}\n', '{"id": "77", "a": 1}  \n')
    assert not agrees('{"id": "...", "a": 1}', '{"id": "77", "a": 2}')
    assert not agrees("one", "one\ntwo")
    assert agrees(f"Deals {A_DEAL}: done", "Deals 7190776741100000034: done")
    assert not agrees(f"Deals {A_DEAL}", "Deals 71907767411")
