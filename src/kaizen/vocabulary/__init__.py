"""The nouns of the service: codes, data types, comparators, scopes. No logic; everyone may import it."""
