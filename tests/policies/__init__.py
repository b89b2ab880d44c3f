"""Choices that a business may make differently."""
