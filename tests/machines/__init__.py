"""Boundaries beside models that are so simple that they are obviously right."""
