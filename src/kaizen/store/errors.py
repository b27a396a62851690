"""What goes wrong between a store and its database."""

from typing import ClassVar

from kaizen.vocabulary.codes import Code


class StoreError(Exception):
    """The database cannot be used as asked."""


class RefusedByStoreError(StoreError):
    """Work was refused, and nothing of it was written.

    The message is for the operator; what a client is told, code and sentence, names no address and no file.
    """

    code: ClassVar[Code]
    public: ClassVar[str]


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


class ReadOnlyError(StoreError):
    """A unit that was opened for reading tried to write."""

    def __init__(self) -> None:
        super().__init__("this unit of work only reads")
