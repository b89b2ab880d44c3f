"""What a shop asks for its goods, read from files that people edit or download."""
