"""A cart: what somebody would like to buy, before they commit.

A line says what is wanted; how many of it are set aside is stock's to say, by the sum of all lines
of an item. A cart that nobody touches for a while counts as abandoned, once for each episode, until
somebody comes back; in the end it becomes an order, or lapses.
"""
