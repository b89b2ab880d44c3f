"""One parcel's worth of work at one location: asked for, accepted, shipped, delivered.

What a warehouse does between accepting and shipping is its own; here stands what the order needs to
know of it.
"""
