"""What goes wrong between a store and its database."""


class StoreError(Exception):
    """The database cannot be used as asked."""


class NoRoomError(StoreError):
    """The disk of the database is full, or fails; what was refused can be tried again."""


class ConflictError(StoreError):
    """Others changed what a unit of work had read, each time it was run."""


class ReadOnlyError(StoreError):
    """A unit that was opened for reading tried to write."""

    def __init__(self) -> None:
        super().__init__("this unit of work only reads")
