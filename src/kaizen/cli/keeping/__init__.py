"""Commands that keep a database: they look it through and copy it, beside a running server or without one."""
