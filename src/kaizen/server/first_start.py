"""What a database gets when a server starts on it for the first time: the organisation and a self client."""

from dataclasses import dataclass
from typing import Final

from kaizen.accounts.clients import NewClient, create_self_client
from kaizen.accounts.secrets import Chance
from kaizen.model.document import Document, new_document
from kaizen.server.settings import Settings
from kaizen.server.token_limits import throttle_new
from kaizen.standard import new_organisation
from kaizen.store.unit_of_work import Unit

#: The kind of the document that holds what the server must keep secret.
KEYS: Final = "server_keys"

_FEWEST_DIGITS: Final = 1_000_000_000  #: ids begin with ten digits ...
_PREFIXES: Final = 8_000_000_000  #: ... and fit 64 bits


@dataclass(frozen=True, slots=True)
class FirstStart:
    """Sets a new database up, in one transaction: it is whole or still empty."""

    settings: Settings
    chance: Chance

    def __call__(self, unit: Unit) -> NewClient | None:
        """Write the organisation, its settings and the first client, whose secret is known only now.

        None: another server has done so meanwhile.
        """
        if unit.is_created:
            return None
        settings = self.settings
        new = new_organisation(
            organisation_name=settings.org_name,
            admin_email=settings.admin_email,
            admin_last_name=settings.admin_name,
            time_zone=settings.time_zone,
            zgid=str(_FEWEST_DIGITS // 10 + self._number(_FEWEST_DIGITS // 10 * 8)),
            id_prefix=_FEWEST_DIGITS + self._number(_PREFIXES - 1),
            now=unit.now,
            business_hours=settings.business_hours,
        )
        unit.create(new.organisation, new.users, new.catalog)
        for document in new.documents:
            unit.put_document(document)
        owner = new.users[0].id
        unit.put_document(_keys(unit, owner, self.chance(32)))
        throttle_new(unit, owner)
        return create_self_client(unit, owner, self.chance)

    def _number(self, below: int) -> int:
        return int(self.chance(8), 16) % below


def page_key(unit: Unit) -> bytes:
    """Return the key that signs page tokens, the same in every process of the organisation."""
    (document,) = unit.documents(KEYS)
    return bytes.fromhex(str(document.body["page_key"]))


def _keys(unit: Unit, owner: int, key: str) -> Document:
    return new_document(KEYS, unit.new_id(), {"page_key": key}, by=owner, at=unit.now)
