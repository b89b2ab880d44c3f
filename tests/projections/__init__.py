"""What people ask of the log, and that the answers are always the same."""
