"""Everything is killed or stopped at random moments, under load, and then counted.

`python -m tests.crashes --rounds 200` runs three brokers, a PostgreSQL, engines, relays and
projectors, each with another one standing by; `make crashes` does the same.
"""
