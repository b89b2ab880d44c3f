"""Who outside is told of what happens, by a message to a URL, and how far they have been told.

A webhook has a place in the log: everything up to there that it wants was delivered or given up.
It is told in the order of the log, at least once, and each message has the name of its event.
"""
