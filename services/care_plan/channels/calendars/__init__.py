"""Calendars that staff and families subscribe to: when somebody comes, and nothing clinical."""
