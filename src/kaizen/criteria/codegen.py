"""Python source for criteria: fields are locals by position, operands are constants by position.

No text of a user ever becomes part of the source: names are numbers, and every operand is handed in as a value.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from kaizen.criteria.holds import holds
from kaizen.criteria.normal_form import NormalForm, normal_form_of
from kaizen.criteria.normal_tests import Form, Test
from kaizen.criteria.tree import Compare, Criteria, Group, key_of
from kaizen.fields.kinds import MANY, ValueKind
from kaizen.fields.text import fold
from kaizen.fields.words import number_of, words_of
from kaizen.model.values import Value, Values
from kaizen.vocabulary.comparators import GroupOperator

#: A generated function: takes the values that were looked up already, all values, their `get`, and what to do
#: with the number of a rule that holds.
Check: TypeAlias = Callable[[Sequence[Value], Values, Callable[[str], Value], Callable[[int], None]], None]

#: Reports the numbers of the rules that hold: takes all values, their `get`, and what to do with a number.
Look: TypeAlias = Callable[[Values, Callable[[str], Value], Callable[[int], None]], None]

#: Nested brackets beyond this are left to the interpreter; Python's parser stops at 200.
_DEEPEST: Final = 40

_SYMBOLS: Final = {
    Test.EQUAL: "==",
    Test.LESS: "<",
    Test.LESS_EQUAL: "<=",
    Test.GREATER: ">",
    Test.GREATER_EQUAL: ">=",
    # Between sets: the same elements, all of the other's.
    Test.SAME_SET: "==",
    Test.ALL_OF: ">=",
}

#: How a field is read: as it is, as folded text, as a set.
#: Empty text stands for no text: no operand is empty, so it satisfies nothing, as None would.
_READS: Final = {
    "v": "get({0})",
    "t": "fold(get({0}) or '')",
    "s": "folded(get({0}))",
}


class Sources:
    """All functions of one rule set: they share their constants and are compiled together."""

    def __init__(self, looked_up: Mapping[tuple[str, str], int]) -> None:
        #: Where a check finds fields that the index has read: by key and form.
        self.looked_up = looked_up
        self._names: dict[str, Any] = {
            "fold": fold,
            "folded": _folded,
            "holds": holds,
            "words_of": words_of,
            "number_of": number_of,
        }
        self._constants: dict[tuple[type, object], str] = {}
        self._text: list[str] = []
        self._count = 0

    def add(self, rules: Sequence[tuple[int, Criteria]]) -> str:
        """Write a function that reports which of the numbered rules hold; return its name."""
        name = f"f{self._count}"
        self._count += 1
        function = _Function(self, [tree for _, tree in rules])
        body = [f" if {function.expression(tree)}: hit({number})" for number, tree in rules]
        self._text += [f"def {name}(F, V, get, hit):", *function.reads(), *body]
        return name

    def look(
        self, indexes: Sequence[tuple[str, bool]], filed: Sequence[Mapping[Value, str]], rest: Sequence[str]
    ) -> Look:
        """Compile what was added into one function: it looks each indexed field up and calls what is filed there.

        `filed` names, for each index (a field, and whether its text is folded), the functions by value; `rest` those
        that are always called.
        """
        reads = (_READS["t" if folded else "v"].format(self.constant(key)) for key, folded in indexes)
        lines = [*self._text, "def look(V, get, hit):", f" F = ({''.join(f'{read}, ' for read in reads)})"]
        for place in range(len(indexes)):
            lines += [f" f = m{place}(F[{place}])", " if f is not None: f(F, V, get, hit)"]
        lines += [f" {name}(F, V, get, hit)" for name in rest]
        exec(compile("\n".join(lines), "<criteria>", "exec"), self._names)  # noqa: S102 - our words and numbers only
        for place, functions in enumerate(filed):
            self._names[f"m{place}"] = {value: self._names[name] for value, name in functions.items()}.get
        look: Look = self._names["look"]
        return look

    def constant(self, value: object) -> str:
        """Return the name of a constant."""
        key = (type(value), value)
        name = self._constants.get(key)
        if name is None:
            name = self._constants[key] = self.tree(value)
        return name

    def tree(self, value: object) -> str:
        """Return a name for criteria that are left to the interpreter."""
        name = f"c{len(self._names)}"
        self._names[name] = value
        return name


class _Function:
    """One function: an expression per rule; a field that several of them look at first is read once, before."""

    def __init__(self, sources: Sources, trees: Sequence[Criteria]) -> None:
        self._sources = sources
        self._constant = sources.constant
        looks = Counter(look for tree in trees for look in _first_looks(tree))
        self._shared = {
            look: self._name(*look) for look, times in looks.items() if times > 1 and look not in sources.looked_up
        }

    def reads(self) -> list[str]:
        """Write the lines that read the shared fields."""
        return [f" {local} = {self._read(*look)}" for look, local in self._shared.items()]

    def expression(self, criteria: Criteria, levels: int = _DEEPEST) -> str:
        """Write criteria as one expression."""
        if isinstance(criteria, Compare):
            return self._comparison(criteria)
        if not levels:
            return f"holds({self._sources.tree(criteria)}, V)"
        both = criteria.operator is GroupOperator.AND
        if not criteria.members:
            return str(both)
        word = " and " if both else " or "
        return f"({word.join(self.expression(member, levels - 1) for member in criteria.members)})"

    def _comparison(self, leaf: Compare) -> str:
        meaning = normal_form_of(leaf)
        key = key_of(leaf.path)
        if meaning.ref is not None:
            return self._against_field(key, key_of(meaning.ref.path), meaning)
        match meaning.test:
            case Test.ALWAYS:
                return "True"
            case Test.NEVER:
                return "False"
            case Test.EMPTY:
                return f"{self._once(key, 'v')} is None"
            case Test.FILLED:
                return f"{self._once(key, 'v')} is not None"
            case Test.EQUAL | Test.ONE_OF:
                return self._equality(key, meaning)
            case Test.LESS | Test.LESS_EQUAL | Test.GREATER | Test.GREATER_EQUAL:
                return self._bounded(key, meaning, f"{{}} {_SYMBOLS[meaning.test]} {{}}")
            case Test.BETWEEN:
                return self._bounded(key, meaning, "{1} <= {0} <= {2}")
            case Test.FORM:
                return self._forms_of_many(key, meaning) if meaning.kind in MANY else self._forms(key, meaning)
            case Test.SAME_SET | Test.ALL_OF:
                wanted = self._constant(frozenset(meaning.operands))
                return f"{_not(meaning)}({self._once(key, 's')} {_SYMBOLS[meaning.test]} {wanted})"
            case Test.ANY_OF:
                disjoint = f"{self._once(key, 's')}.isdisjoint({self._constant(meaning.operands)})"
                return disjoint if meaning.negated else f"(not {disjoint})"

    def _against_field(self, key: str, other_key: str, meaning: NormalForm) -> str:
        form = _form_read(meaning)
        mine, mine_first = self._named(key, form)
        other, other_first = self._named(other_key, form)
        test = _form(meaning.forms[0][0], mine, other) if meaning.forms else f"{mine} {_SYMBOLS[meaning.test]} {other}"
        absent = "''" if form == "t" else "None"
        filled = f"{mine_first} is not None and {other_first} is not None"
        if form == "t":
            filled = f"{mine_first} != {absent} and {other_first} != {absent}"
        return f"{_not(meaning)}({filled} and {test})"

    def _forms(self, key: str, meaning: NormalForm) -> str:
        mine, first = self._named(key, "t")
        tests = [_form(form, mine, self._constant(text)) for form, text in meaning.forms]
        form, text = meaning.forms[0]
        tests[0] = _form(form, first, self._constant(text))
        return f"{_not(meaning)}({' or '.join(tests)})"

    def _forms_of_many(self, key: str, meaning: NormalForm) -> str:
        tests = " or ".join(_form(form, "e", self._constant(text)) for form, text in meaning.forms)
        return f"{_not(meaning)}any({tests} for e in {self._once(key, 's')})"

    def _equality(self, key: str, meaning: NormalForm) -> str:
        # No operand is None or empty text, so these need no look at whether the field is.
        mine = self._once(key, _form_read(meaning))
        if meaning.test is Test.EQUAL:
            return f"{mine} {'!=' if meaning.negated else '=='} {self._operand(meaning.operands[0])}"
        word = "not in" if meaning.negated else "in"
        return f"{mine} {word} {self._constant(frozenset(meaning.operands))}"

    def _bounded(self, key: str, meaning: NormalForm, pattern: str) -> str:
        form = _form_read(meaning)
        mine, first = self._named(key, form)
        test = pattern.format(mine, *map(self._operand, meaning.operands))
        filled = f"{first} != ''" if form == "t" else f"{first} is not None"
        return f"{_not(meaning)}({filled} and {test})"

    def _once(self, key: str, form: str) -> str:
        """Write a field that is mentioned once."""
        place = self._sources.looked_up.get((key, form))
        if place is not None:
            return f"F[{place}]"
        return self._shared.get((key, form)) or self._read(key, form)

    def _named(self, key: str, form: str) -> tuple[str, str]:
        """Return the name of a field and the code of its first use, which binds the name."""
        if (key, form) in self._sources.looked_up or (key, form) in self._shared:
            known = self._once(key, form)
            return known, known
        local = self._name(key, form)
        return local, f"({local} := {self._read(key, form)})"

    def _name(self, key: str, form: str) -> str:
        return form + self._constant(key)[1:]

    def _read(self, key: str, form: str) -> str:
        return _READS[form].format(self._constant(key))

    def _operand(self, value: Value) -> str:
        # Whole numbers are quicker, and no less safe, as literals.
        return repr(value) if type(value) is int else self._constant(value)


def _first_looks(tree: Criteria) -> Iterator[tuple[str, str]]:
    """Return the fields that are read whatever the values of the others are: the first of an AND, all of an OR."""
    while isinstance(tree, Group) and tree.operator is GroupOperator.AND and tree.members:
        tree = tree.members[0]
    if isinstance(tree, Group):
        for member in tree.members:
            yield from _first_looks(member)
        return
    meaning = normal_form_of(tree)
    if meaning.test in (Test.EMPTY, Test.FILLED):
        yield key_of(tree.path), "v"
    elif meaning.test not in (Test.ALWAYS, Test.NEVER):
        yield key_of(tree.path), _form_read(meaning)


def _not(meaning: NormalForm) -> str:
    return "not " if meaning.negated else ""


def _form_read(meaning: NormalForm) -> str:
    if meaning.kind in MANY:
        return "s"
    if meaning.kind is ValueKind.TEXT:
        return "t"
    return "v"


def _form(form: Form, mine: str, text: str) -> str:
    match form:
        case Form.IS:
            return f"{mine} == {text}"
        case Form.STARTS:
            return f"{mine}.startswith({text})"
        case Form.ENDS:
            return f"{mine}.endswith({text})"
        case Form.CONTAINS:
            return f"{text} in {mine}"
        case Form.NUMBER:
            return f"number_of({mine}) == {text}"
        case Form.WORDS:
            return f"{text} in words_of({mine})"


def _folded(value: Value) -> frozenset[Value]:
    if value is None:
        return frozenset()
    if not isinstance(value, tuple):
        raise TypeError
    return frozenset(fold(part) if isinstance(part, str) else part for part in value)
