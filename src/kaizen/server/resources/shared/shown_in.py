"""Which fields of a module are shown in its small views."""

from typing import Final

from kaizen.model.catalog import Field, Module

_MOST_ON_CARD: Final = 5


def quick_fields(module: Module) -> list[str]:
    """Return the fields of the form that creates a record quickly."""
    return [field.api_name for field in module.fields if _is_shown_in(field, "quick_create")]


def card_fields(module: Module) -> list[str]:
    """Return the fields on the business card of a record."""
    return quick_fields(module)[:_MOST_ON_CARD]


def _is_shown_in(field: Field, view: str) -> bool:
    views = field.properties.get("shown_in")
    return isinstance(views, list) and view in views
