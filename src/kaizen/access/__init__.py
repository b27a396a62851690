"""May this actor do this to that: scopes, profiles, sharing."""
