"""HTTP: one route table, authentication, envelopes, errors, versions, and the declared kinds of endpoint."""
