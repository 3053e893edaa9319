"""Serious-illness conversations, led by a guide: begun, stopped, taken up again, and held."""
