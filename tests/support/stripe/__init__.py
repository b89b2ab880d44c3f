"""A server on loopback that answers as Stripe does, with Stripe's bad days."""
