"""Records found by their natural key: the account called this, the user with that address."""

from collections.abc import Iterable, Mapping

from kaizen.cli.numbers import key_text
from kaizen.sdk.client import Client


class NaturalKeys:
    """Ids by module and natural key, read from the server once a module and kept up to date by the loads."""

    def __init__(self, crm: Client, match: Mapping[str, str]) -> None:
        self._crm = crm
        self._match = match  #: the natural key's api_name by module
        self._ids: dict[str, dict[str, str]] = {}

    def find(self, module: str, key: str) -> str | None:
        """Return the id of a record, or None."""
        ids = self._of(module)
        # The service matches without case, so a row may be known by a key that its record writes otherwise.
        return ids.get(key) or ids.get(key.lower())

    def add(self, module: str, key: str, record_id: str) -> None:
        """Note a record that was just written."""
        _note(self._of(module), key, record_id)

    def _of(self, module: str) -> dict[str, str]:
        if module not in self._ids:
            self._ids[module] = self._users() if module == "Users" else self._records(module)
        return self._ids[module]

    def _users(self) -> dict[str, str]:
        key = self._match.get("Users", "email")
        return _ids_by_key((user.get(key), str(user["id"])) for user in self._crm.users.iter())

    def _records(self, module: str) -> dict[str, str]:
        key = self._match[module]
        return _ids_by_key((record[key], str(record.id)) for record in self._crm[module].iter(fields=[key]))


def _ids_by_key(found: Iterable[tuple[object, str]]) -> dict[str, str]:
    ids: dict[str, str] = {}
    for key, record_id in found:
        # A record without the key is not one that is called "None".
        if key is not None:
            _note(ids, key_text(key), record_id)
    return ids


def _note(ids: dict[str, str], key: str, record_id: str) -> None:
    ids[key] = record_id
    ids.setdefault(key.lower(), record_id)
