"""Which limits tokens have: the settings, the clock and the age of the database decide."""

from typing import Final

from kaizen.accounts import limits
from kaizen.accounts.limits import Limits
from kaizen.model.document import new_document
from kaizen.server.settings import Settings
from kaizen.store.unit_of_work import Unit

#: The kind of the document that a first start leaves in a database whose tokens are throttled by default.
_KIND: Final = "server_tokens"
#: Virtual time may pass for so long without ending a session: longer than any clock can show.
_NO_END: Final = 10_000 * 366 * 24 * 3600


def throttle_new(unit: Unit, owner: int) -> None:
    """Note in a new database that the service's throttles hold; older ones were promised that none do."""
    now = unit.now
    unit.put_document(new_document(_KIND, unit.new_id(), {"throttled": True}, by=owner, at=now))


def limits_of(settings: Settings, unit: Unit, *, virtual: bool) -> Limits:
    """Return the limits on a database, with a virtual clock or the machine's."""
    given = settings.tokens
    throttled = given.throttled
    if throttled is None:
        throttled = not virtual and not settings.ephemeral and bool(unit.documents(_KIND))

    def figure(said: int | None, usual: int) -> int | None:
        return said if said is not None else usual if throttled else None

    honoured = given.honoured_seconds
    return Limits(
        access_token_seconds=given.access_token_seconds,
        honoured_seconds=honoured if honoured is not None else _NO_END if virtual else 0,
        active_access_tokens=given.active_access_tokens,
        refresh_tokens=given.refresh_tokens,
        grants_per_window=figure(given.grants_per_window, limits.GRANTS),
        access_tokens_per_window=figure(given.access_tokens_per_window, limits.ACCESS_TOKENS),
        refresh_tokens_per_window=figure(given.refresh_tokens_per_window, limits.REFRESH_TOKENS),
    )
