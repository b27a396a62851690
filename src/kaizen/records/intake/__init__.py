"""Rows from the wire on their way to values that can be stored."""
