"""What clients send about rules and actions: read, checked, merged with what is stored, and shown again. Pure."""
