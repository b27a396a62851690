"""Workflow rules and the actions they name."""
