"""The engine, over the log in memory and the log in PostgreSQL."""
