"""Trade with partners: what is read, what is refused, what is answered."""
