"""Visits: when they are wanted, how they are planned, moved and not done, what is stated of them and corrected."""
