"""What wakes rules, one declaration a trigger."""
