"""What the rules of the standard modules, and of any other, may be made of."""

from functools import cache

from kaizen.automation.configurations import Configurations, read_configurations
from kaizen.standard.data import read


@cache
def workflow_configurations() -> Configurations:
    """Return the configurations that every organisation has."""
    return read_configurations(read("workflow_configurations"))
