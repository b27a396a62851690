"""Who takes part in an event."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from kaizen.fields.email_address import is_email_address
from kaizen.fields.flaw import NO_SUCH_ID, Flaw, expected
from kaizen.fields.reference import id_of
from kaizen.model.values import Id, Json, Value
from kaizen.records.modules.read_objects import read_objects
from kaizen.records.ports import OrganisationState, UnitOfWork
from kaizen.vocabulary.codes import Code

MOST: Final = 50
TOO_MANY: Final = Flaw({"limit": MOST}, "Only 50 participants can be added to an event.", code=Code.LIMIT_EXCEEDED)

#: Kind of a participant -> the module its id is of.
MODULES: Final[Mapping[str, str]] = MappingProxyType({"lead": "Leads", "contact": "Contacts", "user": "Users"})
KINDS: Final = (*MODULES, "email")
_LONGEST: Final = 100


def read_participants(raw: Json) -> Value | Flaw:
    """Take `[{participant: id or e-mail address, type}]` (reference: platform C.11)."""
    return read_objects(raw, _participant, TOO_MANY, most=MOST)


def _participant(item: Mapping[str, Json]) -> dict[str, Value] | Flaw:
    kind, who = item.get("type"), item.get("participant")
    if kind is None:
        return Flaw(code=Code.MANDATORY_NOT_FOUND).inside(".type", "type")
    if kind not in KINDS:
        return Flaw({"supported_values": list(KINDS)}).inside(".type", "type")
    if who is None:
        return Flaw(code=Code.MANDATORY_NOT_FOUND).inside(".participant", "participant")
    if kind == "email":
        if not isinstance(who, str) or len(who) > _LONGEST or not is_email_address(who):
            return expected("email").inside(".participant", "participant")
        return {"type": kind, "participant": who}
    target = id_of(who)
    if target is None:
        return NO_SUCH_ID.inside(".participant", "participant")
    return {"type": str(kind), "participant": target}


def people(value: Value) -> Iterable[tuple[str, Id]]:
    """Yield the module and the id of every participant that is a record or a user."""
    for one in value if isinstance(value, tuple) else ():
        if isinstance(one, Mapping):
            module, target = MODULES.get(str(one.get("type"))), one.get("participant")
            if module is not None and isinstance(target, int):
                yield module, target


def described(uow: UnitOfWork, value: Value, before: Value, new_id: Callable[[], Id]) -> Value:
    """Add what answers show of participants: name, address, and an id of their own, which stays theirs."""
    if not isinstance(value, tuple):
        return value
    records = _records(uow, value)
    ids = {_who(one): one.get("id") for one in before if isinstance(one, Mapping)} if isinstance(before, tuple) else {}
    return tuple(
        {**_describe(uow, one, records), "id": ids.pop(_who(one), None) or new_id()}
        for one in value
        if isinstance(one, Mapping)
    )


def _who(one: Mapping[str, Value]) -> tuple[Value, Value]:
    return one.get("type"), one.get("participant")


def _records(uow: UnitOfWork, value: Value) -> dict[Id, Mapping[str, Value]]:
    wanted: dict[str, set[Id]] = {}
    for module, target in people(value):
        wanted.setdefault(module, set()).add(target)
    found: dict[Id, Mapping[str, Value]] = {}
    for module, ids in wanted.items():
        if module != "Users":
            found |= uow.fetch(uow.catalog.by_name[module], ids)
    return found


def _describe(
    uow: OrganisationState, one: Mapping[str, Value], records: Mapping[Id, Mapping[str, Value]]
) -> Mapping[str, Value]:
    who = one.get("participant")
    name: Value = None
    address: Value = who if isinstance(who, str) else None
    if isinstance(who, int):
        user = uow.users.get(who) if one.get("type") == "user" else None
        record = records.get(who, {})
        name = user.full_name if user else record.get("Full_Name")
        address = user.email if user else record.get("Email")
    return {**one, "name": name, "Email": address, "invited": False, "status": "not_known"}
