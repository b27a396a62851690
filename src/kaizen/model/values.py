"""The values a record holds, as the server keeps them below the HTTP edge."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

#: One JSON value. What has a fraction is a Decimal, so that every digit is kept (see model.numbers).
Json: TypeAlias = bool | int | Decimal | str | list["Json"] | dict[str, "Json"] | None


class Unreadable:
    """A value of a request of which nothing can be kept, such as text that is not Unicode.

    It takes the place of the value and is of no type, so its reader refuses it with its path, and what is around
    it is read as ever. It is not part of `Json`: no reader needs to know of it.
    """

    def __init__(self, text: str) -> None:
        self._text = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")

    def __str__(self) -> str:
        """Return the value as far as it can be shown."""
        return self._text


#: What a field holds. Ids are int, dates ISO text, date-times seconds since the epoch (UTC),
#: several values a tuple, subform rows a tuple of mappings. Empty is always None.
Value: TypeAlias = bool | int | Decimal | str | tuple["Value", ...] | Mapping[str, "Value"] | None

#: A record's values by the api_name of their field; a missing key and None mean the same.
Values: TypeAlias = Mapping[str, Value]

#: Any id of the service, as a number; the wire shows decimal text.
Id: TypeAlias = int
