"""Side by side: several ways to do one thing, timed in turns, reported as medians and ratios."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager


def cpu() -> float:
    """Give the CPU seconds this process has used; what other processes do does not show in it."""
    return time.process_time()


@contextmanager
def without_collection() -> Iterator[None]:
    """Keep the garbage collector out of a measurement."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def medians_of(
    contenders: Mapping[str, Callable[[], object]],
    *,
    rounds: int = 5,
    clock: Callable[[], float] = cpu,
) -> dict[str, float]:
    """Time every contender once per round, all in turns, and return the median seconds of each.

    Taking turns lets a noisy minute hit all of them; the first, unmeasured round warms caches.
    """
    for run in contenders.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    with without_collection():
        for _ in range(rounds):
            for name, run in contenders.items():
                start = clock()
                run()
                seconds[name].append(clock() - start)
            gc.collect()
    return {name: statistics.median(times) for name, times in seconds.items()}


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay rows out in columns: text to the left, numbers to the right with the digits that matter."""
    cells = [[_shown(cell) for cell in row] for row in rows]
    widths = [max(len(line[at]) for line in [list(head), *cells]) for at in range(len(head))]
    numeric = [all(isinstance(row[at], int | float) for row in rows) for at in range(len(head))]

    def line(texts: Sequence[str]) -> str:
        padded = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(texts, widths, numeric, strict=True)
        ]
        return "  ".join(padded).rstrip()

    return "\n".join([line(list(head)), line(["-" * width for width in widths]), *map(line, cells)])


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:,.1f}" if abs(cell) >= 10 else f"{cell:,.2f}"
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
