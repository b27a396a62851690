"""Log lines: an event and its facts, one line each, on standard error."""

import logging
import sys
from typing import Final

#: What every log record has; anything else on one is a fact of its event.
_ALWAYS: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class FactsFormatter(logging.Formatter):
    """Writes `time level event name=value ...`, then the traceback if there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        """Write one line."""
        facts = [f"{name}={_whole(value)}" for name, value in record.__dict__.items() if name not in _ALWAYS]
        return " ".join([super().formatMessage(record), *facts])


def _whole(value: object) -> str:
    """Return a fact in one line: a stranger who chose it must not begin lines of his own."""
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def configure() -> None:
    """Send the server's warnings and errors to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FactsFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # The driver warns of the pipeline of every write that lost a race, and those are tried again.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    logging.getLogger("psycopg.pool").setLevel(logging.WARNING)
