"""What a running server tells about itself: requests in the log, counts, spans."""
