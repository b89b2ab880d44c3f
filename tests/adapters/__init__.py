"""The edges: what comes in, what goes out, what is stored."""
