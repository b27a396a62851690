"""The one reader of JSON bodies: what it takes, how a family words a refusal, how all problems are gathered."""

from collections.abc import Callable
from pathlib import Path

import pytest

import kaizen
from kaizen.json_body import json_types
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import NotedError, RefusedError, accepted, invalid, missing
from kaizen.json_body.json_path import JsonPath, item
from kaizen.json_body.wording import BodyWording
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

pytestmark = pytest.mark.source("assumed: the words of an answer are held by the tests of each family")

AT = item("tasks") / "name"
WORDING = BodyWording("wrong type", "missing", "too long", "not listed")


def refusal(read: Callable[[], object]) -> Problem:
    """Return why something is refused."""
    with pytest.raises(RefusedError) as caught:
        read()
    return caught.value.problem


WRONG = [
    (lambda at: json_types.mapping([], at), "jsonobject"),
    (lambda at: json_types.sequence({}, at), "jsonarray"),
    (lambda at: json_types.text(1, at), "text"),
    (lambda at: json_types.text("\ud83d", at), "text"),
    (lambda at: json_types.boolean("true", at), "boolean"),
    (lambda at: json_types.whole(True, at), "integer"),
    (lambda at: json_types.whole("1.5", at), "integer"),
    (lambda at: json_types.identifier(1.5, at), "bigint"),
]


@pytest.mark.parametrize(("read", "expected"), WRONG)
def test_a_value_of_the_wrong_type_says_where_it_is_and_what_is_expected(
    read: Callable[[JsonPath], object], expected: str
) -> None:
    problem = refusal(lambda: read(AT))

    assert problem == Problem(Code.INVALID_DATA, AT.position | {"expected_data_type": expected})
    assert refusal(lambda: read(AT.worded(WORDING))).text == "wrong type"


def test_a_family_words_what_it_refuses() -> None:
    place = AT.worded(WORDING)

    assert refusal(lambda: json_types.name(" ", place, longest=5)).text == "missing"
    assert refusal(lambda: json_types.text("longer", place, longest=5)).text == "too long"
    assert refusal(lambda: json_types.one_of("c", place, ("a", "b"))).text == "not listed"
    assert refusal(lambda: json_types.one_of("c", place, ("a", "b"), "said here")).text == "said here"


def test_a_place_inside_is_worded_like_the_one_around_it() -> None:
    inside = item("tasks").worded(WORDING) / "module" / "id"

    assert inside.position == {"api_name": "id", "json_path": "$.tasks[0].module.id"}
    assert missing(inside).problem.text == "missing"


def _even(raw: Json, place: JsonPath) -> int:
    number = json_types.whole(raw, place)
    if number % 2:
        raise invalid(place, "odd")
    return number


def _group(raw: Json, place: JsonPath) -> tuple[int, ...]:
    numbers = json_types.sequence(json_types.mapping(raw, place).get("numbers"), place / "numbers")
    return json_types.each(numbers, place / "numbers", _even)


GROUPS: list[Json] = [{"numbers": [2, 3, "x"]}, [], {"numbers": [4]}, {"numbers": [5]}]


def test_the_first_problem_ends_the_reading() -> None:
    at = JsonPath() / "groups"

    problem = accepted(lambda: json_types.each(GROUPS, at, _group))

    assert isinstance(problem, Problem)
    assert problem.details["json_path"] == "$.groups[0].numbers[1]"


def test_every_element_is_read_where_all_problems_are_asked_for() -> None:
    gathered: list[Problem] = []
    at = JsonPath(problems=gathered) / "groups"

    with pytest.raises(NotedError):
        json_types.each(GROUPS, at, _group)

    assert [problem.details["json_path"] for problem in gathered] == [
        "$.groups[0].numbers[1]",
        "$.groups[0].numbers[2]",
        "$.groups[1]",
        "$.groups[3].numbers[0]",
    ]


def test_what_is_without_problems_is_read_the_same_where_they_are_gathered() -> None:
    gathered: list[Problem] = []

    found = json_types.each([{"numbers": [2, 4]}], JsonPath(problems=gathered) / "groups", _group)

    assert found == ((2, 4),)
    assert not gathered


def test_an_object_is_read_key_by_key() -> None:
    row = BodyReader(
        {"name": " Ada ", "blank": " ", "count": "5", "owner": {"id": "7"}, "none": None, "parts": [{"n": 1}]},
        item("rows", 2),
    )

    assert row.text("name", 3) == "Ada"
    assert row.text("blank", 3) is None
    assert row.whole("count", 1, 9) == 5
    assert row.reference("owner") == 7
    assert row.flag("none") is None
    assert [part.whole("n", 1, 9) for part in row.children("parts")] == [1]
    assert refusal(lambda: row.whole("count", 6, 9)).details["range"] == {"from": 6, "to": 9}
    assert refusal(lambda: row.required("blank")).details == {"api_name": "blank", "json_path": "$.rows[2].blank"}


@pytest.mark.parametrize("words", ['"expected_data_type"', '"the id given seems to be invalid"', "expected_data_type="])
def test_what_all_families_say_is_written_once(words: str) -> None:
    source = Path(kaizen.__file__).parent
    files = [path for path in source.rglob("*.py") if "sdk" not in path.relative_to(source).parts]

    assert sum(path.read_text().count(words) for path in files) == (not words.endswith("="))
