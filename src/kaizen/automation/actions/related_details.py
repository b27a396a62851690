"""What rules say of the entities that their actions name, where the kind of action says nothing else."""

from kaizen.automation.actions.action_kind import Related
from kaizen.automation.actions.action_payload import ActionPayload
from kaizen.json_body.errors import not_run


def at_home(payload: ActionPayload) -> Related:
    """Take an entity of the rule's own module; follow-ups are refused."""
    if payload.related.has("followup_details"):
        raise not_run(payload.related.path / "followup_details", "follow-ups of tasks")
    return Related({"related_details": None}, payload.module)
