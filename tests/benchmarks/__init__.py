"""How fast it is, beside rivals on the same machine: `make bench`. Never part of the tests.

What is compared is run in turns, round after round, so that a busy neighbour hits all alike; a
figure is the median of its rounds, a ratio the median of the ratios within a round.
"""
