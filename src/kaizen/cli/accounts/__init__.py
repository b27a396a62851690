"""Commands that let people and programs in: they open the database on the machine of the server."""
