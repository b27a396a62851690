"""What the rules of a module may be made of (reference: automation D)."""

from typing import Final

from kaizen.automation.configurations import dump_configuration
from kaizen.records.ports import UnitOfWork
from kaizen.server.http import params
from kaizen.server.http.call import Answer, Call, Route
from kaizen.server.resources.shared.guards import for_managers
from kaizen.server.resources.workflow.action_resources import BAD_PARAMETER, MANAGE, bad_parameter
from kaizen.standard.workflow_configurations import workflow_configurations
from kaizen.vocabulary.codes import Code

PATH: Final = "workflow_configurations"


def show_configuration(uow: UnitOfWork, call: Call) -> Answer:
    """Answer the triggers and actions of the module that the query names."""
    name = params.required(call, "module", "required param not found")
    module = uow.catalog.by_name.get(name)
    configuration = workflow_configurations().of(module) if module is not None else None
    if configuration is None:
        raise bad_parameter("module", BAD_PARAMETER, Code.INVALID_MODULE)
    return Answer(body={"workflow_configurations": dump_configuration(configuration, uow.catalog)})


_SCOPES: Final = ("ZohoCRM.settings.workflow_rules.READ",)

ROUTES: Final = tuple(
    for_managers(
        [
            Route("GET", PATH, show_configuration, _SCOPES),
            # The service has it outside the settings; its place among the other families works too.
            Route("GET", f"settings/automation/{PATH}", show_configuration, _SCOPES),
        ],
        MANAGE,
        operations={f"GET {PATH}": "getWorkflowConfigurations"},
    )
)
