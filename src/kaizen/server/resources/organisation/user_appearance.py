"""How a user wants the interface to look (reference: platform F.1). It is kept and shown; nothing here acts on it."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from kaizen.json_body import json_types
from kaizen.json_body.body_reader import BodyReader, reader_of
from kaizen.json_body.errors import RefusedError
from kaizen.model.people import User
from kaizen.model.problem import Problem
from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code

_CUSTOMIZE: Final = "customize_info"
_THEME: Final = "theme"
_TAB_GROUP: Final = "default_tab_group"
#: The colours of the old interface; clients of v2 read all of them.
_USUAL_TAB: Final[dict[str, Json]] = {"font_color": "#FFFFFF", "background": "#222222"}
_USUAL_THEME: Final[dict[str, Json]] = {
    "normal_tab": _USUAL_TAB,
    "selected_tab": _USUAL_TAB,
    "new_background": None,
    "background": "#F3F0EB",
    "screen": "fixed",
    "type": "default",
}
_USUAL_PANELS: Final[dict[str, Json]] = {
    "notes_desc": None,
    "show_right_panel": None,
    "bc_view": None,
    "show_home": False,
    "show_detail_view": True,
    "show_left_panel": True,
    "unpin_recent_item": None,
}
_TABS: Final = ("normal_tab", "selected_tab", "header")
_COLOURS: Final = ("background", "new_background")
_WORDS: Final = {"screen": ("fixed",), "type": ("default", "custom")}
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_MOST_GROUPS: Final = 2**31 - 1
_UNCONFIRMED: Final = "User is not confirmed so customization information cannot be updated"


def show_appearance(facts: Mapping[str, Json]) -> dict[str, Json]:
    """Show what was chosen, and the usual for the rest."""
    return {
        _TAB_GROUP: str(facts.get(_TAB_GROUP, 0)),
        _THEME: _over(_USUAL_THEME, facts.get(_THEME)),
        _CUSTOMIZE: _over(_USUAL_PANELS, facts.get(_CUSTOMIZE)),
    }


def read_appearance(row: BodyReader, user: User, known: Mapping[str, Json]) -> dict[str, Json]:
    """Read what a request chooses into the known facts of a user; null gives the usual back.

    Raises RefusedError.
    """
    facts = dict(known)
    for name in _READERS.keys() & row.given.keys():
        facts.pop(name, None)
        if row.has(name):
            facts[name] = _READERS[name](row, _object(known.get(name)))
    if not user.confirmed and show_appearance(facts)[_CUSTOMIZE] != show_appearance(known)[_CUSTOMIZE]:
        raise RefusedError(Problem(Code.FEATURE_NOT_ENABLED, {}, _UNCONFIRMED))
    return facts


def _read_panels(row: BodyReader, had: dict[str, Json]) -> Json:
    inner = reader_of(row.given[_CUSTOMIZE], row.path / _CUSTOMIZE)
    return _chosen(had, {name: inner.flag(name) for name in _USUAL_PANELS if name in inner.given})


def _read_theme(row: BodyReader, had: dict[str, Json]) -> Json:
    inner = reader_of(row.given[_THEME], row.path / _THEME)
    said: dict[str, Json] = {
        **{name: _colour(inner, name) for name in _COLOURS if name in inner.given},
        **{name: inner.word(name, allowed) for name, allowed in _WORDS.items() if name in inner.given},
        **{name: _read_tab(inner, name, _object(had.get(name))) for name in _TABS if name in inner.given},
    }
    return _chosen(had, said)


def _read_tab(row: BodyReader, name: str, had: dict[str, Json]) -> Json:
    if not row.has(name):
        return None
    inner = reader_of(row.given[name], row.path / name)
    return _chosen(had, {part: _colour(inner, part) for part in _USUAL_TAB if part in inner.given})


def _read_tab_group(row: BodyReader, had: dict[str, Json]) -> Json:
    return row.whole(_TAB_GROUP, 0, _MOST_GROUPS)


#: What can be chosen, each with what reads it into what was chosen before.
_READERS: Final[Mapping[str, Callable[[BodyReader, dict[str, Json]], Json]]] = {
    _CUSTOMIZE: _read_panels,
    _THEME: _read_theme,
    _TAB_GROUP: _read_tab_group,
}


def _colour(row: BodyReader, name: str) -> Json:
    if not row.has(name):
        return None
    text = json_types.text(row.given[name], row.path / name)
    if not _COLOUR.fullmatch(text):
        raise row.refuse(Code.INVALID_DATA, name, "Pattern not matched")
    return text


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _chosen(had: dict[str, Json], said: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in {**had, **said}.items() if value is not None}


def _over(usual: dict[str, Json], chosen: Json) -> dict[str, Json]:
    given = _object(chosen)
    inner = {name: _over(_object(usual.get(name)), value) for name, value in given.items() if isinstance(value, dict)}
    return {**usual, **given, **inner}
