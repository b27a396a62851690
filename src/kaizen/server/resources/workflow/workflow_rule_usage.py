"""How often a rule, its conditions and its actions ran (reference: automation E.1)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kaizen.automation.payload.rules.stored import StoredAction, StoredCondition, conditions_of
from kaizen.automation.schedule import midnight
from kaizen.model.document import Document
from kaizen.model.problem import Problem, RequestRefusedError, expected_type
from kaizen.model.values import Id, Json
from kaizen.records.ports import UnitOfWork
from kaizen.records.reactions.usage import trigger_count
from kaizen.server.http import params
from kaizen.server.http.call import Answer, Call
from kaizen.server.resources.shared.moments import day_of
from kaizen.server.resources.shared.stamps import moment
from kaizen.vocabulary.automation import ActionType
from kaizen.vocabulary.codes import Code

#: The service refuses a range that is too long without saying which is.
LONGEST_RANGE: Final = 366  #: days
_DAY: Final = timedelta(days=1)


def show_usage(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the usage of a rule between two days."""
    since, until = _day(uow, call, "executed_from"), _day(uow, call, "executed_till")
    if (date.fromisoformat(until) - date.fromisoformat(since)).days >= LONGEST_RANGE:
        raise RequestRefusedError(Problem(Code.INVALID_REQUEST, {}, "DATE_RANGE_EXCEEDS"))
    rule = uow.document("workflow_rule", params.path_id(call))
    if rule is None:
        raise RequestRefusedError(params.bad_path_id(call))
    usage = _read(uow, call, rule, since, until)
    conditions: list[Json] = [usage.condition(condition) for condition in conditions_of(rule.body)]
    shown: dict[str, Json] = {
        "trigger_count": trigger_count(uow, rule.id, since, until),
        "name": rule.name,
        "id": str(rule.id),
        "conditions": conditions,
        "reset_time": moment(call, rule.body.get("reset_time")),
    }
    return Answer(body={"workflow_rules": [shown]})


def _day(uow: UnitOfWork, call: Call, name: str) -> str:
    text = params.required(call, name, "required param not found")
    day = day_of(text, uow.organisation.zone)
    if day is None:
        details = {**expected_type("datetime"), "param_name": name}
        # Two blanks, as the service writes it.
        message = "Please provide  ISO Time format to the param"
        raise RequestRefusedError(Problem(Code.INVALID_DATA, details, message))
    return day


def _read(uow: UnitOfWork, call: Call, rule: Document, since: str, until: str) -> "_Usage":
    success: Counter[tuple[Id, Id, Id]] = Counter()
    failure: Counter[tuple[Id, Id, Id]] = Counter()
    for count in uow.usage(rule.id, since, until):
        key = (count.condition_id, count.group_id, count.action_id)
        success[key] += count.success
        failure[key] += count.failure
    times = rule.body.get("associated_times")
    queued = {(group, action): n for (owner, group, action), n in uow.queue_counts().items() if owner == rule.id}
    bulk = {
        entity.id: entity.body.get("bulk_email") is True for entity in uow.documents("email_notification", rule.module)
    }
    associated = {key: moment(call, at) for key, at in (times.items() if isinstance(times, dict) else ())}
    return _Usage(success, failure, queued, associated, bulk, _mails_of(uow, rule.id, since, until))


def _mails_of(uow: UnitOfWork, rule_id: Id, since: str, until: str) -> "_Mails":
    zone = uow.organisation.zone
    first, last = date.fromisoformat(since), min(date.fromisoformat(until), date.max - _DAY)
    counts = uow.mail_counts(rule_id, midnight(first, zone), midnight(last + _DAY, zone))
    sent: Counter[Id] = Counter()
    unsent: Counter[Id] = Counter()
    for (notification, state), count in counts.items():
        (sent if state == "sent" else unsent)[notification] += count
    return _Mails(sent, unsent)


@dataclass(frozen=True, slots=True)
class _Mails:
    """The results of a rule's mails, by notification; mails that are kept, wait or failed have not been sent."""

    sent: Mapping[Id, int]
    unsent: Mapping[Id, int]

    def show(self, notification: Id, *, bulk: bool) -> Json:
        """Show the results of the mails of a notification; this server does not know whether they were read."""
        sent, unsent = self.sent[notification], self.unsent[notification]
        return {
            "bulk_mail": bulk,
            "unopened": 0,
            "sent_percentage": round(100 * sent / (sent + unsent)) if sent else 0,
            "opened": 0,
            "delivered": 0,
            "unsent": unsent,
            "bounced": 0,
            "clicked": 0,
            "sent": sent,
        }


@dataclass(frozen=True, slots=True)
class _Usage:
    success: Mapping[tuple[Id, Id, Id], int]
    failure: Mapping[tuple[Id, Id, Id], int]
    queued: Mapping[tuple[Id, Id], int]
    associated: Mapping[str, str | None]
    bulk: Mapping[Id, bool]
    mails: _Mails

    def condition(self, condition: StoredCondition) -> Json:
        return {
            "instant_actions": {"actions": [self._action(action) for action in condition.instant]},
            "scheduled_actions": [
                {"id": str(group.id), "actions": [self._action(action) for action in group.actions]}
                for group in condition.groups
            ],
            "usage_count": self.success[condition.id, 0, 0],
            "id": str(condition.id),
        }

    def _action(self, action: StoredAction) -> Json:
        key = (action.condition, action.group, action.id)
        done, failed = self.success[key], self.failure[key]
        shown: dict[str, Json] = {
            "name": action.payload.get("name"),
            "success_count": done,
            "failure_count": failed,
            "id": str(action.id),
            "type": action.type,
            "associated_time": self.associated.get(action.key),
        }
        if action.group or action.type == ActionType.EMAIL_NOTIFICATIONS:
            shown["queue_count"] = self.queued.get((action.group, action.id), 0)
        if action.type == ActionType.EMAIL_NOTIFICATIONS:
            shown["related_details"] = self.mails.show(action.id, bulk=self.bulk.get(action.id, False))
        if action.type in (ActionType.ADD_TAGS, ActionType.REMOVE_TAGS):
            shown["tag_id"] = _first_tag(action)
        return shown


def _first_tag(action: StoredAction) -> Json:
    match action.payload.get("details"):
        case {"tags": [{"id": number}, *_]}:
            return number
        case _:
            return None
