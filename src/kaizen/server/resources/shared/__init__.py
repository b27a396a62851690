"""What several families of settings share."""
