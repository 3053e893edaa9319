"""Health care agents, and when they decide."""
