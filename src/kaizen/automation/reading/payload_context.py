"""What payloads are checked against: the organisation as it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kaizen.automation.configurations import Configurations
from kaizen.model.catalog import Catalog
from kaizen.model.document import Document
from kaizen.model.people import User
from kaizen.model.values import Id


@dataclass(frozen=True)
class PayloadContext:
    """The organisation as payloads see it; callables are asked only when an answer is needed."""

    catalog: Catalog
    configurations: Configurations
    users: Mapping[Id, User]
    tags: Mapping[str, Mapping[Id, Document]]  #: tag documents by module api_name and id
    document: Callable[[str, Id], Document | None]  #: by kind and id
    #: Whether there is a record that a lookup into a module can hold; `se_module`: into any.
    has_record: Callable[[str, Id], bool]
    new_id: Callable[[], Id]
    has_business_hours: Callable[[], bool]  #: whether business hours are configured
