"""What goes wrong between a store and its database."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar

from kaizen.model.values import Json
from kaizen.vocabulary.codes import Code


class StoreError(Exception):
    """The database cannot be used as asked."""


class RefusedByStoreError(StoreError):
    """Work was refused, and nothing of it was written.

    The message is for the operator; what a client is told, code and sentence, names no address and no file.
    """

    code: ClassVar[Code]
    public: str
    details: Mapping[str, Json] = MappingProxyType({})


class UnavailableError(RefusedByStoreError):
    """The database does not answer now; what was refused can be tried again."""

    code = Code.SERVICE_UNAVAILABLE
    public = "the database does not answer; nothing was written, try again in a few seconds"


class CannotWriteError(UnavailableError):
    """The database can be read, and not written."""

    public = "the database cannot be written now; nothing was written, try again later"


class LockedError(CannotWriteError):
    """Another process holds the database."""

    public = "another program holds the database; nothing was written, try again in a few seconds"


class NoRoomError(CannotWriteError):
    """The disk of the database is full, or fails; what was refused can be tried again."""

    public = "the disk of the database is full or fails; nothing was written, try again later"


class OutcomeUnknownError(UnavailableError):
    """The database went away between the order to commit and its answer."""

    public = "the database went away while it wrote; look whether the change is there before you try again"


class ConflictError(UnavailableError):
    """Others changed what a unit of work had read, each time it was run."""

    public = "others write the same all the time; nothing was written, try again"


class ReadTooLongError(RefusedByStoreError):
    """A read was stopped because it took too long."""

    code = Code.REQUEST_TIMEOUT

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it read for {seconds:g} seconds")
        self.details = {"limit": Decimal(f"{seconds:g}")}
        self.public = (
            f"the request was stopped after reading for {seconds:g} seconds, the limit of this server; ask for less: "
            "more exact criteria, no sorting by a field without an index, page_token instead of a high page or offset"
        )


class TooManyReadsError(RefusedByStoreError):
    """A read that takes long found too many others."""

    code = Code.TOO_MANY_REQUESTS

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} reads that take long are being served or wait")
        self.details = {"limit": most}
        self.public = f"{most} requests that take long are being served or wait; try again when they are done"


class ReadOnlyError(StoreError):
    """A unit that was opened for reading tried to write."""

    def __init__(self) -> None:
        super().__init__("this unit of work only reads")
