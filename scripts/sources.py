"""Check that every citation can be followed: docs/reference/sources.md has a row for each, and none besides.

A citation stands in a test's mark, `@pytest.mark.source("reference: platform A.5, A.8; docs: createUser examples")`, or
in code as `(reference: platform A.5)`. It names a document of the page and the sections of it; whatever follows a colon
or stands between says more to a reader and nothing to this script. Parts are separated by semicolons, and each begins
with `reference`, `docs`, `recorded` or `assumed` unless it goes on with the one before.
"""

import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = "docs/reference/sources.md"
FOLDERS: Final = ("src", "tests", "bench", "scripts", "examples")

#: Documents that are cited by sections, with what a section of theirs looks like.
_CHAPTERS: Final = r"[A-I](?:\.\d+)*"
SECTIONS: Final[Mapping[str, re.Pattern[str]]] = {
    "platform": re.compile(rf"(?<![\w.]){_CHAPTERS}(?!\w)"),
    "automation": re.compile(rf"(?<![\w.])(?:{_CHAPTERS}|[CP]\d+)(?!\w)"),
    "SDK": re.compile(r"(?:^|(?<=, ))\d(?:\.\d)?(?!\w)"),
}
#: Documents that are cited as a whole.
WHOLE: Final = (
    "Kaizen 18",
    "Kaizen 215",
    "modules.json",
    "endpoints.json",
    "error catalogue",
    "official SDKs",
    "RFC 3986",
    "RFC 6749",
    "RFC 7239",
)
#: Names that documents had before.
RETIRED: Final[Mapping[str, str]] = {"workflow rules": "automation", "the seed": "Kaizen 215"}
KINDS: Final = ("reference", "docs", "recorded", "assumed")

_OPERATIONS: Final = re.compile(r"(?P<names>[a-z]+[A-Z]\w*(?:, [a-z]+[A-Z]\w*)*) (?P<what>[a-z]+(?: and [a-z]+)*)")
_FILE: Final = re.compile(r"OAS ([\w-]+)")
_IN_CODE: Final = re.compile(r"\((?:reference|docs): ((?:[^()]|\([^()]*\))+)\)")
_NAMED: Final = re.compile(rf"\b({'|'.join(SECTIONS)}) (?=[A-I](?:\d|\.\d|[,:;)]|$| (?:and|to|\d))|\d)")
_ROW: Final = re.compile(r"^\| `(?P<key>[^`]+)` \|(?P<says>[^|]+)\|(?P<where>[^|]+)\|$")


@dataclass(frozen=True)
class Cited:
    """One place that cites, and what it says."""

    place: str
    text: str
    is_mark: bool


class UnknownError(ValueError):
    """A citation that names no document; the message says what is wrong with it."""


def keys_of(text: str, *, is_mark: bool) -> set[str]:
    """Return what a citation has to have on the page; raises UnknownError."""
    for old, new in RETIRED.items():
        if re.search(rf"\b{old}(?: [A-H]\b| [A-H]\.\d|$|[,:;])", text):
            raise UnknownError(f"the document is called `{new}`, not `{old}`")
    found: set[str] = set()
    for number, part in enumerate(text.split("; ")):
        kind, said, rest = part.partition(": ")
        is_named = kind in KINDS and bool(said)
        if is_mark and number == 0 and not is_named:
            raise UnknownError(f"a mark begins with one of {', '.join(KINDS)}")
        body = rest if is_named else part
        keys = _keys(body)
        if not keys and (number == 0 or is_named) and kind != "assumed":
            raise UnknownError(f"`{body}` names no document of the page; what is our own decision is `assumed: ...`")
        found |= keys
    return found


def _keys(body: str) -> set[str]:
    """Return the keys of one part: of the document that it begins with, and of sections named further on."""
    found = set[str]()
    for named in _NAMED.finditer(body):
        document = named[1]
        head = re.split(r"[:;)]| (?:platform|automation|SDK) ", body[named.end() :])[0]
        found |= {f"{document} {_section(document, each)}" for each in SECTIONS[document].findall(head)}
    found |= {name for name in WHOLE if body.startswith(name) or f", {name}" in body}
    if operations := _OPERATIONS.match(body):
        what = [word.rstrip("s") for word in operations["what"].split(" and ")]
        kinds = {"example": "examples", "operation": "operation"}
        found |= {f"{name} {kinds[w]}" for name in operations["names"].split(", ") for w in what if w in kinds}
    if file := _FILE.match(body):
        found.add(f"OAS {file[1]}")
    return found


def _section(document: str, name: str) -> str:
    """Return the section that has a row: chapters to their second level, and what appendices and tables number."""
    if document == "automation" and name[0] == "C" and name[1:].isdigit():
        return "appendix 1"
    if name[0] == "P":
        return "F.2"
    return ".".join(name.split(".")[:2])


def citations(root: Path) -> Iterator[Cited]:
    """Give every citation of a checkout."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            source, place = path.read_text("utf-8"), str(path.relative_to(root))
            if folder == "tests":
                yield from _marks(place, source)
            for line, text in _prose(source):
                for found in _IN_CODE.finditer(text):
                    yield Cited(f"{place}:{line}", found[1], is_mark=False)


def _marks(place: str, source: str) -> Iterator[Cited]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.source":
            (said,) = node.args
            text = said.value if isinstance(said, ast.Constant) else f"<{ast.unparse(said)}: write it out>"
            yield Cited(f"{place}:{node.lineno}", str(text), is_mark=True)


def _prose(source: str) -> Iterator[tuple[int, str]]:
    """Give the comments and docstrings of a file with their lines, each in one line, neighbouring comments as one."""
    comment, begun, last = "", 0, -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1:
                yield begun, comment
                comment, begun = "", token.start[0]
            comment, last = f"{comment} {token.string.lstrip('#: ')}", token.start[0]
        elif token.type == tokenize.STRING and token.string.startswith('"""'):
            yield token.start[0], " ".join(token.string.split())
    yield begun, comment


def problems(root: Path) -> Iterator[str]:
    """Tell what is wrong with the citations and the page of a checkout."""
    rows = [found for line in (root / PAGE).read_text("utf-8").splitlines() if (found := _ROW.match(line))]
    keys = [row["key"] for row in rows]
    cited: dict[str, str] = {}
    missing: dict[str, list[str]] = defaultdict(list)
    for citation in citations(root):
        try:
            for key in keys_of(citation.text, is_mark=citation.is_mark):
                cited.setdefault(key, citation.place)
                if key not in keys:
                    missing[key].append(citation.place)
        except UnknownError as error:
            yield f"{citation.place}: {citation.text!r}: {error}"
    for key, places in sorted(missing.items()):
        yield (
            f"{places[0]}: `{key}` is cited and has no row; add it to the table of its document on {PAGE}: "
            f"| `{key}` | what it says, in a sentence of ours | where it is published |"
        )
    for key in sorted(set(keys)):
        if key not in cited:
            yield f"{PAGE}: nothing cites `{key}` any more; take its row out"
        if keys.count(key) > 1:
            yield f"{PAGE}: `{key}` has more than one row"


def main(arguments: list[str]) -> int:
    """Tell what is wrong with this checkout, or the one that is named; the status says whether anything is."""
    others = [Path(name) for name in arguments if name != "--check"]
    found = list(problems(others[0] if others else ROOT))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
