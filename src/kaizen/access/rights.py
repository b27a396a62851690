"""What one user may do and see: the permissions of his profile, and the records that his role lets him see.

Worked out once for a user as long as neither users, profiles, roles nor the catalog change.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from kaizen.access.permissions import ADMINISTRATIVE, Verb, canonical, governed, on_module
from kaizen.criteria.tree import NEVER, Compare, Criteria
from kaizen.fields.reference import id_of
from kaizen.model.catalog import Catalog, Module
from kaizen.model.document import Document
from kaizen.model.people import Actor, User
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Id, Json, Values
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.comparators import Comparator
from kaizen.vocabulary.data_types import DataType

_OWNER: Final = "Owner"
_PARENT: Final = "Parent_Id"
_NOBODY: Final[frozenset[str]] = frozenset()


class Sharing(StrEnum):
    """What others than the owner and his superiors may do with the records of a module."""

    PRIVATE = "private"
    READ_ONLY = "public_read_only"
    READ_WRITE = "public_read_write"


class FieldPermission(StrEnum):
    """What a profile permits with one field."""

    READ_WRITE = "read_write"
    READ_ONLY = "read_only"
    HIDDEN = "hidden"


_STRICTNESS: Final = tuple(FieldPermission)


@dataclass(frozen=True)
class ModuleRights:
    """What one user may do in one module."""

    module: Module
    verbs: frozenset[Verb]
    hidden: frozenset[str] = _NOBODY  #: fields that are neither shown nor asked for
    read_only: frozenset[str] = _NOBODY  #: fields that are shown and not written
    viewers: frozenset[Id] | None = None  #: whose records he may see; None: everybody's
    editors: frozenset[Id] | None = None  #: whose records he may change and delete

    def may(self, verb: Verb) -> bool:
        """Return whether the profile permits a verb."""
        return verb in self.verbs

    def require(self, verb: Verb) -> None:
        """Refuse the request unless the profile permits a verb."""
        if verb not in self.verbs:
            raise RequestRefusedError(denied(self.module, verb))

    @property
    def closed(self) -> frozenset[str]:
        """The fields that are not written."""
        return self.hidden | self.read_only if self.hidden or self.read_only else _NOBODY

    @property
    def visible(self) -> Criteria | None:
        """Which records may be seen; None: all."""
        return None if self.viewers is None else self.owned_by(self.viewers)

    def may_change(self, values: Values) -> bool:
        """Return whether a record, which has an owner, may be changed or deleted as far as its owner goes."""
        return self.editors is None or values.get(_OWNER) in self.editors

    def may_see(self, values: Values) -> bool:
        """Return whether a record, which has an owner, may be seen as far as its owner goes."""
        return self.viewers is None or values.get(_OWNER) in self.viewers

    def owned_by(self, owners: frozenset[Id]) -> Criteria:
        """Ask for records of owners."""
        if not owners:
            return NEVER
        return Compare(self.owner_path, Comparator.IN, tuple(sorted(owners)), DataType.BIGINT)

    @property
    def owner_path(self) -> tuple[str, ...]:
        """Where the owner of a record is: rows of a subform have that of their record."""
        return (_PARENT, _OWNER) if self.module.parent_module else (_OWNER,)


@dataclass(frozen=True)
class Rights:
    """What one user may do."""

    book: "AccessBook"
    user: User
    is_administrator: bool
    denied: frozenset[str]  #: permissions that the profile does not give
    field_permissions: Mapping[Id, FieldPermission]
    _modules: dict[str, ModuleRights] = field(default_factory=dict, compare=False)

    @cached_property
    def unviewable(self) -> frozenset[str]:
        """The modules whose records the user may not view at all."""
        modules = (self.on(module) for module in self.book.catalog.modules if module.table)
        return frozenset(rights.module.api_name for rights in modules if not rights.may(Verb.VIEW))

    def on(self, module: Module) -> ModuleRights:
        """Return what the user may do in a module."""
        known = self._modules.get(module.api_name)
        # Within one unit a module may have got another field since.
        if known is None or known.module is not module:
            known = self._modules[module.api_name] = self._on(module)
        return known

    def allows(self, permission: str) -> bool:
        """Return whether the profile gives an administrative permission."""
        known = canonical(permission)
        return self.is_administrator or (known in ADMINISTRATIVE and known not in self.denied)

    def require(self, *permissions: str) -> None:
        """Refuse the request unless the profile gives permissions."""
        if not all(map(self.allows, permissions)):
            raise RequestRefusedError(Problem(Code.NO_PERMISSION, {"permissions": list(permissions)}))

    def require_all(self, permissions: Iterable[str]) -> None:
        """Refuse the request unless the user has permissions that he gives to others, or to himself."""
        lacking = self.denied.intersection(permissions)
        if lacking:
            raise RequestRefusedError(Problem(Code.NO_PERMISSION, {"permissions": list[Json](sorted(lacking))}))

    def require_all_of(self, profile: Document | None) -> None:
        """Refuse the request if a profile gives more than the user's own does."""
        if self.is_administrator or profile is None:
            return
        self.require_all(self.denied - denied_by(profile, self.book.catalog))
        others = field_permissions(profile)
        for field_id in self.field_permissions:
            self.require_field(field_id, others.get(field_id, FieldPermission.READ_WRITE))

    def require_field(self, field_id: Id, given: FieldPermission) -> None:
        """Refuse the request if it permits more with a field than the user may do with it."""
        own = self.field_permissions.get(field_id, FieldPermission.READ_WRITE)
        if _STRICTNESS.index(given) < _STRICTNESS.index(own):
            raise RequestRefusedError(Problem(Code.NO_PERMISSION, {"field": {"id": str(field_id)}}))

    def _on(self, module: Module) -> ModuleRights:
        if self.is_administrator or module.api_name == "Users":
            return ModuleRights(module, frozenset(Verb))
        by = self.field_permissions
        sharing = self.book.sharing_of(module)
        trusted = None if sharing is Sharing.READ_WRITE else self.book.below(self.user)
        return ModuleRights(
            module,
            frozenset(verb for verb in Verb if on_module(module, verb) not in self.denied),
            frozenset(f.api_name for f in module.fields if by.get(f.id) is FieldPermission.HIDDEN),
            frozenset(f.api_name for f in module.fields if by.get(f.id) is FieldPermission.READ_ONLY),
            trusted if sharing is Sharing.PRIVATE else None,
            trusted,
        )


