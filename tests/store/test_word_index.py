"""Words are found by their index, and what is found is what the plain reading of criteria finds."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaizen.criteria.holds import holds
from kaizen.criteria.tree import Compare, Criteria, Group
from kaizen.fields.words import index_terms, terms_of, words_of
from kaizen.store import Database
from kaizen.store.migrations import MIGRATIONS
from kaizen.store.unit_of_work import Unit
from kaizen.vocabulary.comparators import Comparator, GroupOperator
from kaizen.vocabulary.data_types import DataType
from tests.store.test_plans import plan_of, scans
from tests.store.working import add, added, changed, dropped, open_with, query, selected
from tests.support.stores import created

pytestmark = pytest.mark.source("reference: platform D.2")

WORDS = (Comparator.HAS_WORDS, Comparator.HAS_WORD_STARTING)
ASKED = st.sampled_from((*WORDS, Comparator.SAME_NUMBER))
TEXTS = st.text(st.sampled_from("aAbtÉéßİ79 -._@'/\u3000中"), max_size=8)


def anywhere(comparator: Comparator, text: str) -> Criteria:
    """Make the criteria that any of two fields has words."""
    return Group(
        GroupOperator.OR,
        tuple(
            Compare((name,), comparator, text, data_type)
            for name, data_type in (("Deal_Name", DataType.TEXT), ("Stage", DataType.PICKLIST))
        ),
    )


def found(store: Database, comparator: Comparator, text: str) -> list[str]:
    """Return the names of the deals that have words."""
    return [
        str(row["Deal_Name"]) for row in selected(store, query("Deals", "Deal_Name", where=anywhere(comparator, text)))
    ]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6),
    wanted=TEXTS,
    comparator=ASKED,
)
def test_the_index_finds_what_the_plain_reading_finds(
    any_store: Database, texts: list[tuple[str, str]], wanted: str, comparator: Comparator
) -> None:
    rows = [{"Deal_Name": name or None, "Stage": stage or None} for name, stage in texts]
    where = anywhere(comparator, wanted)

    def work(unit: Unit) -> list[int]:
        ids = add(unit, "Deals", *rows)
        among = Compare(("id",), Comparator.IN, tuple(ids), DataType.BIGINT)
        both = Group(GroupOperator.AND, (among, where))
        return [ids.index(int(str(row["id"]))) for row in unit.select(query("Deals", where=both))]

    seen = sorted(any_store.write_now(work))

    assert seen == [n for n, row in enumerate(rows) if holds(where, row)]


def test_the_index_follows_every_write(any_store: Database) -> None:
    first, second = added(any_store, "Deals", {"Deal_Name": "T 7 engine"}, {"Deal_Name": "T 79"})

    assert found(any_store, Comparator.HAS_WORDS, "t 7") == ["T 7 engine"]
    assert found(any_store, Comparator.HAS_WORD_STARTING, "T 7") == ["T 7 engine", "T 79"]
    changed(any_store, "Deals", first, {"Deal_Name": "Boat", "Stage": "Engine room"})
    assert found(any_store, Comparator.HAS_WORDS, "t 7") == []
    assert found(any_store, Comparator.HAS_WORD_STARTING, "room") == ["Boat"]
    dropped(any_store, "Deals", first, second)
    assert any_store.read_now(lambda unit: unit.session.rows("SELECT COUNT(*) FROM kz_words")) == [(0,)]


@pytest.mark.parametrize("comparator", WORDS)
def test_a_search_for_words_reads_no_whole_table(any_store: Database, comparator: Comparator) -> None:
    asked = query("Deals", where=anywhere(comparator, "engine room"))

    plan = plan_of(any_store, lambda unit: unit.select(asked), bitmaps=True)

    assert "kz_words" in plan
    assert scans(plan) == []


def test_text_from_before_the_index_is_found(opening: Callable[[], Database], database_url: str) -> None:
    store = created(opening())
    added(store, "Deals", *({"Deal_Name": f"Engine {n}"} for n in range(3)), {"Deal_Name": "Boat"})

    def unmake(unit: Unit) -> None:
        unit.session.run("DROP TABLE kz_words")

    store.write_now(unmake)
    store.close()

    step = next(step for step in MIGRATIONS if step.__name__ == "_index_words")
    store = open_with(database_url, *MIGRATIONS, step)

    assert found(store, Comparator.HAS_WORD_STARTING, "eng") == ["Engine 0", "Engine 1", "Engine 2"]
    store.close()


@given(text=st.text(max_size=20), count=st.integers(0, 30))
def test_a_term_begins_as_its_word_does(text: str, count: int) -> None:
    words = words_of(text.lower()).split()
    begun = [word[:count] for word in words if word[:count]]

    terms = index_terms([text])

    assert all(any(term.startswith(part) for term in terms) for word in begun for part in terms_of(f" {word}"))
    assert all(term.isascii() and term.isalnum() for term in terms)
