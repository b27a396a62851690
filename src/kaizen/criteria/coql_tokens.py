"""The words of a COQL query, each with the place where it stands."""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code


class TokenKind(StrEnum):
    """What a word of a query is."""

    WORD = "word"  #: a name, a keyword, a number or a bare value
    TEXT = "text"  #: in quotes
    SIGN = "sign"  #: an operator, a bracket, a comma
    END = "end"


class CoqlToken(NamedTuple):
    """One word of a query."""

    kind: TokenKind
    text: str  #: without quotes
    start: int
    source: str  #: the whole query

    def says(self, *keywords: str) -> bool:
        """Return whether it is one of some keywords (given in lower case), or a sign."""
        return self.kind in (TokenKind.WORD, TokenKind.SIGN) and self.text.lower() in keywords

    @property
    def line(self) -> int:
        """The line on which it stands, from 1."""
        return self.source.count("\n", 0, self.start) + 1

    @property
    def column(self) -> int:
        """The place in the line at which it stands, from 1."""
        return self.start - (self.source.rfind("\n", 0, self.start) + 1) + 1


#: A sign, a text in quotes (a quote inside is doubled or has a backslash), or anything up to the next of these.
_TOKEN: Final = re.compile(
    r"""(?P<sign>!=|<=|>=|<>|[=<>(),*])|(?P<text>'(?:[^'\\]|''|\\.)*'|"(?:[^"\\]|""|\\.)*")|(?P<word>(?:[^\s'"=<>(),*!]|!(?!=))+)""",
    re.DOTALL,
)
_SPACE: Final = re.compile(r"\s*")
#: A query longer than this is refused, and one of more words: 500 columns with aggregates and other names, and 25
#: conditions of 100 values each, take some 10,000, which take some hundredths of a second to split and read.
LONGEST_QUERY: Final = 100_000
MOST_WORDS: Final = 15_000
#: What most words are looked up by.
_KINDS: Final = {kind.value: kind for kind in TokenKind}


def tokens_of(query: str) -> list[CoqlToken]:
    """Split a query into its words; the last one is its end. A quote that is not closed is a syntax error."""
    if len(query) > LONGEST_QUERY:
        raise syntax_error("error occured while parsing the query", {"near": query[:20]})
    tokens: list[CoqlToken] = []
    at = _end_of_space(query, 0)
    while at < len(query):
        found = _TOKEN.match(query, at)
        if found is None:
            raise syntax_error("error occured while parsing the query", {"near": query[at : at + 20]})
        if len(tokens) == MOST_WORDS:
            raise syntax_error("error occured while parsing the query", {"near": query[at : at + 20]})
        kind = _KINDS[str(found.lastgroup)]
        text = found[0]
        tokens.append(CoqlToken(kind, _unquoted(text) if kind is TokenKind.TEXT else text, at, query))
        at = _end_of_space(query, found.end())
    tokens.append(CoqlToken(TokenKind.END, "", len(query), query))
    return tokens


def syntax_error(message: str, details: dict[str, Json]) -> RequestRefusedError:
    """Refuse a query that cannot be parsed."""
    return RequestRefusedError(Problem(Code.SYNTAX_ERROR, details, message))


def unexpected(token: CoqlToken) -> RequestRefusedError:
    """Refuse a query because of a word that cannot stand where it stands."""
    if token.kind is TokenKind.END:
        return near(token)
    return syntax_error("unexpected token", {"line": token.line, "column": token.column, "near": token.text})


def near(token: CoqlToken) -> RequestRefusedError:
    """Refuse a query around a word; around its end, show what stands there."""
    shown = token.text or token.source.rstrip()[-20:].lstrip()
    return syntax_error("error occured while parsing the query", {"near": shown})


def _end_of_space(query: str, at: int) -> int:
    found = _SPACE.match(query, at)
    return found.end() if found else at


def _unquoted(text: str) -> str:
    quote, inner = text[0], text[1:-1].replace(text[0] * 2, text[0])
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL) if "\\" in inner else inner.replace(quote * 2, quote)
