"""Profiles made by cloning, changed and deleted (reference: platform F.2)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kaizen.access.permissions import ADMINISTRATIVE, Verb, governed, on_module
from kaizen.access.rights import denied_by
from kaizen.fields.reference import id_of
from kaizen.json_body import json_types
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError, invalid, missing
from kaizen.json_body.json_path import item
from kaizen.model.catalog import Module
from kaizen.model.document import Document, new_document
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import envelope, params
from kaizen.server.http.call import Answer, Call
from kaizen.vocabulary.codes import Code

MOST_PROFILES: Final = 25
BAD_PROFILE: Final = "the id given seems to be invalid or already deleted"
#: Where the ids of permissions begin, among the fixed ones of every organisation.
_FIRST_PERMISSION: Final = 8_000_001
_FIRST_ADMINISTRATIVE: Final = _FIRST_PERMISSION + 100_000
_LONGEST: Final = 50
_LONGEST_DESCRIPTION: Final = 250
_SPECIAL: Final = frozenset("#%&()*^")
_BAD_NAME: Final = "Profile name should not contain the following special character(s) : #, %, &, (, ), *, ^"
_PARENT_DISABLED: Final = "Child permission can not be enabled, since its parent permission is disabled"
_NO_TRANSFER: Final = "Users in the profile need to be transferred. transfer_to param is mandatory."


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission as profiles list it."""

    id: Id
    name: str
    label: str
    module: Module | None = None
    parent: Id = 0  #: nobody changes or deletes what he does not see


def permissions_of(uow: UnitOfWork) -> list[Permission]:
    """Return everything that profiles permit, in the order in which they show it."""
    base = uow.organisation.id_prefix * 10**9
    found: list[Permission] = []
    for at, module in enumerate(governed(uow.catalog)):
        first = base + _FIRST_PERMISSION + 10 * at
        found += [
            Permission(first + index, on_module(module, verb), verb.value, module, first if index else 0)
            for index, verb in enumerate(Verb)
        ]
    labels = (name.removeprefix("Crm_Implied_").replace("_", " ") for name in ADMINISTRATIVE)
    found += [
        Permission(base + _FIRST_ADMINISTRATIVE + index, name, label)
        for index, (name, label) in enumerate(zip(ADMINISTRATIVE, labels, strict=True))
    ]
    return found


def clone_profile(uow: UnitOfWork, call: Call) -> Answer:
    """Make a profile that permits what another does."""
    source = _named(uow, call)
    uow.access.of(call.actor).require_all_of(source)
    if len(uow.documents("profile")) >= MOST_PROFILES:
        message = f"there can be {MOST_PROFILES} profiles; delete one that nobody needs"
        raise RequestRefusedError(Problem(Code.PROFILE_LIMIT_EXCEEDED, {"limit": MOST_PROFILES}, message))

    def clone(row: BodyReader) -> Document:
        name = _name(uow, row)
        if name is None:
            raise missing(row.path / "name", "required field not found")
        body: dict[str, Json] = {
            **source.body,
            "custom": True,
            "display_label": name,
            "description": row.text("description", _LONGEST_DESCRIPTION),
            "denied": list[Json](sorted(denied_by(source, uow.catalog))),
        }
        return new_document("profile", uow.new_id(), body, by=call.actor.user.id, at=uow.now, name=name)

    return _kept(uow, call, clone, "profile created successfully", 201)


def update_profile(uow: UnitOfWork, call: Call) -> Answer:
    """Rename a profile, describe it, and say what it permits."""
    old = _custom(uow, call, "System profile cannot be updated")

    def change(row: BodyReader) -> Document:
        name = _name(uow, row, old) or old.name
        description = old.body.get("description")
        if "description" in row.given:
            description = row.text("description", _LONGEST_DESCRIPTION)
        denied = _denied(uow, row, old)
        uow.access.of(call.actor).require_all(denied_by(old, uow.catalog) - set(denied))
        body = {**old.body, "display_label": name, "description": description, "denied": list[Json](denied)}
        return old.changed("", name, body, by=call.actor.user.id, at=uow.now)

    return _kept(uow, call, change, "profile updated successfully", 200)


