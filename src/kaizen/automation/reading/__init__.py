"""What the readers of rules and of actions share: what they are checked against, references, fixed values."""
