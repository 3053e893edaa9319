"""The documentation, and what writes and illustrates it."""
