"""Write docs/reference/cli.md from the help of the commands and the settings of the server. `--check` compares only."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from cyclopts import App

from kaizen.cli.main import COMMANDS, FAILED, INTERRUPTED, USAGE, application
from kaizen.server import settings

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "cli.md"
HEAD = f"""<!-- Written by scripts/generate_cli_reference.py (make fix); do not edit. -->
# The command line

`kaizen COMMAND --help` shows the same.
`pip install kaizen-crm` installs the commands that talk to a server, `pip install 'kaizen-crm[server]'` also the server.

The exit status is 0 after success, {FAILED} after a failure, {USAGE} when an argument or a file cannot be used, {INTERRUPTED} after an interruption.
Problems are reported on stderr, in one sentence.
"""  # noqa: E501 - one sentence to a line
SETTINGS = """
## Settings of the server

`kaizen serve` takes each setting from the first of these: its option, the environment, a TOML file (`--config`, or `kaizen.toml` in the folder).
In the file, `smtp`, `tokens`, `http` and `keep` are tables.
A file that is shared with [the SDK](sdk.md#configuration) has the settings of the server in the table `[server]` (and `[server.smtp]`), and those of the SDK in `[kaizen]`; each ignores the other's table.

| key | environment | default | |
| --- | --- | --- | --- |
"""  # noqa: E501 - as above
TABLES = {name: kind.__name__ for name, kind in settings.TABLES.items()}


def command(name: str) -> str:
    """Write the sections of one command, or of a group and its commands."""
    app = application(name)[name]
    inner = [each for each in app if not each.startswith("-")]
    if not inner:
        return section(name, app)
    return f"\n## `kaizen {name}`\n\n{app.help}\n" + "".join(section(f"{name} {each}", app[each]) for each in inner)


def section(name: str, app: App) -> str:
    """Write the section of one command."""
    written = app.generate_docs(output_format="markdown")
    last = name.rsplit(maxsplit=1)[-1]
    usage = re.compile(rf"# {last}\n\n```console\n{last}(?P<usage>.*?)\n```\n", re.DOTALL)
    found = usage.match(written)
    if found is None:
        raise ValueError(f"the help of {name} does not begin as it did: {written[:80]!r}")
    said = written[found.end() :].replace("**Arguments**:", "Arguments:").replace("**Parameters**:", "Options:")
    level = "#" * (1 + len(name.split()))
    return f"\n{level} `kaizen {name}`\n\n```text\nkaizen {name}{found['usage']}\n```\n{said.rstrip()}\n"


def setting_rows() -> Iterator[str]:
    """Write a row for every setting."""
    source = Path(settings.__file__).read_text("utf-8")
    kinds = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    lines = source.splitlines()
    options = application("serve")["serve"].assemble_argument_collection()
    optional = {argument.name for argument in options}
    for name, default, comment in fields(kinds["Settings"], lines):
        inner = TABLES.get(name)
        if inner is None:
            option = f"--{name.replace('_', '-')}"
            yield row(name, name, default, comment or (f"as `{option}`" if option in optional else ""))
            continue
        for key, value, remark in fields(kinds[inner], lines):
            yield row(f"{name}.{key}", f"{name}_{key}", value, remark)


def fields(kind: ast.ClassDef, lines: list[str]) -> Iterator[tuple[str, str, str]]:
    """Give the name, the default and the comment of every field of a struct."""
    for node in kind.body:
        if not isinstance(node, ast.AnnAssign):
            continue
        _, _, beside = lines[node.lineno - 1].partition("#: ")
        above = lines[node.lineno - 2].strip()
        comment = beside or (above.removeprefix("#: ") if above.startswith("#: ") else "")
        yield ast.unparse(node.target), shown(node.value), comment


def shown(default: ast.expr | None) -> str:
    """Write a default as the TOML file would have it; nothing where there is none."""
    if default is None:
        return "mandatory"
    value = eval(ast.unparse(default), vars(settings).copy())
    if value is None or value == "":
        return ""
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def row(key: str, variable: str, default: str, comment: str) -> str:
    """Write a row of the table."""
    named = "" if key in settings.NOT_IN_ENVIRONMENT else f"`{settings.PREFIX}{variable.upper()}`"
    return f"| `{key}` | {named} | {default} | {comment} |"


def page() -> str:
    """Write the page."""
    commands = "".join(command(name) for name in COMMANDS)
    return HEAD + commands + SETTINGS + "\n".join(setting_rows()) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or tell whether it is what would be written."""
    text = page()
    if arguments == ["--check"]:
        if PAGE.exists() and PAGE.read_text("utf-8") == text:
            return 0
        print(f"{PAGE.relative_to(ROOT)} is out of date; run `make fix`")
        return 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
