"""The organisation: users, roles, profiles, business hours, holidays."""
