"""What a running server counts, in the words of Prometheus."""

from collections import Counter as Counts
from dataclasses import dataclass, field
from typing import Final

import prometheus_client as prometheus
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import Scope

from kaizen.records.reactions.usage import rules_waiting_for
from kaizen.server.watching.exchange import Exchange
from kaizen.store import Database
from kaizen.store.errors import StoreError
from kaizen.store.measures import Measures, measure
from kaizen.store.parts.rule_memory import Looked, RuleTotals
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.automation import ActionType

CONTENT_TYPE: Final = prometheus.CONTENT_TYPE_LATEST

_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
#: Shown from the start, so that a graph does not begin with the first mail.
_MAIL_STATES: Final = ("kept", "waiting", "sent", "failed")
_KINDS: Final = (*(each.value for each in ActionType),)


@dataclass(frozen=True)
class _Numbers:
    """The metrics of one registry."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    woken: Counter
    fired: Counter
    actions: Counter
    waiting: Gauge
    late: Gauge
    mails: Gauge
    size: Gauge
    connections: Gauge
    up: Gauge


def _numbers() -> _Numbers:
    registry = CollectorRegistry()

    def gauge(name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"kaizen_{name}", what, labels, registry=registry)

    def counter(name: str, what: str, *labels: str) -> Counter:
        return Counter(f"kaizen_{name}", what, labels, registry=registry)

    return _Numbers(
        registry=registry,
        requests=counter("requests", "Requests answered, by operation and status", "method", "route", "status"),
        seconds=Histogram(
            "kaizen_request_seconds",
            "Seconds from a request to its answer",
            ("method", "route"),
            buckets=_SECONDS,
            registry=registry,
        ),
        woken=counter("rules_woken", "Times that a change woke a rule, whose criteria were then looked at"),
        fired=counter("rules_fired", "Times that a condition of a rule matched"),
        actions=counter("rule_actions", "Actions that rules carried out", "outcome"),
        waiting=gauge("queue_actions", "Actions that wait for their time", "kind"),
        late=gauge("queue_late_seconds", "Seconds since the first action that waits fell due"),
        mails=gauge("mails", "Mails in the outbox", "state"),
        size=gauge("database_bytes", "Size of the database"),
        connections=gauge("database_connections", "Connections to the database", "state"),
        up=gauge("database_up", "Whether the database could be read for these numbers"),
    )


@dataclass(frozen=True)
class Metrics:
    """Counts requests and rules while they run, and looks at the database when somebody asks."""

    store: Database
    _numbers: _Numbers = field(default_factory=_numbers)
    _known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = field(default_factory=dict)
    #: Changes that rules looked at since the last time somebody asked; which rules that were is looked up then.
    _looked: Counts[Looked] = field(default_factory=Counts)

    def answered(self, scope: Scope, exchange: Exchange) -> None:
        """Count a request."""
        key = (scope["method"], exchange.route, exchange.status)
        known = self._known.get(key)
        if known is None:
            method = key[0] if key[0] in _METHODS else "other"
            known = (
                self._numbers.requests.labels(method, exchange.route, str(exchange.status)),
                self._numbers.seconds.labels(method, exchange.route),
            )
            if method != "other":
                self._known[key] = known
        known[0].inc()
        known[1].observe(exchange.seconds)

    def reacted(self, totals: RuleTotals) -> None:
        """Count what rules did in a unit of work that was committed."""
        numbers = self._numbers
        numbers.woken.inc(totals.woken)
        numbers.fired.inc(totals.fired)
        numbers.actions.labels("done").inc(totals.done)
        numbers.actions.labels("failed").inc(totals.failed)
        self._looked.update(totals.looked)

    async def shown(self) -> bytes:
        """Write all numbers as Prometheus reads them."""
        try:
            self._note(*await self.store.read(self._read))
        except StoreError:
            self._numbers.up.set(0)
        for state, count in self.store.connections().items():
            self._numbers.connections.labels(state).set(count)
        return prometheus.generate_latest(self._numbers.registry)

    def _read(self, unit: Unit) -> tuple[Measures, dict[Looked, int]]:
        # A read may be run twice: what it found is noted afterwards.
        return measure(unit), {looked: rules_waiting_for(unit, *looked) for looked in self._looked}

    def _note(self, found: Measures, waiting_for: dict[Looked, int]) -> None:
        numbers = self._numbers
        for looked, rules in waiting_for.items():
            numbers.woken.inc(rules * self._looked.pop(looked))
        for kind in (*_KINDS, *found.waiting):
            numbers.waiting.labels(kind).set(found.waiting.get(kind, 0))
        for state in (*_MAIL_STATES, *found.mails):
            numbers.mails.labels(state).set(found.mails.get(state, 0))
        numbers.late.set(found.late)
        numbers.size.set(found.size)
        numbers.up.set(1)
