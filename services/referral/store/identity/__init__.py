"""Persons as they are found again, and the reviews of who is who."""
