"""A whole trading world in simulated time: the same seed gives the same log, byte for byte."""
