"""What rules make of writes: run, carried out at once or when due, counted."""
