"""A gift card: money that we owe to whoever holds it, spent once, until it is used up or lapses."""
