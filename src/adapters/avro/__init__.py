"""Avro: the published contract of every event, and the form in which events leave the house."""
