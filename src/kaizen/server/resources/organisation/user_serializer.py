"""How users look on the wire (reference: platform F.1)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from kaizen.model.people import User
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.resources.organisation.user_appearance import show_appearance
from kaizen.server.resources.organisation.user_preferences import PERSONAL, USUAL
from kaizen.server.resources.shared.stamps import moment, person, reference


def show_user(uow: UnitOfWork, call: Call, user: User) -> dict[str, Json]:
    """Show a user."""
    facts = user.properties
    chosen: dict[str, Json] = {name: facts.get(name, usual) for name, usual in USUAL.items()}
    # These were called so before v4, and have a suffix since.
    suffix = call.dialect.user_suffix
    renamed: dict[str, Json] = {
        "name_format": chosen.pop("name_format__s"),
        "sort_order_preference": chosen.pop("sort_order_preference__s"),
        "type": "Regular User",
    }
    return {
        "id": str(user.id),
        "first_name": user.first_name,
        "last_name": user.last_name or None,
        "full_name": user.full_name,
        "email": user.email,
        **{name: facts.get(name) for name in PERSONAL},
        **chosen,
        **{f"{name}{suffix}": value for name, value in renamed.items()},
        "time_zone": user.time_zone,
        "offset": _offset(uow, user),
        "role": reference(user.role_name, user.role_id),
        "profile": reference(user.profile_name, user.profile_id),
        "status": user.status,
        "status_reason__s": None,
        "confirm": user.confirmed,
        "zuid": user.zuid or None,
        "microsoft": False,
        "personal_account": False,
        "Isonline": user.id == call.actor.user.id,
        "sandboxDeveloper": False,
        "imap_status": False,
        "telephony_enabled": False,
        "rtl_enabled": False,
        "ntc_enabled": False,
        "ntc_notification_type": [],
        "category": "regular_user",
        **show_appearance(facts),
        "territories": [],
        "share_among_subordinates": False,
        "Reporting_To": person(uow, user.reporting_to),
        "Currency": uow.organisation.iso_code,
        "created_by": _maker(uow, facts.get("created_by"), user),
        "created_time": moment(call, facts.get("created_time")),
        "Modified_By": _maker(uow, facts.get("Modified_By"), user),
        "Modified_Time": moment(call, facts.get("Modified_Time")),
        "$current_shift": None,
        "$next_shift": None,
        "$shift_effective_from": None,
    }


def modified_at(user: User) -> int:
    """Return when a user was last changed, in seconds since the epoch."""
    at = user.properties.get("Modified_Time")
    return at if isinstance(at, int) else 0


def _maker(uow: UnitOfWork, user_id: Json, user: User) -> dict[str, Json]:
    # Never null: clients of v2 index into it.
    return person(uow, user_id) or reference(user.full_name, user.id)


def _offset(uow: UnitOfWork, user: User) -> int:
    """Return how far the user's clock is from UTC now, in milliseconds."""
    away = datetime.fromtimestamp(uow.now, ZoneInfo(user.time_zone)).utcoffset()
    return int(away.total_seconds() * 1000) if away else 0
