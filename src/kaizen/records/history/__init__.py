"""What the log of changes tells: traces and the report on rules."""
