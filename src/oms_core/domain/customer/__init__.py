"""Who buys. Contact data is encrypted with a key of the customer's own before it comes here.

Erasure destroys that key, outside of the log: every event stays as it was and can no longer be
read.
"""
