"""A customer's credit account: how far we trust, what is owed, and what was paid and not yet used.

It decides whether an order may go out unpaid. What an invoice still asks for is the invoice's own
affair; the account is told, and keeps the sum.
"""
