"""Conversations between boundaries, each specified by example."""
