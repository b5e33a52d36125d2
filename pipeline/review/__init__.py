"""What a person must see, what a person may do, and the one place where it is done (spec E, F)."""
