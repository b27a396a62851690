"""One tree for every filter: rules, views, search and COQL."""
