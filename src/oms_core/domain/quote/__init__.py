"""A quote: what a customer asked the price of, what we offered, and what they made of it.

Each offer is a version. Only the latest can be accepted, and only while it is valid; its prices and
terms are then the order's, whatever has become of the price lists.
"""
