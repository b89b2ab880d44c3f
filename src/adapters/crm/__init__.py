"""Customers in from a CRM, and what it wants to know of them out."""
