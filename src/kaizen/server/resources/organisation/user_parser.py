"""What a request to add or change a user means (reference: platform F.1)."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Final

from kaizen.fields.reference import id_of
from kaizen.json_body.body_reader import BodyReader
from kaizen.json_body.errors import RefusedError
from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.problem import Problem, expected_type
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.resources.organisation.user_preferences import read_preferences, read_time_zone, refuse_others_own
from kaizen.server.resources.organisation.user_shifts import refuse_shifts
from kaizen.vocabulary.codes import Code

ACTIVE: Final = "active"
DISABLED: Final = "disabled"
DELETED: Final = "deleted"

_EMAIL: Final = re.compile(r"[^@\s<>,;\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
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
    """Read a user to be added; he is no user before he is confirmed. Raises RefusedError."""
    if not uow.organisation.company_name:
        raise RefusedError(Problem(Code.MANDATORY_NOT_FOUND, {}, "Company Name is required"))
    if row.given.get("type__s") == _NO_PERSON:
        raise row.refuse(Code.NOT_ALLOWED, "type__s", "The specified user type is not allowed")
    _refuse_foreign(row)
    row.required("email")
    email = _email(row)
    for other in uow.users.values():
        if other.email.casefold() == email.casefold() and other.status != DELETED:
            taken = "Failed to add user since same email id is already present"
            raise RefusedError(Problem(Code.DUPLICATE_DATA, {}, taken))
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
        properties={"created_by": by, "created_time": uow.now},
    )
    return _with(uow, user, row, by)


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
    if row.has("email") and row.given["email"] != user.email:
        if user.confirmed:
            raise row.refuse(Code.EMAIL_UPDATE_NOT_ALLOWED, "email")
        user = replace(user, email=_email(row))
    return _with(uow, _restated(uow, user, row), row, by)


def may_go(uow: UnitOfWork, user: User, what: str) -> Problem | None:
    """Say why a user cannot be deleted or deactivated; None: he can."""
    if user.email.casefold() == uow.organisation.primary_email.casefold():
        return Problem(Code.INVALID_REQUEST, {}, f"Primary Contact cannot be {what}")
    return None


def _restated(uow: UnitOfWork, user: User, row: BodyReader) -> User:
    status = _status(row)
    if status is None:
        return user
    if not user.confirmed and status == ACTIVE:
        raise RefusedError(Problem(Code.INVALID_REQUEST, {}, "Re-invite is not allowed for an unconfirmed user"))
    if status == user.status:
        code = Code.ID_ALREADY_ACTIVE if status == ACTIVE else Code.ID_ALREADY_DEACTIVATED
        raise RefusedError(Problem(code))
    if status == DISABLED:
        problem = may_go(uow, user, "deactivated")
        if problem is not None:
            raise RefusedError(problem)
    return replace(user, status=status)


def _status(row: BodyReader) -> str | None:
    given = row.given.get("status")
    if given is None:
        return None
    if not isinstance(given, str) or given not in _STATUSES:
        raise row.refuse(Code.INVALID_DATA, "status", "Pattern not matched")
    return _STATUSES[given]


def _with(uow: UnitOfWork, user: User, row: BodyReader, by: Id) -> User:
    refuse_shifts(row, datetime.fromtimestamp(uow.now, uow.organisation.zone).date())
    first, last = _names(user, row)
    role = _entity(uow, row, "role")
    profile = _entity(uow, row, "profile")
    stamps: dict[str, Json] = {"Modified_By": by, "Modified_Time": uow.now}
    return replace(
        user,
        last_name=last,
        first_name=first or None,
        time_zone=read_time_zone(row) or user.time_zone,
        role_id=role.id if role else user.role_id,
        role_name=role.name if role else user.role_name,
        profile_id=profile.id if profile else user.profile_id,
        profile_name=profile.name if profile else user.profile_name,
        reporting_to=_reporting_to(uow, user, row) if "Reporting_To" in row.given else user.reporting_to,
        properties={**read_preferences(uow, row, user.properties), **stamps},
    )


def _refuse_foreign(row: BodyReader) -> None:
    for name, message in _NOT_BY_CLIENTS.items():
        if row.has(name):
            raise row.refuse(Code.NOT_SUPPORTED, name, message)


def _email(row: BodyReader) -> str:
    email = row.given["email"]
    if not isinstance(email, str) or len(email) > _LONGEST_EMAIL or not _EMAIL.fullmatch(email):
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
    number = id_of(given.get("id") if isinstance(given, dict) else given)
    found = uow.document(kind, number) if number is not None else None
    if found is None:
        raise row.refuse(Code.INVALID_DATA, kind, "INVALID_DATA")
    return found


def _reporting_to(uow: UnitOfWork, user: User, row: BodyReader) -> Id | None:
    number = row.reference("Reporting_To")
    if number is None:
        return None
    above = uow.users.get(number)
    if above is None:
        problem = Problem(Code.INVALID_DATA, expected_type("Valid userid should be given"))
        raise RefusedError(problem)
    if above.status == DELETED:
        raise row.refuse(Code.NOT_ALLOWED, "Reporting_To", "the id given seems to be already deleted")
    seen: set[Id] = set()
    step: User | None = above
    while step is not None and step.id not in seen:
        if step.id == user.id:
            problem = Problem(Code.INVALID_DATA, expected_type("Invalid Reporting Manager"))
            raise RefusedError(problem)
        seen.add(step.id)
        step = uow.users.get(step.reporting_to) if step.reporting_to else None
    return number
