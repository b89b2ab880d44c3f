"""Webhooks: events as signed messages to URLs that others have given us."""
