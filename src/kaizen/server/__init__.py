"""The server: HTTP on the outside, the core in the middle, put together in `app`."""
