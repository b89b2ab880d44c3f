"""Payout files of payment providers: read, compared with our own book, and booked."""
