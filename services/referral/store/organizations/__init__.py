"""Referring organizations, and the sessions of their people."""
