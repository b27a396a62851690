"""What all metadata endpoints share: the module asked for, the administrator's right, rendering once."""

from collections.abc import Callable, Hashable
from typing import Final

from kaizen.access.permissions import CUSTOMIZE, Verb
from kaizen.access.rights import AccessBook
from kaizen.model.catalog import Catalog, Module
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.model.weak_cache import WeakCache
from kaizen.records.ports import OrganisationState, UnitOfWork
from kaizen.server.http import conditional, params
from kaizen.server.http.call import Answer, Call
from kaizen.server.http.versions import Dialect
from kaizen.vocabulary.codes import Code


def module_of(uow: OrganisationState, call: Call, **details: Json) -> Module:
    """Return the module that the query parameter names; `details` of an unknown one, where a family gives any."""
    module = find_module(uow.catalog, params.required(call, "module"), call.dialect)
    if module is None:
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, details))
    if not customizes(uow, call):
        uow.access.of(call.actor).on(module).require(Verb.VIEW)
    return module


def customizes(uow: OrganisationState, call: Call) -> bool:
    """Return whether the caller changes modules and fields, for which he needs to see all of them."""
    return uow.access.of(call.actor).allows(CUSTOMIZE)


def hidden_from(uow: OrganisationState, call: Call, module: Module) -> frozenset[str]:
    """Return the fields of a module that the caller's profile hides from him."""
    return frozenset() if customizes(uow, call) else uow.access.of(call.actor).on(module).hidden


def find_module(catalog: Catalog, name: str, dialect: Dialect) -> Module | None:
    """Find a module by its api_name, if the version knows it."""
    module = catalog.by_name.get(name)
    return module if module and known_to(dialect, module) else None


def known_to(dialect: Dialect, module: Module) -> bool:
    """Return whether a version has a module (Activities went with v3, line items became modules with v2.1)."""
    versions = module.properties.get("versions")
    return not isinstance(versions, list) or dialect.is_one_of(versions)


def changed_at(uow: OrganisationState, *modules: Module) -> int:
    """Return when the metadata of modules last changed, in seconds since the epoch."""
    made = uow.organisation.properties.get("created_time")
    moments = [made if isinstance(made, int) else 0]
    for module in modules:
        for field in module.fields:
            at = field.properties.get("modified_time")
            if isinstance(at, int):
                moments.append(at)
    return max(moments)


#: Of each catalog with its profiles, which answers name, what was rendered.
_RENDERED: Final[WeakCache[AccessBook, dict[Hashable, dict[str, Json]]]] = WeakCache(lambda _: {})


def answered(
    uow: UnitOfWork, call: Call, about: tuple[Module, ...], key: Hashable, make: Callable[[], dict[str, Json]]
) -> Answer:
    """Answer from the catalog; 304 when nothing is newer.

    What is rendered is kept by catalog, version, time zone and profile.
    """
    rendered = _RENDERED.of(uow.access)
    caller = uow.access.of(call.actor).user
    seen = (key, call.dialect.name, caller.time_zone, caller.profile_id)
    if conditional.unchanged(call, changed_at(uow, *about)):
        return conditional.NOT_MODIFIED
    body = rendered.get(seen)
    if body is None:
        body = rendered[seen] = make()
    return Answer(body=body) if any(body.values()) else Answer(204)
