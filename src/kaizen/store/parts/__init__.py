"""The parts of a unit of work: each family of tables by itself, given what it needs."""
