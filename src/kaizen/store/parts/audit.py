"""The audit log: what was changed in the settings, in the same transaction as the change."""

from typing import Final

from kaizen.model.audit import AuditEntry
from kaizen.store.json_text import from_text
from kaizen.store.unit_settings import UnitSettings

_COLUMNS: Final = "number, at, user_id, kind, object_id, before, after"


class AuditTables:
    """What can be read of the log (records.ports.AuditLog); `UnitSettings.audit` writes it."""

    def __init__(self, settings: UnitSettings) -> None:
        self._settings = settings
        self._session = settings.session

    def act_for(self, user_id: int) -> None:
        """Say for whom this unit works."""
        self._settings.acting = user_id

    def audit_entries(self, limit: int = 200, offset: int = 0) -> list[AuditEntry]:
        """Return the log, newest first."""
        statement = f"SELECT {_COLUMNS} FROM kz_audit ORDER BY number DESC LIMIT ? OFFSET ?"
        rows = self._session.rows(statement, (limit, offset))
        return [
            AuditEntry(number, at, user_id, kind, object_id, from_text(before), from_text(after))
            for number, at, user_id, kind, object_id, before, after in rows
        ]
