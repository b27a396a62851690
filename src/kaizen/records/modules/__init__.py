"""What is special to a module: checks, derived values, line items, prices, participants."""
