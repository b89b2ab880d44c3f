"""What holds of every decider and every event, whoever wrote them."""
