"""The client library: a core that does no I/O, and two clients over it, one of them generated."""
