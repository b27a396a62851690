"""Who may use a family of operations."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from kaizen.access.permissions import CUSTOMIZE
from kaizen.access.rights import Rights
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Answer, Call, Handler, Route
from kaizen.vocabulary.codes import Code

NOT_AVAILABLE: Final = "feature not available in this edition"


def for_managers(
    routes: Iterable[Route],
    *permissions: str,
    creating: Sequence[str] = (),
    everyone_reads: bool = False,
    message: str = NOT_AVAILABLE,
    of: Mapping[str, tuple[str, Sequence[str]]] = MappingProxyType({}),
    operations: Mapping[str, str],
) -> list[Route]:
    """Let only those with permissions use operations, and give these the ids of the published description.

    The refusal says `message` and names `permissions`, that of a POST `creating`; `of` gives the message and the
    permissions of single operations. `of` and `operations` are by method and pattern.
    """

    def guarded(route: Route) -> Handler:
        if everyone_reads and not route.writes:
            return route.handler
        usual = creating if creating and route.method == "POST" else permissions
        said, named = of.get(f"{route.method} {route.pattern}", (message, usual))
        return _guarded(route.handler, named, said)

    return [
        replace(
            route,
            handler=guarded(route),
            operation=operations.get(f"{route.method} {route.pattern}", route.operation),
        )
        for route in routes
    ]


def _guarded(handler: Handler, permissions: Sequence[str], message: str) -> Handler:
    def answer(uow: UnitOfWork, call: Call) -> Answer:
        # Some refusals name no permission; they are about settings of the whole organisation.
        if not all(map(uow.access.of(call.actor).allows, permissions or (CUSTOMIZE,))):
            details: dict[str, Json] = {"permissions": list(permissions)} if permissions else {}
            raise RequestRefusedError(Problem(Code.NO_PERMISSION, details, message))
        return handler(uow, call)

    return answer


def for_administrators(route: Route) -> Route:
    """Let only administrators use an operation."""

    def answer(uow: UnitOfWork, call: Call) -> Answer:
        require_profile(uow.access.of(call.actor))
        return route.handler(uow, call)

    return replace(route, handler=answer)


def require_profile(rights: Rights) -> None:
    """Refuse users who are not administrators."""
    if not rights.is_administrator:
        raise RequestRefusedError(Problem(Code.NO_PERMISSION))
