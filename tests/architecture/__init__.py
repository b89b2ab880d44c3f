"""Rules about the source itself, so that the next boundary looks like the first."""
