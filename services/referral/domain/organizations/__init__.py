"""Referring organizations: their names, and how many of their loops are closed."""
