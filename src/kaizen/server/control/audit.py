"""What administrators changed: GET /kaizen/v1/audit."""

from typing import Final

from kaizen.model.audit import AuditEntry
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.control.shown import identity, moment
from kaizen.server.http import paging
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.resources.shared.guards import require_profile


def _audit(uow: UnitOfWork, call: Call) -> Answer:
    require_profile(uow.access.of(call.actor))
    page = paging.page_of(call)
    rows, more = page.cut(uow.audit_entries(page.limit, page.offset))
    shown: list[Json] = [_shown(call, each) for each in rows]
    return Answer(body={"audit": shown, "info": paging.info(page, len(rows), more)})


def _shown(call: Call, entry: AuditEntry) -> dict[str, Json]:
    return {
        "id": str(entry.id),
        "at": moment(call, entry.at),
        "user_id": identity(entry.user_id),
        "kind": entry.kind,
        "object_id": entry.object_id,
        "before": entry.before,
        "after": entry.after,
    }


ROUTES: Final = [Route("GET", "audit", _audit, ("Kaizen.control.READ",))]
