"""The only writer of records: one pipeline for every write."""
