"""Task actions (reference: automation C.2)."""

from typing import Final

from kaizen.automation.payload.actions import action_body
from kaizen.automation.payload.actions.task import dump_task, is_answered_as_object, read_task
from kaizen.model.document import Document
from kaizen.model.values import Json
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Call
from kaizen.server.http.resource import Messages, Resource
from kaizen.server.resources.shared.guards import for_managers
from kaizen.server.resources.shared.stamps import stamps
from kaizen.server.resources.workflow.action_resources import (
    MANAGE,
    SCOPE,
    TOO_MANY_IDS,
    check_feature,
    choose_entities,
    of_module,
    parse_with,
    payload_context,
    refuse_used,
)
from kaizen.vocabulary.codes import Code

PATH: Final = "settings/automation/tasks"
_ASSOCIATED: Final = "ask is associated with at least one of Approval Process/Workflow Rules/Blueprint"


def _dump(uow: UnitOfWork, call: Call, document: Document, whole: bool) -> dict[str, Json]:
    if whole:
        # What the service checks of a single task, though there is nothing to choose from.
        check_feature(call)
        of_module(uow, call, ())
    module = uow.catalog.by_name.get(document.module)
    return {
        **stamps(uow, call, document),
        **action_body.dump_state(document.id in uow.book.used),
        # The service's samples show the labels of the module in the list, and not in the task.
        **dump_task(document.body, module, payload_context(uow), labelled=not whole),
        "id": str(document.id),
    }


TASKS: Final = Resource(
    path=PATH,
    envelope="tasks",
    scope=SCOPE,
    kind="task",
    parse=parse_with(read_task, "tasks"),
    dump=_dump,
    messages=Messages(
        created="task created successfully",
        updated="task updated successfully",
        deleted="task deleted successfully",
    ),
    rows_per_call=1,
    ids_per_call=10,
    too_many_ids=TOO_MANY_IDS,
    missing=Code.INVALID_DATA,
    choose=choose_entities(),
    as_object=is_answered_as_object,
    may_delete=refuse_used(f"T{_ASSOCIATED}", f"the specified t{_ASSOCIATED}"),
)

ROUTES: Final = tuple(
    for_managers(
        TASKS.routes(),
        MANAGE,
        "WorkFlow_Tasks",
        of={f"DELETE {PATH}/{{id}}": ("permission denied", ("Crm_Implied_manage_workflow",))},
        operations={
            f"GET {PATH}": "getTasks",
            f"POST {PATH}": "postTasks",
            f"DELETE {PATH}": "deleteTasks",
            f"GET {PATH}/{{id}}": "getTaskById",
            f"PUT {PATH}/{{id}}": "putTasksById",
            f"DELETE {PATH}/{{id}}": "deleteTaskById",
        },
    )
)
