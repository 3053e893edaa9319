"""Referring organizations: the office's pages about them, and their own account."""
