"""Whether the merge tokens of a text name something a record can be asked for (reference: automation C.7)."""

import re
from typing import Final

from kaizen.automation.merge_fields import Constant, MergeField, only_token, pieces
from kaizen.criteria.field_paths import modules_on
from kaizen.criteria.tree import Path
from kaizen.fields.kinds import ValueKind, kind_of_field
from kaizen.json_body.errors import invalid
from kaizen.json_body.json_path import JsonPath
from kaizen.model.catalog import Catalog, Field, Module
from kaizen.vocabulary.data_types import REFERENCES, USER_REFERENCES

UNSUPPORTED: Final = "Unsupported mergefield provided"
CURRENT_TIME: Final = "${CURRENTTIME}"
#: What looks like a merge field and is not: it would stay in the text for everyone to read.
_UNREAD: Final = re.compile(r"\$\{[^{}]*\}")
_ORGANISATION: Final = frozenset({"Org", "Organization"})
_RECORD_ID: Final = frozenset({"id", "Id"})
_MOMENTS: Final = frozenset({ValueKind.DATE, ValueKind.DATETIME})


def check_tokens(text: str, place: JsonPath, module: Module, catalog: Catalog) -> None:
    """Refuse a text that asks a record of the module for what it does not have."""
    for piece in pieces(text):
        match piece:
            case str():
                fine = _UNREAD.search(piece) is None
            case Constant():
                fine = True
            case MergeField():
                fine = _names_something(piece, module, catalog)
        if not fine:
            raise invalid(place, UNSUPPORTED)


def names_moment(text: str, modules: tuple[Module, ...], catalog: Catalog) -> bool:
    """Return whether a text is one token that stands for a moment: now, or a date of a record of one of the modules."""
    token = only_token(text)
    if isinstance(token, Constant):
        return token.name == "CURRENTTIME"
    home = next((m for m in modules if token is not None and m.api_name == token.root), None)
    field = _follow(token.path, home, catalog) if token is not None and home is not None else None
    return field is not None and kind_of_field(field) in _MOMENTS


def names_value(text: str, field: Field) -> bool:
    """Return whether a text is one token whose value, not its text, a field could take over.

    The acting user is one for fields that hold users; an id by itself is a value of no field.
    """
    token = only_token(text)
    if isinstance(token, Constant):
        return token.name == "CURRENTUSER" and field.data_type in USER_REFERENCES
    return token is not None and token.path[-1] not in _RECORD_ID


def names_user(text: str, module: Module, catalog: Catalog) -> bool:
    """Return whether a text is one token that stands for a user whom a record of the module names."""
    token = only_token(text)
    if not isinstance(token, MergeField) or token.root != module.api_name:
        return False
    field = _follow(token.path, module, catalog)
    return field is not None and field.data_type in USER_REFERENCES


def _names_something(token: MergeField, module: Module, catalog: Catalog) -> bool:
    if token.root in _ORGANISATION:
        return len(token.path) == 1
    if token.root == "Users":
        home = catalog.by_name.get(token.root)
    elif token.root == module.api_name:
        home = module
    else:
        # Another module's field is read through the first lookup that leads there.
        linked = any(f.data_type in REFERENCES and f.lookup_module == token.root for f in module.fields)
        home = catalog.by_name.get(token.root) if linked else None
    if home is None:
        return False
    return token.path in {(name,) for name in _RECORD_ID} or _follow(token.path, home, catalog) is not None


def _follow(path: Path, module: Module, catalog: Catalog) -> Field | None:
    """Follow a path through lookups to a field; None: it leads nowhere."""
    for target in modules_on(catalog, module, path):
        if target is None:
            return None
        module = target
    return module.by_name.get(path[-1])
