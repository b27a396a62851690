"""Whether to send a call again, and when: one decision function without side effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from kaizen.sdk.errors import TransportError

#: Codes that say "too many calls" whatever the status.
_THROTTLED = frozenset({"TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED"})
#: Statuses after which the work may or may not have been done.
_FAILED = frozenset({500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request never left: no connection, no TLS, no free place in the pool."""

    error: TransportError


@dataclass(frozen=True, slots=True)
class Lost:
    """The request left, and no answer came back."""

    error: TransportError


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer came back."""

    status: int
    headers: Mapping[str, str]  #: looked up in lower case
    code: str | None = None  #: the service's own code, where the answer has one


AttemptOutcome: TypeAlias = NotSent | Lost | Answered


@dataclass(frozen=True, slots=True)
class Again:
    """Send it again after a wait."""

    delay: float  #: seconds


@dataclass(frozen=True, slots=True)
class Settle:
    """Take the outcome as it is."""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The call may have had its effect, and must not be sent again."""


Verdict: TypeAlias = Again | Settle | Ambiguous


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long to try."""

    retries: int = 4  #: further attempts after the first
    first_delay: float = 0.5  #: seconds; doubles with each attempt
    longest_delay: float = 30.0  #: seconds
    total: float = 120.0  #: seconds for all attempts of one call together


def decide(
    policy: RetryPolicy,
    outcome: AttemptOutcome,
    *,
    may_repeat: bool,
    attempt: int,
    elapsed: float,
    now: float,
    rng: Callable[[], float],
) -> Verdict:
    """Judge the outcome of attempt number `attempt` (0 is the first), `elapsed` seconds after the start.

    `now` is the time in seconds since the epoch: some waits are given as a moment.
    """
    match outcome:
        case NotSent():
            wait = None
        case Lost():
            if not may_repeat:
                return Ambiguous()
            wait = None
        case Answered(status, headers, code) if status == 429 or code in _THROTTLED:
            wait = wait_named(headers, now)
        case Answered(status, headers) if status in _FAILED:
            if not may_repeat:
                return Ambiguous()
            wait = wait_named(headers, now)
        case Answered():
            return Settle()
    if attempt >= policy.retries:
        return Settle()
    if wait is None:
        ceiling = min(policy.longest_delay, policy.first_delay * 2**attempt)
        # Half of it fixed, half of it chance: clients that failed together do not come back together.
        wait = ceiling * (0.5 + rng() / 2)
    if elapsed + wait > policy.total:
        return Settle()
    return Again(wait)


def wait_named(headers: Mapping[str, str], now: float) -> float | None:
    """Read how long the service asks to wait, in seconds; None when it does not say."""
    after = headers.get("retry-after", "").strip()
    if after.isdecimal():
        return float(after)
    if after:
        from email.utils import parsedate_to_datetime

        try:
            return max(0.0, parsedate_to_datetime(after).timestamp() - now)
        except ValueError:
            pass
    reset = headers.get("x-ratelimit-reset", "").strip()
    if reset.isdecimal():
        return max(0.0, int(reset) / 1000 - now)  # the service writes milliseconds since the epoch
    return None
