"""Commands for the access of users and programs: they open the database on the machine of the server."""
