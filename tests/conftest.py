"""Fixtures for every test, and how properties are tried."""

from hypothesis import settings

from tests.support.server import (
    crm,
    crm_on,
    kaizen_process,
    make_crm,
    organisation_database,
    organisation_file,
    start_kaizen,
)
from tests.support.services import postgres_url

# An example is right or wrong; how long a busy machine takes over it says nothing.
settings.register_profile("kaizen", deadline=None)
settings.load_profile("kaizen")

__all__ = [
    "crm",
    "crm_on",
    "kaizen_process",
    "make_crm",
    "organisation_database",
    "organisation_file",
    "postgres_url",
    "start_kaizen",
]
