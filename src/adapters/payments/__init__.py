"""Payment providers, and the follower that calls them for what the log requests."""
