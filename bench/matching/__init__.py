"""How well persons are told apart, on data with known duplicates, and how long that takes among a million."""
