"""PostgreSQL: where the log and the read models live."""
