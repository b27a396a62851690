"""OAuth scopes: `service.group[.sub].OPERATION`, and when a granted one covers a needed one."""

from collections.abc import Iterable
from typing import Final

OPERATIONS: Final = ("ALL", "READ", "CREATE", "UPDATE", "DELETE", "WRITE")

#: Every group that `kaizen serve --credentials` asks for: all that the service knows.
EVERYTHING: Final = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.settings.ALL",
    "ZohoCRM.users.ALL",
    "ZohoCRM.org.ALL",
    "ZohoCRM.bulk.ALL",
    "ZohoCRM.coql.READ",
    "ZohoCRM.notifications.ALL",
    "ZohoCRM.change_owner.ALL",
    "ZohoCRM.mass_update.ALL",
    "ZohoCRM.mass_delete.ALL",
    "ZohoCRM.mass_convert.ALL",
    "ZohoCRM.share.ALL",
    "ZohoCRM.send_mail.ALL",
    "ZohoCRM.templates.email.READ",
    "ZohoCRM.templates.inventory.READ",
    "ZohoCRM.composite_requests.CUSTOM",
    "ZohoCRM.features.READ",
    "ZohoCRM.apis.READ",
    "ZohoCRM.signals.ALL",
    "ZohoCRM.zia_enrichment.ALL",
    "ZohoCRM.Files.ALL",
    "ZohoSearch.securesearch.READ",
    "ZohoFiles.files.ALL",
    "aaaserver.profile.READ",
    "Kaizen.control.ALL",
)


def covers(granted: str, needed: str) -> bool:
    """Return whether one granted scope covers one needed scope; case does not matter."""
    have, want = granted.lower().split("."), needed.lower().split(".")
    have_operation, want_operation = have[-1], want[-1]
    if have[:-1] != want[: len(have) - 1]:
        return False
    if have_operation == "write":
        return want_operation in ("create", "update", "delete", "write")
    return have_operation in ("all", want_operation)


def allows(granted: Iterable[str], needed: str) -> bool:
    """Return whether any of the granted scopes covers the needed one."""
    return any(covers(scope, needed) for scope in granted)
