"""A series of legal numbers, such as the invoices of one company and year: 1 to n without a gap."""
