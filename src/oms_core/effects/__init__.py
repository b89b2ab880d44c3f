"""What must be asked of partners, and what their answers are booked with."""
