"""Labels and api_names of new fields."""

import re
from typing import Final

from kaizen.json_body.body_reader import BodyReader
from kaizen.model.catalog import Field, Module
from kaizen.vocabulary.codes import Code

LONGEST: Final = 50
#: Names that mean something else in requests.
RESERVED: Final = frozenset({"data", "id", "info", "lar_id", "null", "process", "trigger", "true", "false"})

_API_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def checked_label(module: Module, row: BodyReader, own: Field | None = None) -> str:
    """Read the label, of which a module has one of a kind."""
    row.required("field_label")
    label = row.text("field_label", LONGEST) or ""
    if any(f.field_label.casefold() == label.casefold() and f is not own for f in module.fields):
        raise row.refuse(Code.DUPLICATE_DATA, "field_label")
    return label


def free_api_name(module: Module, row: BodyReader, label: str) -> str:
    """Read the api_name, or make one from the label that no field of the module has."""
    taken = {f.api_name.lower() for f in module.fields}
    given = row.text("api_name", LONGEST)
    if given is not None:
        if not _API_NAME.fullmatch(given) or "__" in given or given.endswith("_"):
            raise row.refuse(Code.INVALID_DATA, "api_name")
        if given.lower() in RESERVED:
            raise row.refuse(Code.RESERVED_KEYWORD_NOT_ALLOWED, "api_name")
        if given.lower() in taken:
            raise row.refuse(Code.DUPLICATE_DATA, "api_name")
        return given
    derived = derived_api_name(label)
    name, number = derived, 1
    while name.lower() in taken or name.lower() in RESERVED:
        name, number = f"{derived}{number}", number + 1
    return name


def derived_api_name(label: str) -> str:
    """Make an api_name of a label: what is neither a letter nor a digit becomes one underscore."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", label).strip("_")
    if not name:
        return "Field"
    return name if name[0].isalpha() else f"Field_{name}"
