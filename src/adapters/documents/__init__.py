"""Invoices and credit notes as others need them: an e-invoice for machines, a page for people."""
