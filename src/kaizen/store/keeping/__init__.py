"""Looking a database through, and keeping a copy of it."""
