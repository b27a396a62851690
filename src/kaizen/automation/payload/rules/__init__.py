"""Rules on the wire: read, checked, merged, shown."""
