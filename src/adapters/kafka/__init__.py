"""Kafka: orders come in by it, events and read models go out by it. The log stays the truth."""
