"""Records found by their natural key: the account called this, the user with that address."""

from collections.abc import Mapping

from kaizen.sdk.client import Client


class NaturalKeys:
    """Ids by module and natural key, read from the server once a module and kept up to date by the loads."""

    def __init__(self, crm: Client, match: Mapping[str, str]) -> None:
        self._crm = crm
        self._match = match  #: the natural key's api_name by module
        self._ids: dict[str, dict[str, str]] = {}

    def find(self, module: str, key: str) -> str | None:
        """Return the id of a record, or None."""
        return self.of(module).get(key)

    def add(self, module: str, key: str, record_id: str) -> None:
        """Note a record that was just written."""
        self.of(module)[key] = record_id

    def of(self, module: str) -> dict[str, str]:
        """Return all ids of a module by natural key."""
        if module not in self._ids:
            self._ids[module] = self._users() if module == "Users" else self._records(module)
        return self._ids[module]

    def _users(self) -> dict[str, str]:
        key = self._match.get("Users", "email")
        return {str(user[key]): str(user["id"]) for user in self._crm.users.iter()}

    def _records(self, module: str) -> dict[str, str]:
        key = self._match[module]
        return {str(record[key]): str(record.id) for record in self._crm[module].iter(fields=[key])}
