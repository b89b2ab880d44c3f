"""An order: what a customer asked for, and where every unit of it is.

A line has no status. Its units are in buckets (unreserved, reserved, backordered, released,
allocated, shipped, cancelled), every unit in exactly one of them; delivered and returned are parts
of shipped. Whatever one would call the order's status is read off the buckets, the holds and the
tenders.
"""
