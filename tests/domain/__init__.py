"""The rules of every boundary, one example each, and what holds of all of them."""
