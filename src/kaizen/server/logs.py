"""Log lines: an event and its facts, one line each, on standard error, as text or as JSON."""

import logging
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final, Literal, TypeAlias

import msgspec
import structlog
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level
from structlog.typing import EventDict, Processor, WrappedLogger

from kaizen.accounts.secrets import masked
from kaizen.model.passwords import HIDDEN

Form: TypeAlias = Literal["console", "json"]
#: Writes a line of an event and its facts.
Tell: TypeAlias = Callable[[str, EventDict], None]

#: The request that is being answered; lines that are written meanwhile name it.
REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")

#: Facts that no line shows, whoever hands them in.
_SECRET: Final = frozenset({"authorization", "password", "secret", "client_secret", "body", "content"})
_TOKEN: Final = re.compile(r"1000\.[0-9a-f]{32}\.[0-9a-f]{32}")
_encode: Final = msgspec.json.Encoder(enc_hook=str).encode
_LEADING: Final = ("time", "level", "event")


def formatter(form: Form) -> logging.Formatter:
    """Return what writes the records of the standard library."""
    return ProcessorFormatter(
        foreign_pre_chain=[
            ExtraAdder(),
            add_log_level,
            _time_of_record,
            _request_id,
            structlog.processors.format_exc_info,
        ],
        processors=[ProcessorFormatter.remove_processors_meta, *_written(form)],
    )


def direct(form: Form, file: BinaryIO) -> Tell:
    """Return what writes lines that are too many for the standard library.

    A whole logger takes twice as long as its processors, which are called here by themselves.
    """
    logger = structlog.BytesLogger(file)
    processors = _written(form)

    def tell(event: str, facts: EventDict) -> None:
        line: Any = {"time": _now(), "level": "info", "event": event, **facts}
        for process in processors:
            line = process(logger, "info", line)
        logger.info(line.encode(errors="backslashreplace"))

    return tell


def configure(form: Form = "console") -> None:
    """Send the server's warnings and errors to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # The driver warns of the pipeline of every write that lost a race, and those are tried again.
    logging.getLogger("psycopg").setLevel(logging.ERROR)
    logging.getLogger("psycopg.pool").setLevel(logging.WARNING)


def _written(form: Form) -> Sequence[Processor]:
    return [_mask, _json if form == "json" else _text]


def _time_of_record(_: WrappedLogger, __: str, facts: EventDict) -> EventDict:
    facts["time"] = _shown(facts["_record"].created)
    return facts


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def _request_id(_: WrappedLogger, __: str, facts: EventDict) -> EventDict:
    number = REQUEST_ID.get()
    if number:
        facts["request_id"] = number
    return facts


def _mask(_: WrappedLogger, __: str, facts: EventDict) -> EventDict:
    """Hide what must not be seen: secrets by their name, tokens wherever they stand."""
    for name in _SECRET & facts.keys():
        facts[name] = HIDDEN
    for name, value in facts.items():
        if isinstance(value, str) and "1000." in value:
            facts[name] = _TOKEN.sub(lambda found: masked(found[0]), value)
    return facts


def _json(_: WrappedLogger, __: str, facts: EventDict) -> str:
    if next(iter(facts)) != "time":
        facts = {**{name: facts.pop(name) for name in _LEADING}, **facts}
    return _encode(facts).decode()


def _text(_: WrappedLogger, __: str, facts: EventDict) -> str:
    """Write `time LEVEL event name=value ...`, then the traceback if there is one."""
    return _line(facts.pop("time"), facts.pop("level").upper(), facts.pop("event"), facts.pop("exception", ""), facts)


def _line(time: str, level: str, event: str, trace: str, facts: Mapping[str, object]) -> str:
    said = " ".join([time, level, _whole(event), *(f"{name}={_whole(value)}" for name, value in facts.items())])
    return f"{said}\n{trace}" if trace else said


def _whole(value: object) -> str:
    """Return a fact in one line: a stranger who chose it must not begin lines of his own."""
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
