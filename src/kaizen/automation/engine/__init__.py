"""What one change makes the rules of its module do: triggers, the index of rules, reactions and reasons."""
