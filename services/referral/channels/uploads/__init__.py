"""A health plan's file: taken in piece by piece, checked row by row, and done in batches."""
