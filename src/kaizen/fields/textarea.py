"""The styles of long text, and how much of it fits."""

from typing import Final

from kaizen.model.catalog import Field
from kaizen.vocabulary.data_types import DataType

#: The style of a textarea -> its length (reference: platform C.2).
STYLES: Final = {"small": 2000, "large": 32000, "rich_text": 50000}
RICH: Final = "rich_text"


def style_of(field: Field) -> str | None:
    """Return the style of a textarea, of a standard field the smallest that fits; None for other fields."""
    if field.data_type is not DataType.TEXTAREA:
        return None
    said = field.properties.get("textarea")
    if isinstance(said, dict):
        return str(said.get("type"))
    return next((style for style, length in STYLES.items() if field.length <= length), RICH)
