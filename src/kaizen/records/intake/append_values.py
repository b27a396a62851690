"""`$append_values`: what an update adds to a multi-select field instead of replacing it (reference: platform C.2)."""

from typing import Final

from kaizen.fields.flaw import expected
from kaizen.model.catalog import Module
from kaizen.records.draft import Draft
from kaizen.vocabulary.data_types import DataType

KEY: Final = "$append_values"

_NO_OBJECT: Final = expected("jsonobject")
_NO_BOOLEAN: Final = expected("boolean")


def append_values(module: Module, draft: Draft) -> None:
    """Put what the record has before what the row says, for the multi-select fields that the row names so."""
    asked = draft.row.get(KEY)
    if asked is None:
        return
    if not isinstance(asked, dict):
        draft.refuse(_NO_OBJECT.at(KEY, draft.path(KEY)))
        return
    for name, wanted in asked.items():
        field = module.by_name.get(name)
        if field is None or field.data_type is not DataType.MULTISELECTPICKLIST:
            continue
        if not isinstance(wanted, bool):
            draft.refuse(_NO_BOOLEAN.at(name, f"{draft.path(KEY)}.{name}"))
        elif wanted and name in draft.values and draft.before is not None:
            had, added = draft.before.get(name), draft.values[name]
            both = (value for values in (had, added) if isinstance(values, tuple) for value in values)
            draft.values[name] = tuple(dict.fromkeys(both)) or None
