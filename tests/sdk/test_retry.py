"""Whether a call is sent again, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaizen.sdk.errors import TransportError
from kaizen.sdk.retry import (
    Again,
    Ambiguous,
    Answered,
    AttemptOutcome,
    Lost,
    NotSent,
    RetryPolicy,
    Settle,
    Verdict,
    decide,
)

NOW = 1_700_000_000.0
GONE = TransportError("gone")


@dataclass(frozen=True)
class Case:
    name: str
    outcome: AttemptOutcome
    expected: Verdict
    may_repeat: bool = True
    attempt: int = 0
    elapsed: float = 0.0
    policy: RetryPolicy = field(default_factory=RetryPolicy)


def answered(status: int, code: str | None = None, **headers: str) -> Answered:
    named: Mapping[str, str] = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answered(status, named, code)


CASES = [
    Case("no connection: nothing was sent, so even a create is sent again", NotSent(GONE), Again(0.25), False),
    Case("a lost answer to a read", Lost(GONE), Again(0.25)),
    Case("a lost answer to a create", Lost(GONE), Ambiguous(), may_repeat=False),
    Case("a refusal is final", answered(400), Settle()),
    Case("a missing record is final", answered(404), Settle()),
    Case("a bad token is the business of another place", answered(401, "INVALID_TOKEN"), Settle()),
    Case("an operation that is not served is final", answered(501), Settle()),
    Case("success", answered(200), Settle()),
    Case("too many calls, even for a create", answered(429), Again(0.25), may_repeat=False),
    Case("too many calls, told by code", answered(400, "TOO_MANY_REQUESTS"), Again(0.25), may_repeat=False),
    Case("too many calls, told by the search's code", answered(400, "RATE_LIMIT_EXCEEDED"), Again(0.25)),
    Case("a wait that the service names", answered(429, retry_after="7"), Again(7.0)),
    Case(
        "a moment that the service names",
        answered(429, retry_after="Tue, 14 Nov 2023 22:13:30 GMT"),
        Again(10.0),
    ),
    Case("a moment that is over", answered(429, retry_after="Tue, 14 Nov 2023 22:13:10 GMT"), Again(0.0)),
    Case("a wait that nobody can read", answered(429, retry_after="soon"), Again(0.25)),
    Case("the reset of the old versions", answered(429, x_ratelimit_reset="1700000003500"), Again(3.5)),
    Case("a wait beyond the total is not begun", answered(429, retry_after="300"), Settle()),
    Case("a failed read", answered(503), Again(0.25)),
    Case("a failed read with a named wait", answered(503, retry_after="2"), Again(2.0)),
    Case("a failed create may have happened", answered(500), Ambiguous(), may_repeat=False),
    Case("a gateway's failure to a create too", answered(504), Ambiguous(), may_repeat=False),
    Case("the wait doubles", Lost(GONE), Again(0.5), attempt=1),
    Case("and doubles again", Lost(GONE), Again(1.0), attempt=2),
    Case("up to the longest", Lost(GONE), Again(15.0), attempt=9, policy=RetryPolicy(retries=20)),
    Case("the last attempt", Lost(GONE), Settle(), attempt=4),
    Case("no retries wanted", Lost(GONE), Settle(), policy=RetryPolicy(retries=0)),
    Case("the time is up", Lost(GONE), Settle(), elapsed=119.9),
]


@pytest.mark.source("reference: SDK 5.3, retry table")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_decide(case: Case) -> None:
    verdict = decide(
        case.policy,
        case.outcome,
        may_repeat=case.may_repeat,
        attempt=case.attempt,
        elapsed=case.elapsed,
        now=NOW,
        rng=lambda: 0.0,
    )

    assert verdict == case.expected


@pytest.mark.source("reference: SDK 5.3, retry table")
@given(attempt=st.integers(0, 40), chance=st.floats(0, 1, exclude_max=True), retries=st.integers(0, 40))
def test_a_wait_of_our_own_is_at_least_half_of_its_ceiling_and_never_more(
    attempt: int, chance: float, retries: int
) -> None:
    policy = RetryPolicy(retries=retries, total=1e9)

    verdict = decide(policy, Lost(GONE), may_repeat=True, attempt=attempt, elapsed=0, now=NOW, rng=lambda: chance)

    ceiling = min(30.0, 0.5 * 2**attempt)
    if attempt >= retries:
        assert verdict == Settle()
    else:
        assert isinstance(verdict, Again)
        assert ceiling / 2 <= verdict.delay <= ceiling
