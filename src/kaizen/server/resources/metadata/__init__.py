"""Modules, fields, layouts, views, related lists, tags."""
