"""What the SDK logs: events and their facts, never a secret."""

from __future__ import annotations

import logging
import re
import sys
import threading
from pathlib import Path
from typing import Final

log: Final = logging.getLogger("kaizen.sdk")
log.addHandler(logging.NullHandler())

#: Tokens and secrets, however they come into a line: as the service writes them, or behind a name.
_SECRETS: Final = (
    (re.compile(r"\b1000\.[0-9A-Za-z]{8,}(?:\.[0-9A-Za-z]{8,})?"), "1000.***"),
    (
        re.compile(
            r"(?i)\b(client_secret|access_token|refresh_token|grant_token|accesstoken|refreshtoken|password"
            r"|Zoho-oauthtoken|Bearer)(\"?'?\s*[=:]\s*\"?'?|\s+)[^\s\"'&,}]{6,}"
        ),
        r"\1\2***",
    ),
    # A grant token in an address; elsewhere a code is what the service answers.
    (re.compile(r"([?&]code=)[^&\s\"']+"), r"\1***"),
)

_attached: set[str] = set()
_guard: Final = threading.Lock()


def redact(text: str) -> str:
    """Replace tokens and secrets in a text."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class RedactingFormatter(logging.Formatter):
    """Writes an event with its facts on one line, and removes secrets from all of it, including the traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Write the line."""
        facts = " ".join(f"{k}={v!r}" for k, v in record.__dict__.items() if k not in _ORDINARY)
        line = super().format(record)
        return redact(f"{line} {facts}" if facts else line)


#: What every record of the logging module has; the rest was given as extra.
_ORDINARY: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


def attach(path: str | None, console: bool) -> None:
    """Write the log to a file or to stderr, as the two configuration keys say; each at most once a process."""
    with _guard:
        if path is not None:
            file = str(Path(path).expanduser().absolute())
            if file not in _attached:
                _attached.add(file)
                _add(logging.FileHandler(file, encoding="utf-8", delay=True))
        if console and "" not in _attached:
            _attached.add("")
            _add(logging.StreamHandler(sys.stderr))


def _add(handler: logging.Handler) -> None:
    handler.setFormatter(RedactingFormatter())
    log.addHandler(handler)
    if log.level == logging.NOTSET:
        log.setLevel(logging.INFO)
