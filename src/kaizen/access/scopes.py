"""Whether the token of a caller allows an operation."""

from functools import lru_cache

from kaizen.model.catalog import Module
from kaizen.model.people import Actor
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.vocabulary.codes import Code
from kaizen.vocabulary.scopes import allows

#: Needed beside the module's own scope by search and count (reference: platform A.9).
SEARCH = "ZohoSearch.securesearch.READ"


def permitted(actor: Actor, *needed: str) -> bool:
    """Return whether the caller's token covers every needed scope."""
    return all(_covered(actor.scopes, scope) for scope in needed)


def require(actor: Actor, *needed: str) -> None:
    """Refuse the request unless the caller's token covers every needed scope."""
    if not permitted(actor, *needed):
        raise RequestRefusedError(Problem(Code.OAUTH_SCOPE_MISMATCH))


def on_module(module: Module, operation: str) -> str:
    """Return the scope of an operation (READ, CREATE, ...) on one module."""
    return f"ZohoCRM.modules.{module.scope}.{operation}"


@lru_cache(maxsize=4096)
def _covered(granted: frozenset[str], needed: str) -> bool:
    return allows(granted, needed)
