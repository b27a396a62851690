"""Criteria: a compiled rule set against the plain interpreter, CPU per record. `python -m bench.criteria`."""

import random
import time
from collections.abc import Callable
from typing import Final

from bench.measure import medians_of, table
from kaizen.criteria.compile import compile_set
from kaizen.criteria.holds import holds
from kaizen.criteria.tree import Compare, Criteria, Group
from kaizen.model.values import Value, Values
from kaizen.vocabulary.comparators import Comparator as Is
from kaizen.vocabulary.comparators import GroupOperator
from kaizen.vocabulary.data_types import DataType

SIZES: Final = (10, 100, 1_000, 10_000)
RECORDS: Final = 2_000

_PICKS: Final = {
    "Stage": [f"Stage {n}" for n in range(10)],
    "Lead_Source": [f"Source {n}" for n in range(17)],
    "Type": ["New Business", "Existing Business", "Renewal"],
    "Industry": [f"Industry {n}" for n in range(19)],
    "Region": [f"Region {n}" for n in range(40)],
    "Product": [f"Product {n}" for n in range(60)],
    "Reason_For_Loss__s": ["Price", "Competition", "Timing", "Product", "Other"],
    "Campaign": [f"Campaign {n}" for n in range(100)],
    "Priority": ["High", "Medium", "Low"],
    "Country": [f"Country {n}" for n in range(60)],
}
_WORDS: Final = [f"word{n}" for n in range(200)]
_NUMBERS: Final = ("Amount", "Expected_Revenue", "Discount", "Cost", "Margin", "Budget")
_COUNTS: Final = ("Probability", "Seats", "Visits", "Age")
_DATES: Final = ("Closing_Date", "Start_Date", "Renewal_Date")
_TEXTS: Final = ("Deal_Name", "Description", "Next_Step", "City", "Street", "Competitor")
_FLAGS: Final = ("Is_Partner", "Do_Not_Call")
_OWNERS: Final = [4876876000000300000 + n for n in range(50)]


def a_record(dice: random.Random) -> Values:
    """Make a record of 34 fields, a tenth of them empty."""
    values: dict[str, Value] = {name: dice.choice(options) for name, options in _PICKS.items()}
    values |= {name: round(dice.uniform(0, 100_000), 2) for name in _NUMBERS}
    values |= {name: dice.randrange(100) for name in _COUNTS}
    values |= {name: f"2025-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}" for name in _DATES}
    values |= {name: " ".join(dice.choices(_WORDS, k=4)).title() for name in _TEXTS}
    values |= {name: dice.random() < 0.5 for name in _FLAGS}
    values |= {"Owner": dice.choice(_OWNERS), "Created_By": dice.choice(_OWNERS), "Modified_Time": 1_750_000_000}
    for name in dice.sample(list(values), 3):
        values[name] = None
    return values


def some_criteria(dice: random.Random) -> Criteria:
    """Make criteria as people write them: a value or two that must be, and a bound or a word beside them."""
    kind = dice.random()
    if kind < 0.80:
        return Group(
            GroupOperator.AND, (_equality(dice), _equality(dice), *(_detail(dice) for _ in range(dice.randrange(3))))
        )
    if kind < 0.95:
        either = Group(GroupOperator.OR, (_detail(dice), _detail(dice)))
        return Group(GroupOperator.AND, (_equality(dice), either))
    branches = tuple(Group(GroupOperator.AND, (_equality(dice), _equality(dice), _detail(dice))) for _ in range(2))
    return Group(GroupOperator.OR, branches)


def _equality(dice: random.Random) -> Compare:
    roll = dice.random()
    if roll < 0.25:
        return Compare(("Owner",), Is.EQUAL, dice.choice(_OWNERS), DataType.OWNERLOOKUP)
    name = dice.choice(list(_PICKS))
    if roll < 0.35:
        return Compare((name,), Is.IN, tuple(dice.sample(_PICKS[name], 2)), DataType.PICKLIST)
    return Compare((name,), Is.EQUAL, dice.choice(_PICKS[name]), DataType.PICKLIST)


def _detail(dice: random.Random) -> Compare:
    makers: tuple[Callable[[], Compare], ...] = (
        lambda: Compare((dice.choice(_NUMBERS),), Is.GREATER_THAN, float(dice.randrange(100_000)), DataType.CURRENCY),
        lambda: Compare((dice.choice(_COUNTS),), Is.LESS_EQUAL, dice.randrange(100), DataType.INTEGER),
        lambda: Compare((dice.choice(_DATES),), Is.LESS_THAN, f"2025-{dice.randrange(1, 13):02}-15", DataType.DATE),
        lambda: Compare((dice.choice(_TEXTS),), Is.CONTAINS, dice.choice(_WORDS), DataType.TEXT),
        lambda: Compare((dice.choice(_TEXTS),), Is.NOT_CONTAINS, dice.choice(_WORDS), DataType.TEXT),
        lambda: Compare((dice.choice(list(_PICKS)),), Is.NOT_EQUAL, "Price", DataType.PICKLIST),
        lambda: Compare((dice.choice(_FLAGS),), Is.EQUAL, dice.random() < 0.5, DataType.BOOLEAN),
        lambda: Compare((dice.choice(_TEXTS),), Is.NOT_EMPTY, None, DataType.TEXT),
    )
    return dice.choice(makers)()


def measure(size: int, records: list[Values], *, rounds: int = 5) -> tuple[float, float, float, float]:
    """Return CPU microseconds per record compiled and interpreted, the share that matches, and seconds to build."""
    dice = random.Random(size)
    rules = {number: some_criteria(dice) for number in range(size)}
    start = time.process_time()
    compiled = compile_set(rules)
    built = time.process_time() - start
    # The interpreter needs milliseconds for a record: fewer of them will do.
    few = records[: max(20, min(len(records), 100_000 // size))]
    hits = 0
    for values in few:
        found = compiled.matches(values)
        if found != [number for number, tree in rules.items() if holds(tree, values)]:
            raise SystemExit("the compiled set and the interpreter disagree")
        hits += len(found)

    def fast() -> None:
        for values in records:
            compiled.matches(values)

    def plain() -> None:
        for values in few:
            for tree in rules.values():
                holds(tree, values)

    taken = medians_of({"compiled": fast, "interpreter": plain}, rounds=rounds)
    share = hits / (len(few) * size)
    return taken["compiled"] / len(records) * 1e6, taken["interpreter"] / len(few) * 1e6, share, built


def main() -> None:
    """Print the table."""
    dice = random.Random(1)
    records = [a_record(dice) for _ in range(RECORDS)]
    rows = []
    for size in SIZES:
        compiled, interpreter, share, built = measure(size, records)
        rows.append((size, compiled, interpreter, f"{interpreter / compiled:.0f}x", f"{share:.2%}", built))
    head = ("rules", "compiled us/record", "interpreter us/record", "ratio", "matching", "build CPU s")
    print(table(head, rows))


if __name__ == "__main__":
    main()
