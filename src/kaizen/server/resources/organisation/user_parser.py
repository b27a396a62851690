"""What a request to add or change a user means (reference: platform F.1)."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from kaizen.fields.email_address import is_email_address
from kaizen.fields.reference import referred_id
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError
from kaizen.model.document import Document
from kaizen.model.people import User, changed_by, made_by
from kaizen.model.problem import Problem
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.resources.organisation.reporting_line import KEY, read_reporting_to, refuse_left_behind
from kaizen.server.resources.organisation.user_appearance import read_appearance
from kaizen.server.resources.organisation.user_preferences import read_preferences, read_time_zone, refuse_others_own
from kaizen.server.resources.organisation.user_shifts import refuse_shifts
from kaizen.vocabulary.codes import Code

ACTIVE: Final = "active"
DISABLED: Final = "disabled"
DELETED: Final = "deleted"

_LONGEST_EMAIL: Final = 100
_SPECIAL: Final = re.compile(r"[<>]")
_STATUSES: Final = {"active": ACTIVE, "disabled": DISABLED, "deactive": DISABLED, "inactive": DISABLED}
#: Fields that the server alone writes, each with what the service says of it.
_NOT_BY_CLIENTS: Final = {
    "created_by": "Created by & Modified by fields cannot be updated by api",
    "Modified_By": "Created by & Modified by fields cannot be updated by api",
    "type__s": "type__s is cannot be updated by api",
}
_NO_PERSON: Final = "Digital Employee"  #: a type of users whom nobody adds
_SERVICE_DOMAIN: Final = "@zoho.com"
_BAD_EMAIL: Final = "Invalid Email Id. Please choose a different email id"


def new_user(uow: UnitOfWork, row: BodyReader, by: Id) -> User:
    """Read a user to be added, who is inactive until confirmed. Raises RefusedError."""
    if not uow.organisation.company_name:
        raise RefusedError(Problem(Code.MANDATORY_NOT_FOUND, {}, "Company Name is required"))
    if row.given.get("type__s") == _NO_PERSON:
        raise row.refuse(Code.NOT_ALLOWED, "type__s", "The specified user type is not allowed")
    _refuse_foreign(row)
    row.required("email")
    email = _email(row)
    if _is_taken(uow, email):
        message = "Failed to add user since same email id is already present"
        raise RefusedError(Problem(Code.DUPLICATE_DATA, {}, message))
    row.required("role")
    row.required("profile")
    _status(row)  # checked like any other value; he stays disabled until he is confirmed
    user = User(
        id=uow.new_id(),
        email=email,
        last_name="",
        time_zone=uow.organisation.time_zone,
        status=DISABLED,
        confirmed=False,
        properties=made_by(by, uow.now),
    )
    return _with(uow, user, row, by, is_new=True)


def changed_user(uow: UnitOfWork, user: User, row: BodyReader, by: Id) -> User:
    """Read what becomes of a user; raises RefusedError."""
    if user.status == DELETED:
        raise RefusedError(Problem(Code.CANNOT_UPDATE_DELETED_USER))
    _refuse_foreign(row)
    if user.id != by:
        refuse_others_own(row, user)
    for name in ("role", "profile"):
        if name in row.given:
            row.required(name)
    if row.flag("reinvite") and user.confirmed:
        message = "Reinvite is not allowed for a confirmed user"
        raise RefusedError(Problem(Code.INVALID_REQUEST, {"api_name": "reinvite"}, message))
    if row.has("email") and row.given["email"] != user.email:
        user = replace(user, email=_new_email(uow, user, row))
    after = _with(uow, _restated(uow, user, row, by), row, by)
    refuse_left_behind(uow, row, user, after)
    return after


def is_primary_contact(uow: UnitOfWork, user: User) -> bool:
    """Return whether a user is the one who stays whatever happens."""
    return user.email.casefold() == uow.organisation.primary_email.casefold()


def _new_email(uow: UnitOfWork, user: User, row: BodyReader) -> str:
    if user.confirmed:
        raise RefusedError(Problem(Code.EMAIL_UPDATE_NOT_ALOWED, {"api_name": "email"}))
    email = _email(row)
    if _is_taken(uow, email, user.id):
        raise row.refuse(Code.DUPLICATE_DATA, "email", "Email already exists")
    return email


def _restated(uow: UnitOfWork, user: User, row: BodyReader, by: Id) -> User:
    """Read whether a user becomes active or not."""
    status = _status(row)
    if status is None:
        return user
    which: dict[str, Json] = {"id": str(user.id), "json_path": str(row.path / "id")}
    if status == ACTIVE and not user.confirmed:
        raise row.refuse(Code.INVALID_REQUEST, "status", "invalid request")
    if status == ACTIVE == user.status:
        raise RefusedError(Problem(Code.ID_ALREADY_ACTIVE, which))
    if status == DISABLED == user.status:
        raise RefusedError(Problem(Code.ID_ALREADY_DEACTIVATED, {"api_name": "id", "id": str(user.id)}))
    if status == DISABLED and is_primary_contact(uow, user):
        raise RefusedError(Problem(Code.INVALID_REQUEST, which, "Primary Contact cannot be deactivated"))
    if status == DISABLED and user.id == by:
        raise RefusedError(Problem(Code.INVALID_REQUEST, {}, "You can't perform this action over logged in user"))
    return replace(user, status=status)


def _status(row: BodyReader) -> str | None:
    given = row.given.get("status")
    if given is None:
        return None
    if not isinstance(given, str) or given not in _STATUSES:
        raise row.refuse(Code.INVALID_DATA, "status", "Pattern not matched")
    return _STATUSES[given]


def _with(uow: UnitOfWork, user: User, row: BodyReader, by: Id, *, is_new: bool = False) -> User:
    refuse_shifts(row, datetime.fromtimestamp(uow.now, uow.organisation.zone).date())
    first, last = _names(user, row)
    role = _entity(uow, row, "role")
    profile = _entity(uow, row, "profile")
    user = replace(user, role_id=role.id, role_name=role.name) if role else user
    if row.flag("share_among_subordinates"):
        raise RefusedError(Problem(Code.FEATURE_NOT_AVAILABLE))
    return replace(
        user,
        last_name=last,
        first_name=first or None,
        time_zone=read_time_zone(row) or user.time_zone,
        profile_id=profile.id if profile else user.profile_id,
        profile_name=profile.name if profile else user.profile_name,
        reporting_to=read_reporting_to(uow, row, user, is_new=is_new) if KEY in row.given else user.reporting_to,
        properties={**_wishes(uow, user, row), **changed_by(by, uow.now)},
    )


def _wishes(uow: UnitOfWork, user: User, row: BodyReader) -> dict[str, Json]:
    return read_appearance(row, user, read_preferences(uow, row, user.properties))


def _refuse_foreign(row: BodyReader) -> None:
    for name, message in _NOT_BY_CLIENTS.items():
        if row.has(name):
            raise row.refuse(Code.NOT_SUPPORTED, name, message)


def _is_taken(uow: UnitOfWork, email: str, but_for: Id | None = None) -> bool:
    return any(
        user.email.casefold() == email.casefold() and user.status != DELETED and user.id != but_for
        for user in uow.users.values()
    )


def _email(row: BodyReader) -> str:
    email = row.given["email"]
    if not isinstance(email, str) or len(email) > _LONGEST_EMAIL or not is_email_address(email):
        raise RefusedError(Problem(Code.INVALID_DATA, {"api_name": "email"}, _BAD_EMAIL))
    if email.casefold().endswith(_SERVICE_DOMAIN):
        message = f"Email Id should not contain {_SERVICE_DOMAIN}. Please choose a different email id"
        raise RefusedError(Problem(Code.INVALID_DATA, {"api_name": "email"}, message))
    return email


def _names(user: User, row: BodyReader) -> tuple[str, str]:
    """Read the first and the last name; a user has one of the two."""
    first = _name(row, "first_name", 40) if "first_name" in row.given else user.first_name or ""
    last = _name(row, "last_name", 80) if "last_name" in row.given else user.last_name
    if not first and not last:
        raise row.refuse(Code.MANDATORY_NOT_FOUND, "last_name", "Last Name is required")
    return first, last


def _name(row: BodyReader, name: str, longest: int) -> str:
    text = row.text(name, longest) or ""
    if _SPECIAL.search(text):
        raise row.refuse(Code.INVALID_DATA, name, "Special Characters Found")
    return text


def _entity(uow: UnitOfWork, row: BodyReader, kind: str) -> Document | None:
    if not row.has(kind):
        return None
    given = row.given[kind]
    number = referred_id(given)
    found = uow.document(kind, number) if number is not None else None
    if found is None:
        raise row.refuse(Code.INVALID_DATA, kind, "INVALID_DATA")
    return found
