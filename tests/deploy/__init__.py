"""What is in `deploy/` is what its tools take, and speaks of what there is."""
