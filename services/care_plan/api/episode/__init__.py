"""Somebody's care as a whole over HTTP: the caseload, one person, how care ends or waits, and emergency access."""
