"""Stock of one item over the whole network: what is on which shelf, and what is spoken for.

Units are promised in two steps. A reservation sets them aside in the network, without a place. An
allocation ties them to a location, once routing has chosen one. Every reserved unit ends exactly
once: allocated, released or expired; every allocated one: shipped, deallocated or shorted. A cart
sets units aside softly, for a while; each of those is released, expired or converted, exactly once.

The stream is keyed by the item's immutable id; the SKU is an attribute of the product.
"""
