"""Conditional reads: If-Modified-Since."""

from typing import Final

from kaizen.server.http import params
from kaizen.server.http.call import Answer, Call

NOT_MODIFIED: Final = Answer(304)


def unchanged(call: Call, modified_at: int) -> bool:
    """Return whether the caller has already seen what was last modified at a moment (seconds since the epoch)."""
    since = params.header_moment(call, "If-Modified-Since")
    return since is not None and modified_at <= since


def modified_since(call: Call) -> int | None:
    """Return the moment after which changes are wanted; None: no condition."""
    return params.header_moment(call, "If-Modified-Since")


def unmodified_since(call: Call) -> int | None:
    """Return the moment after which a changed record must not be overwritten; None: no condition."""
    return params.header_moment(call, "If-Unmodified-Since")
