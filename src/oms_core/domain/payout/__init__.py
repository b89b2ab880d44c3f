"""A payout: what a payment provider has sent to our bank in one sum, and what it has kept."""
