"""What a queue entry remembers of the chain of changes it belongs to, so that the guard against loops sees it."""

from collections.abc import Mapping
from typing import Final

from kaizen.model.record import Origin
from kaizen.model.values import Json

#: Why a queue entry was cancelled: its record is gone.
RECORD_DELETED: Final = "RECORD_DELETED"
#: Why a queue entry was cancelled: its rule no longer has the action.
ACTION_REMOVED: Final = "ACTION_REMOVED"


def handed_on(origin: Origin) -> dict[str, Json]:
    """Write the origin of the writes that an action will make into the payload of its queue entry."""
    ran: list[Json] = [" ".join(map(str, step)) for step in sorted(origin.ran)]
    return {"chain": str(origin.chain), "depth": origin.depth, "ran": ran}


def taken_up(payload: Mapping[str, Json]) -> Origin:
    """Read the origin from the payload of a queue entry."""
    ran, depth = payload.get("ran"), payload.get("depth")
    steps = (tuple(map(int, str(step).split())) for step in ran) if isinstance(ran, list | tuple) else ()
    return Origin(
        "workflow",
        int(str(payload.get("chain", 0))),
        depth if isinstance(depth, int) else 1,
        frozenset((step[0], step[1], step[2]) for step in steps),
    )
