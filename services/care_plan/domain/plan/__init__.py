"""The plan of care: its first draft, and what the team makes of it."""
