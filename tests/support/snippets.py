"""Doing what a page of the docs says: its console and python snippets, in order, in a folder of their own."""

import contextlib
import io
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

RUNNABLE: Final = ("console", "python")
#: The port that the pages name; a free one takes its place.
PORT: Final = "8700"

#: Characters that fit into a line of a code block on a laptop's screen, 1280 pixels wide.
WIDTH: Final = 90

_FENCE = re.compile(
    r"(?:^<!-- not run: (?P<why>[^\n]+) -->\n\s*)?^```(?P<language>[^\n]*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_SERVES: Final = "kaizen serve"
_READY: Final = "Kaizen listens at "
_ID: Final = re.compile(r"\b[0-9]{19}\b")
_END: Final = "--- end of the command, status"


@dataclass(frozen=True)
class Snippet:
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    body: str
    not_run: str = ""  #: why it is not run

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        return f"{self.page}:{self.line}"

    def commands(self) -> Iterator[tuple[str, str]]:
        """Give what is typed after each prompt, and the output that is shown below it."""
        command, output = "", ""
        going_on = False
        for line in self.body.splitlines():
            if going_on:
                command += f"\n{line}"
            elif line.startswith("$ "):
                if command:
                    yield command, output
                command, output = line[2:], ""
            else:
                assert command, f"{self.place}: a console snippet begins with a prompt"
                output += f"{line}\n"
                continue
            going_on = line.endswith("\\")
        if command:
            yield command, output


def snippets(path: Path, name: str) -> list[Snippet]:
    """Read the fenced blocks of a page."""
    text = path.read_text("utf-8")
    return [
        Snippet(name, text.count("\n", 0, found.start()) + 1, found["language"], found["body"], found["why"] or "")
        for found in _FENCE.finditer(text)
    ]


def agrees(shown: str, seen: str) -> bool:
    """Tell whether what a page shows is what was seen; `...` in it stands for anything, and one id for another."""
    pattern = ".*?".join(re.escape(piece) for piece in _trimmed(shown).split("..."))
    return re.fullmatch(_ID.sub(lambda _: _ID.pattern, pattern), _trimmed(seen), re.DOTALL) is not None


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@dataclass
class Reader:
    """Somebody who does what a page says.

    `given` has the placeholders of the pages, each with what gives the text that takes its place, from the names
    that the programs have made so far.
    """

    folder: Path
    given: Mapping[str, Callable[[Mapping[str, Any]], str]] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)  #: what the python snippets share

    def __post_init__(self) -> None:
        self._port = _free_port()
        ours = {name: value for name, value in os.environ.items() if not name.startswith("KAIZEN_")}
        self._environment = {
            # Nobody reads on what a server says, and a pipe that is full would hold it.
            "KAIZEN_LOG_REQUESTS": "false",
            **ours,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "KAIZEN_PORT": str(self._port),
            "COLUMNS": str(WIDTH),
            "NO_COLOR": "1",
        }
        self._servers: list[subprocess.Popen[str]] = []
        self._shell = self._popen(["bash", "--noprofile", "--norc"], stdin=subprocess.PIPE)

    def read(self, page: list[Snippet]) -> None:
        """Do everything on a page."""
        for number, snippet in enumerate(page):
            if snippet.not_run:
                continue
            if snippet.language == "console":
                for command, shown in snippet.commands():
                    self._expect(snippet, command, shown, self.type(self._placed(command), shown.count("\n")))
            elif snippet.language == "python":
                after = page[number + 1] if number + 1 < len(page) else None
                shown = after.body if after is not None and after.language == "text" else ""
                self._expect(snippet, "the program", shown, self.execute(snippet))

    def type(self, command: str, lines: int = 0) -> str:
        """Type a command and give what it writes; a server goes on, and the first lines of its output are read."""
        if command.startswith(_SERVES):
            return self._serve(command, max(lines, 1))
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f"{{ {command}\n}} </dev/null; ended=$?; echo; echo '{_END}' $ended\n")
        self._shell.stdin.flush()
        written = ""
        for line in self._shell.stdout:
            if line.startswith(_END):
                assert line.split()[-1] == "0", f"$ {command}\n{written}"
                return written
            written += line
        raise AssertionError(f"the shell ended at\n$ {command}\n{written}")

    def execute(self, snippet: Snippet) -> str:
        """Run a python snippet in this process and give what it prints."""
        written = io.StringIO()
        program = compile(self._placed(snippet.body), snippet.place, "exec")
        with contextlib.redirect_stdout(written):
            exec(program, self.names)
        return written.getvalue()

    def close(self) -> None:
        """Leave nothing running."""
        for value in self.names.values():
            if type(value).__name__ == "Client":
                value.close()
        self._stop_servers()
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.close()
        self._shell.wait(30)
        self._shell.stdout.close()

    def _serve(self, command: str, lines: int) -> str:
        # On a page, a server is started where the one before was stopped: they listen at one port.
        self._stop_servers()
        server = self._popen(shlex.split(command.replace("\\\n", " ")))
        self._servers.append(server)
        assert server.stdout is not None
        written = ""
        for line in server.stdout:
            written += line
            if written.startswith(_READY) and written.count("\n") >= lines:
                self._take_token()
                return written
        raise AssertionError(f"the server ended\n$ {command}\n{written}")

    def _take_token(self) -> None:
        # Pages write $TOKEN for the access token in the credentials file.
        credentials = self.folder / "kaizen-credentials.json"
        if credentials.exists():
            self.type(f"TOKEN={json.loads(credentials.read_text())['access_token']}")

    def _stop_servers(self) -> None:
        for server in self._servers:
            server.terminate()
            assert server.stdout is not None
            server.stdout.close()
            server.wait(30)
        self._servers.clear()

    def _popen(self, command: list[str], **how: Any) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **how,
        )

    def _placed(self, text: str) -> str:
        for name, meant in self.given.items():
            if name in text:
                text = text.replace(name, meant(self.names))
        return text.replace(PORT, str(self._port))

    def _expect(self, snippet: Snippet, what: str, shown: str, seen: str) -> None:
        seen = seen.replace(str(self._port), PORT)
        assert not shown or agrees(shown, seen), f"{snippet.place}: {what}\nshown:\n{shown}\nseen:\n{seen}"


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found: int = taken.getsockname()[1]
        return found
