"""OAuth: clients, grants, tokens, revocation."""
