"""One file per family of settings endpoints."""
