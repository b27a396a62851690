"""The words of a text: what searches look for (reference: platform D.2).

A word is what lies between separators. They are listed here, once, so that Python and every database see the same
words; letters, digits and all that is not listed belong to a word. Case does not count, accents do.
"""

import re
from collections.abc import Iterable
from typing import Final

from kaizen.fields.text import fold

#: A class of characters that Python and PostgreSQL read alike: ASCII but letters and digits, and the spaces and
#: punctuation of Latin-1, of the general block and of East Asian text.
SEPARATORS: Final = (
    r"[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb-\u00bf"
    r"\u00d7\u00f7\u2000-\u206f\u3000-\u303f\ufe50-\ufe6f\uff01-\uff0f]+"
)
#: PostgreSQL knows no NUL, and no text that is kept has one.
_SEPARATORS: Final = re.compile(SEPARATORS.replace(r"\u0001", r"\u0000"))
#: What `words_of` returns for a text without words.
NONE: Final = " "
#: An index needs no more of a word; what it finds is compared with the text itself.
_LONGEST: Final = 40


def words_of(folded: str) -> str:
    """Return the words of a text without case, each between spaces: `" t 7 "` of `"t-7"`; of none a single space."""
    return _SEPARATORS.sub(" ", f" {folded} ")


def has_words(folded: str, wanted: str) -> bool:
    """Return whether words stand in a text in this order, one behind the other; of no words, whether the text does."""
    words = words_of(wanted)
    return wanted in folded if words == NONE else words in words_of(folded)


def has_word_starting(folded: str, wanted: str) -> bool:
    """Return the same, where the last word may be only begun."""
    words = words_of(wanted)
    return wanted in folded if words == NONE else words.rstrip() in words_of(folded)


def number_of(folded: str) -> str:
    """Return the letters and digits of a phone number without what separates them."""
    return _SEPARATORS.sub("", folded)


def is_number(folded: str, wanted: str) -> bool:
    """Return whether a text is a phone number but for what separates its digits; of none, whether it stands in it."""
    number = number_of(wanted)
    return number_of(folded) == number if number else wanted in folded


def index_terms(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the different words of texts as an index of words holds them: letters of ASCII and digits only.

    What begins with a word begins with its term, too; two words may share a term.
    """
    return tuple(sorted({_term(word) for text in texts for word in words_of(fold(text)).split()}))


def terms_of(words: str) -> tuple[str, ...]:
    """Return the terms of what `words_of` returned, in order."""
    return tuple(dict.fromkeys(map(_term, words.split())))


def _term(word: str) -> str:
    word = word[:_LONGEST]
    return word if word.isascii() else "".join(c if c.isascii() else f"u{ord(c):x}" for c in word)
