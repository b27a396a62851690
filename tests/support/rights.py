"""Users with less than all rights."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kaizen.access.permissions import ADMINISTRATIVE
from kaizen.model.document import new_document
from kaizen.vocabulary.scopes import EVERYTHING
from tests.support.server import Crm

if TYPE_CHECKING:
    from kaizen.model.values import Id
    from kaizen.store.unit_of_work import Unit


def person(
    crm: Crm,
    name: str,
    denied: tuple[str, ...] = (),
    fields: Mapping[str, str] | None = None,
    role: "Id | None" = None,
    scopes: tuple[str, ...] = EVERYTHING,
) -> str:
    """Add a user whose profile denies permissions and restricts fields (`Deals.Amount`), and return a token of his."""

    def work(unit: "Unit") -> int:
        user_id, profile_id = unit.new_ids(2)
        by_id = {
            str(unit.catalog.by_name[module].by_name[field].id): permission
            for (module, field), permission in ((key.split("."), word) for key, word in (fields or {}).items())
        }
        body = {"custom": True, "denied": [*ADMINISTRATIVE, *denied], "field_permissions": by_id}
        unit.put_document(new_document("profile", profile_id, body, by=crm.user.id, at=unit.now, name=name))
        manager = unit.documents("role")[1]
        unit.add_user(
            replace(
                crm.user,
                id=user_id,
                email=f"{name}@example.com",
                last_name=name,
                role_id=role or manager.id,
                role_name="",
                profile_id=profile_id,
                profile_name=name,
            )
        )
        return user_id

    return crm.token(*scopes, user_id=crm.store.write_now(work))


def id_of_person(crm: Crm, name: str) -> str:
    """Return the id of a user by his last name."""
    return crm.store.read_now(lambda unit: str(next(u.id for u in unit.users.values() if u.last_name == name)))


def add_role(crm: Crm, name: str, above: int, *, peers: bool = False) -> int:
    """Add a role."""

    def work(unit: "Unit") -> int:
        body = {"display_label": name, "reporting_to": str(above), "share_with_peers": peers, "description": None}
        role = new_document("role", unit.new_id(), body, by=crm.user.id, at=unit.now, name=name)
        unit.put_document(role)
        return role.id

    return crm.store.write_now(work)
