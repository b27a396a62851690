"""E-mail notification actions (reference: automation C.3)."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from kaizen.automation.payload.actions import action_body
from kaizen.automation.payload.actions.email_notification import dump_email_notification, read_email_notification
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.http.resource import Messages, Resource
from kaizen.server.resources.shared.guards import for_managers
from kaizen.server.resources.shared.moments import day_of
from kaizen.server.resources.shared.stamps import stamps
from kaizen.server.resources.workflow.action_resources import (
    MANAGE,
    SCOPE,
    TOO_MANY_IDS,
    bad_parameter,
    choose_entities,
    parse_with,
    refuse_used,
    word,
)
from kaizen.vocabulary.automation import ActionType
from kaizen.vocabulary.codes import Code

PATH: Final = "settings/automation/email_notifications"
_ASSOCIATED: Final = "mail notification is associated with at least one of Approval Process/Workflow Rules/Blueprint"
#: Mails a day for each user (reference: automation C.3); reported, not enforced.
_DAILY_PER_USER: Final = 300
_REPORTED_DAYS: Final = 7


def _dump(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    body = document.body
    named = body["template"]
    template = uow.document("email_template", int(str(named["id"]))) if isinstance(named, dict) else None
    return {
        **stamps(uow, call, document),
        **action_body.dump_state(document.id in uow.book.used),
        **dump_email_notification(body, uow.catalog.by_name.get(document.module), template),
        "id": str(document.id),
    }


def report_usage(uow: UnitOfWork, call: Call) -> Answer:
    """Answer how many mails rules sent, by day and on request by notification, by default in the last seven days."""
    groups = [part.strip() for part in call.query.get("group_by", "").split(",") if part.strip()]
    if not groups:
        message = "One of the expected param is missing"
        raise RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, {"param_name": "group_by"}, message))
    if groups[0] != "date" or groups[1:] not in ([], ["resource"]):
        raise bad_parameter("group_by")
    word(call, "type", ("email_notifications",), "feature type is invalid")
    since, until = _span(uow, call)
    counts: Counter[tuple[str, Id]] = Counter()
    for notification, day, sent in _sent(uow, since, until):
        counts[day, notification if len(groups) > 1 else 0] += sent
    names = {notification.id: notification.name for notification in uow.documents("email_notification")}
    rows: list[Json] = []
    for (day, notification), sent in sorted(counts.items()):
        resource: Json = {"name": names.get(notification, ""), "id": str(notification)} if notification else None
        rows.append({"date": day, "resource": resource, "count": sent, "type": "email_notifications"})
    limit = _DAILY_PER_USER * sum(user.status == "active" for user in uow.users.values())
    return Answer(body={"data_usage": rows, "info": {"max_limit": limit}})


def _span(uow: UnitOfWork, call: Call) -> tuple[str, str]:
    today = datetime.fromtimestamp(uow.now, UTC).astimezone(uow.organisation.zone).date()
    ends = {"from": today - timedelta(days=_REPORTED_DAYS - 1), "to": today}
    for name in ends:
        payload = call.query.get(name)
        if payload is not None:
            day = day_of(payload, uow.organisation.zone)
            if day is None:
                raise bad_parameter(name)
            ends[name] = date.fromisoformat(day)
    if ends["to"] > today:
        raise bad_parameter("to", "provided time is ahead")
    return ends["from"].isoformat(), ends["to"].isoformat()


def _sent(uow: UnitOfWork, since: str, until: str) -> Iterator[tuple[Id, str, int]]:
    for rule in uow.book.rules:
        mails = {action.id for _, _, action in rule.actions() if action.type is ActionType.EMAIL_NOTIFICATIONS}
        for count in uow.usage(rule.id, since, until) if mails else ():
            if count.action_id in mails:
                yield count.action_id, count.day, count.success


EMAIL_NOTIFICATIONS: Final = Resource(
    path=PATH,
    envelope="email_notifications",
    scope=SCOPE,
    kind="email_notification",
    parse=parse_with(read_email_notification, "email_notifications"),
    dump=_dump,
    messages=Messages(
        created="alert created successfully",
        updated="alert updated successfully",
        deleted="alert deleted successfully",
    ),
    rows_per_call=1,
    ids_per_call=10,
    too_many_ids=TOO_MANY_IDS,
    missing=Code.INVALID_DATA,
    choose=choose_entities(),
    may_delete=refuse_used(f"E{_ASSOCIATED}", f"the specified e{_ASSOCIATED}"),
)

ROUTES: Final = tuple(
    for_managers(
        [
            *EMAIL_NOTIFICATIONS.routes(),
            Route("GET", f"{PATH}/actions/usage_reports", report_usage, (f"{SCOPE}.READ",)),
        ],
        MANAGE,
        operations={},
    )
)
