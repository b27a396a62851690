"""Administrators of the organisation: there is always one, and with access to the machine one can be restored."""

from dataclasses import replace
from typing import Final

from kaizen.model.people import User, changed_by
from kaizen.model.problem import Problem
from kaizen.records.ports import UnitOfWork
from kaizen.vocabulary.codes import Code

PROFILE: Final = "Administrator"
_LAST: Final = "the last active administrator cannot be deactivated, deleted or given another profile"


def problem_of_losing(uow: UnitOfWork, after: User) -> Problem | None:
    """Return why a change of a user is refused: the organisation would have no administrator."""
    before = uow.users[after.id]
    if not _administers(before) or _administers(after):
        return None
    if any(_administers(user) for user in uow.users.values() if user.id != after.id):
        return None
    return Problem(Code.NOT_ALLOWED, {"id": str(after.id)}, _LAST)


def restore(uow: UnitOfWork, user: User) -> User:
    """Make a user an active administrator, also one who was deactivated or deleted."""
    profile = next(each for each in uow.documents("profile") if each.name == PROFILE)
    restored = replace(
        user,
        status="active",
        confirmed=True,
        profile_id=profile.id,
        profile_name=profile.name,
        zuid=user.zuid or new_zuid(uow, user),
        properties={**user.properties, **changed_by(user.id, uow.now)},
    )
    uow.update_user(restored)
    return restored


def new_zuid(uow: UnitOfWork, user: User) -> str:
    """Return the number of a user in all organisations: unique like the user's id, as long as the service's."""
    return str(int(uow.organisation.zgid) + user.id % 10**9)


def _administers(user: User) -> bool:
    return user.is_administrator and user.status == "active"
