"""The server's own API at /kaizen/v1: the clock, the queue, the outbox, traces."""
