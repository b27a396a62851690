"""What each kind of action asks for, one file a kind."""