def denied(module: Module, verb: Verb) -> Problem:
    """Return the problem of a profile that does not permit a verb on a module."""
    return Problem(Code.NO_PERMISSION, {"permissions": [on_module(module, verb)]})


class AccessBook:
    """The profiles, the roles and what is shared, ready to say what a user may do."""

    def __init__(
        self,
        catalog: Catalog,
        users: Mapping[Id, User],
        profiles: Iterable[Document] = (),
        roles: Iterable[Document] = (),
        sharing: Document | None = None,
    ) -> None:
        self.catalog = catalog
        self._users = users
        self._profiles = {profile.id: profile for profile in profiles}
        self._roles = {role.id: role for role in roles}
        self._above = {role.id: id_of(role.body.get("reporting_to")) for role in self._roles.values()}
        self._sharing: Mapping[str, Json] = sharing.body if sharing else {}
        self._rights: dict[Id, Rights] = {}

    def of(self, actor: Actor) -> Rights:
        """Return what a caller may do."""
        return self.of_user(actor.user)

    def of_user(self, user: User) -> Rights:
        """Return what a user may do."""
        known = self._rights.get(user.id)
        if known is None:
            # As he is now, and not as he was when he was asked for.
            known = self._rights[user.id] = self._of(self._users.get(user.id, user))
        return known

    def sharing_of(self, module: Module) -> Sharing:
        """Return what others than the owner may do with the records of a module."""
        modules = self._sharing.get("modules")
        given = modules.get(module.parent_module or module.api_name) if isinstance(modules, dict) else None
        return Sharing(str(given or self._sharing.get("default") or Sharing.READ_WRITE))

    def below(self, user: User) -> frozenset[Id]:
        """Return the users whose records a user sees by role: the user, those of roles below, and peers."""
        role = self._roles.get(user.role_id)
        peers = role is not None and role.body.get("share_with_peers") is True
        return frozenset(
            other.id
            for other in self._users.values()
            if other.id == user.id or (peers and other.role_id == user.role_id) or self.lies_below(other.role_id, user)
        )

    def lies_below(self, role: Id, user: User) -> bool:
        """Return whether a role is below that of a user."""
        seen: set[Id] = set()
        at = self._above.get(role)
        while at is not None and at not in seen:
            if at == user.role_id:
                return True
            seen.add(at)
            at = self._above.get(at)
        return False

    def _of(self, user: User) -> Rights:
        if user.is_administrator:
            return Rights(self, user, True, _NOBODY, {})
        profile = self._profiles.get(user.profile_id)
        fields = field_permissions(profile) if profile else {}
        return Rights(self, user, False, frozenset(denied_by(profile, self.catalog)), fields)


def denied_by(profile: Document | None, catalog: Catalog) -> Set[str]:
    """Return the permissions that a profile does not give; a profile that is gone gives none."""
    if profile is None:
        return {*ADMINISTRATIVE, *(on_module(module, verb) for module in governed(catalog) for verb in Verb)}
    if profile.name == "Administrator":
        return _NOBODY
    given = profile.body.get("denied")
    return {str(name) for name in given} if isinstance(given, list) else set(ADMINISTRATIVE)


def field_permissions(profile: Document) -> dict[Id, FieldPermission]:
    """Return what a profile says of fields, by their ids; of the others nothing is forbidden."""
    given = profile.body.get("field_permissions")
    found = given.items() if isinstance(given, dict) else ()
    return {int(field_id): FieldPermission(str(permission)) for field_id, permission in found}
