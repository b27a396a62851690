"""The AsyncClient and all that belongs to it."""
