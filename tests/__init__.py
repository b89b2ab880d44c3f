"""What the system promises, as runnable sentences."""
