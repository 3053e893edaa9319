"""Shifts: who is on the line and on call when, where nobody is, and who is paged in which order."""
