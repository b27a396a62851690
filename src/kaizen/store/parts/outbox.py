"""The outbox: mails that wait to be delivered, and those that were."""

from collections.abc import Sequence
from typing import Final

from kaizen.model.queued import Mail
from kaizen.model.values import Id
from kaizen.store.dataclass_table import Shape
from kaizen.store.session import Row, Session, must_write

_MAILS: Final = Shape(Mail, "kz_mail")


class OutboxTables:
    """Mails (records.ports.Outbox); they are buffered, and written before any is read."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mails: list[Row] = []

    def put_mail(self, mails: Sequence[Mail]) -> None:
        """Put mails into the outbox."""
        must_write(self._session)
        self._mails.extend(map(_MAILS.row, mails))

    def mail(self, mail_id: Id) -> Mail | None:
        """Return one mail."""
        self.flush()
        return _MAILS.find(self._session, "id", mail_id)

    def update_mail(self, mail: Mail) -> None:
        """Replace a mail."""
        self.flush()
        _MAILS.put(self._session, mail)

    def mails(self, limit: int = 200, offset: int = 0) -> list[Mail]:
        """Return the outbox, newest first."""
        self.flush()
        rows = self._session.rows(_MAILS.select + "ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?", (limit, offset))
        return _MAILS.items(rows)

    def mail_counts(self, rule_id: Id, since: int, until: int) -> dict[tuple[Id, str], int]:
        """Return how many mails of a rule were made from one moment up to another, by notification and state."""
        self.flush()
        rows = self._session.rows(
            "SELECT notification_id, state, COUNT(*) FROM kz_mail "
            "WHERE rule_id = ? AND created_at >= ? AND created_at < ? GROUP BY notification_id, state",
            (rule_id, since, until),
        )
        return {(notification, state): count for notification, state, count in rows}

    def flush(self) -> None:
        """Write what is buffered."""
        if self._mails:
            self._session.load(_MAILS.insertion, self._mails)
            self._mails = []
