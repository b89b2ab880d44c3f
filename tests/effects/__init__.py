"""What goes out to payment providers, and what comes back."""
