"""One invoice or credit note: drafted when goods leave or come back, numbered when it goes out.

Its lines and taxes are copies of what the order agreed on at placement. Nothing that changes later,
no rate, no rounding and no address, changes them.
"""
