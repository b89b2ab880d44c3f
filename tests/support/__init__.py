"""The language that the tests are written in."""
