"""Money, names and memory."""