def delete_profile(uow: UnitOfWork, call: Call) -> Answer:
    """Delete a profile; its users get another."""
    old = _custom(uow, call, "System profile cannot be deleted")
    users = [user for user in uow.users.values() if user.profile_id == old.id]
    given = call.query.get("transfer_to")
    if given is None and users:
        raise RequestRefusedError(Problem(Code.MANDATORY_NOT_FOUND, {"param": "transfer_to"}, _NO_TRANSFER))
    if given is not None:
        target = uow.document("profile", id_of(given) or 0)
        if target is None or target.id == old.id:
            raise RequestRefusedError(Problem(Code.INVALID_DATA, {"id": given}, BAD_PROFILE))
        uow.access.of(call.actor).require_all_of(target)
        if target.name == "Administrator":
            _require_administrator(uow, call)
        for user in users:
            uow.update_user(replace(user, profile_id=target.id, profile_name=target.name))
    uow.drop_document("profile", old.id)
    return Answer(body=envelope.succeeded("Profile deleted", {"id": str(old.id)}))


def _kept(uow: UnitOfWork, call: Call, read: Callable[[BodyReader], Document], said: str, status: int) -> Answer:
    (given,) = envelope.rows(call, "profiles", maximum=1)
    if not isinstance(given, dict):
        return envelope.elements(call, "profiles", [envelope.not_an_object("profiles", 0)])
    try:
        document = read(BodyReader(given, item("profiles", 0)))
    except RefusedError as refusal:
        return envelope.elements(call, "profiles", [refusal.problem])
    uow.put_document(document)
    for user in uow.users.values():
        if user.profile_id == document.id and user.profile_name != document.name:
            uow.update_user(replace(user, profile_name=document.name))
    return envelope.elements(call, "profiles", [envelope.succeeded(said, {"id": str(document.id)})], status)


def _named(uow: UnitOfWork, call: Call) -> Document:
    number = id_of(call.params["id"])
    found = uow.document("profile", number) if number is not None else None
    if found is None:
        raise RequestRefusedError(replace(params.bad_path_id(call), message=BAD_PROFILE))
    return found


def _custom(uow: UnitOfWork, call: Call, message: str) -> Document:
    found = _named(uow, call)
    if found.body.get("custom") is not True:
        raise RequestRefusedError(replace(params.bad_path_id(call), code=Code.NOT_ALLOWED, message=message))
    return found


def _require_administrator(uow: UnitOfWork, call: Call) -> None:
    if not uow.access.of(call.actor).is_administrator:
        raise RequestRefusedError(Problem(Code.NO_PERMISSION))


def _name(uow: UnitOfWork, row: BodyReader, old: Document | None = None) -> str | None:
    name = row.text("name", _LONGEST)
    if name is None:
        return None
    if _SPECIAL.intersection(name):
        raise invalid(row.path / "name", _BAD_NAME)
    if any(p.name.casefold() == name.casefold() and (old is None or p.id != old.id) for p in uow.documents("profile")):
        raise row.refuse(Code.DUPLICATE_DATA, "name")
    return name


def _denied(uow: UnitOfWork, row: BodyReader, old: Document) -> Sequence[str]:
    """Read what a profile will not permit."""
    known = {each.id: each for each in permissions_of(uow)}
    denied = set(denied_by(old, uow.catalog))
    given = row.children("permissions_details")
    for each in given:
        permission = known.get(id_of(each.given.get("id")) or 0)
        if permission is None:
            raise invalid(each.path / "id", "Invalid permission ID")
        enabled = json_types.boolean(each.required("enabled"), each.path / "enabled")
        (denied.discard if enabled else denied.add)(permission.name)
    _refuse_orphans(given, known, denied)
    # What stands on a permission that is taken away falls with it.
    fallen = (each.name for each in known.values() if each.parent and known[each.parent].name in denied)
    return sorted(denied.union(fallen))


def _refuse_orphans(given: Sequence[BodyReader], known: Mapping[Id, Permission], denied: set[str]) -> None:
    for each in given:
        permission = known[id_of(each.given.get("id")) or 0]
        if each.given.get("enabled") is True and permission.parent and known[permission.parent].name in denied:
            raise invalid(each.path / "id", _PARENT_DISABLED)
