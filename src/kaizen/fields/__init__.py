"""What a data type does: read a value from the wire, show it there, and take it as the operand of a criterion."""
