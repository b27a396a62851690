"""Requests, one function for each operation: what is asked, without asking it."""
