"""Commands that need the server's own packages, which are an extra: the others work without them."""

from collections.abc import Iterator
from contextlib import contextmanager

from kaizen.cli.problems import UsageProblemError


@contextmanager
def server_extra() -> Iterator[None]:
    """Report which package is missing, and how to install it.

    Raises:
        UsageProblemError: one is missing.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise UsageProblemError(
            f"this needs the package {error.name}; install it with: pip install 'kaizen-crm[server]'"
        ) from error
