"""What a person must see, and what a person decided."""
