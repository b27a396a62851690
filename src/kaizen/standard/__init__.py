"""What a new organisation has, as data and as the objects built from it."""

from kaizen.standard.catalog import scope_word, table_of
from kaizen.standard.organisation import NewOrganisation, new_organisation

__all__ = ["NewOrganisation", "new_organisation", "scope_word", "table_of"]
