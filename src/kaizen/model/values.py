"""The values a record holds, as the server keeps them below the HTTP edge."""

from collections.abc import Mapping
from typing import TypeAlias

#: One JSON value.
Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

#: What a field holds. Ids are int, dates ISO text, date-times seconds since the epoch (UTC),
#: several values a tuple, subform rows a tuple of mappings. Empty is always None.
Value: TypeAlias = bool | int | float | str | tuple["Value", ...] | Mapping[str, "Value"] | None

#: A record's values by the api_name of their field; a missing key and None mean the same.
Values: TypeAlias = Mapping[str, Value]

#: Any id of the service, as a number; the wire shows decimal text.
Id: TypeAlias = int
