"""What the readers of all payloads share: positions, JSON types, errors, references."""
